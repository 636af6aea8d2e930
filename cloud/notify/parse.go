package notify

import (
	"crypto/x509"
	"errors"
	"fmt"
	netmail "net/mail"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"go.yaml.in/yaml/v3"
)

// longestConfig is more than any file of settings needs, in bytes.
const longestConfig = 1 << 20

// ParseSMTP reads a mail server's address:
//
//	smtp://user@host:587        STARTTLS
//	smtps://user@host:465       TLS from the first byte
//	smtp+clear://localhost:25   neither, to this machine only
//
// A user name that is an address is written with %40. After a question mark may
// stand auth (one of Mechanisms), hello, connections and timeout. The password
// comes separately: people see what stands in an address.
func ParseSMTP(address string, password Secret) (SMTPSettings, error) {
	u, err := url.Parse(address)
	if err != nil {
		return SMTPSettings{}, errors.New("the mail server's address can't be read: use smtp://user@host:587")
	}
	s := SMTPSettings{Host: u.Hostname(), User: u.User.Username(), Password: password}
	switch u.Scheme {
	case "smtp":
		s.Security = STARTTLS
	case "smtps":
		s.Security = TLS
	case "smtp+clear":
		s.Security = Clear
	default:
		return s, fmt.Errorf("unknown kind %q of mail server: use smtp://, smtps:// or smtp+clear://", u.Scheme)
	}
	if _, there := u.User.Password(); there {
		return s, errors.New("the mail server's address holds a password: put it into a file of its own")
	}
	if u.Path != "" && u.Path != "/" || u.Fragment != "" {
		return s, errors.New("the mail server's address holds a path: use smtp://user@host:587")
	}
	if p := u.Port(); p != "" {
		if s.Port, err = strconv.Atoi(p); err != nil || s.Port == 0 {
			return s, fmt.Errorf("port %s of the mail server is out of range", p)
		}
	}
	return s, s.parameters(u.Query())
}

func (s *SMTPSettings) parameters(q url.Values) (err error) {
	for name, values := range q {
		v := values[len(values)-1]
		switch name {
		case "auth":
			s.Auth = v
		case "hello":
			s.Hello = v
		case "connections":
			s.Connections, err = strconv.Atoi(v)
		case "timeout":
			s.Timeout, err = time.ParseDuration(v)
		default:
			return fmt.Errorf("unknown parameter %q of the mail server's address: use auth, hello, connections or timeout", name)
		}
		if err != nil {
			return fmt.Errorf("%s=%q of the mail server's address can't be read", name, v)
		}
	}
	return nil
}

// ParseFrom reads a sender such as "Muster <muster@example.org>".
func ParseFrom(s string) (name, from string, err error) {
	a, err := netmail.ParseAddress(s)
	if err != nil {
		return "", "", fmt.Errorf("the sender %q is not like \"Name <name@example.org>\"", s)
	}
	from, err = address(a.Address)
	if err != nil {
		return "", "", fmt.Errorf("the sender %q is %w", s, err)
	}
	return line(a.Name), from, nil
}

// ReadRoots reads certificate authorities from a PEM file.
func ReadRoots(path string) (*x509.CertPool, error) {
	raw, err := readBounded(path)
	if err != nil {
		return nil, err
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(raw) {
		return nil, fmt.Errorf("%s holds no PEM certificate", path)
	}
	return roots, nil
}

// smsFile is the file that says how SMS leave.
type smsFile struct {
	Preset      string              `yaml:"preset"`
	Provider    string              `yaml:"provider"`
	From        string              `yaml:"from"`
	Callback    string              `yaml:"callback"`
	Values      map[string]outsider `yaml:"values"`
	Rate        float64             `yaml:"rate"`
	Burst       int                 `yaml:"burst"`
	Timeout     time.Duration       `yaml:"timeout"`
	Connections int                 `yaml:"connections"`
	Request     *SMSRequest         `yaml:"request"`
	Answer      *SMSAnswer          `yaml:"answer"`
}

// outsider is a value in the file, or the name of where it is.
type outsider struct{ text, file, env string }

func (o *outsider) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind == yaml.ScalarNode {
		return n.Decode(&o.text)
	}
	var from struct {
		File string `yaml:"file"`
		Env  string `yaml:"env"`
	}
	if err := n.Decode(&from); err != nil {
		return err
	}
	if (from.File == "") == (from.Env == "") || len(n.Content) != 2 {
		return fmt.Errorf("line %d: a value is a text, {file: PATH} or {env: NAME}", n.Line)
	}
	o.file, o.env = from.File, from.Env
	return nil
}

func (o outsider) secret(folder string) (Secret, error) {
	switch {
	case o.env != "":
		return secretFromEnvironment(o.env)
	case o.file != "" && !filepath.IsAbs(o.file):
		return ReadSecret(filepath.Join(folder, o.file))
	case o.file != "":
		return ReadSecret(o.file)
	default:
		return Secret{o.text}, nil
	}
}

// ReadSMS reads the file (YAML or JSON) that says how SMS leave: a preset and the
// account's values, or request and answer in full.
//
//	preset: twilio
//	from: "+15005550006"
//	values:
//	  account: AC0123456789
//	  token: {file: twilio-token}   # or {env: TWILIO_TOKEN}
//	rate: 5                         # messages a second
//
// Files are looked for beside it.
func ReadSMS(path string) (SMSSettings, Pace, error) {
	raw, err := readBounded(path)
	if err != nil {
		return SMSSettings{}, Pace{}, err
	}
	s, p, err := ParseSMS(raw, filepath.Dir(path))
	if err != nil {
		return s, p, fmt.Errorf("%s: %w", path, err)
	}
	return s, p, nil
}

// ParseSMS is ReadSMS for a file that has been read; folder is where its files are.
func ParseSMS(raw []byte, folder string) (SMSSettings, Pace, error) {
	var f smsFile
	if err := decode(raw, &f); err != nil {
		return SMSSettings{}, Pace{}, err
	}
	s := SMSSettings{
		Provider: f.Provider, From: f.From, Callback: f.Callback, Timeout: f.Timeout, Connections: f.Connections,
		Values: map[string]Secret{},
	}
	pace := Pace{PerSecond: f.Rate, Burst: f.Burst}
	if f.Rate < 0 || f.Burst < 0 {
		return s, pace, errors.New("rate and burst can't be negative")
	}
	var errs []error
	for name, v := range f.Values {
		secret, err := v.secret(folder)
		if err != nil {
			errs = append(errs, fmt.Errorf("value %s: %w", name, err))
		}
		s.Values[name] = secret
	}
	if f.Preset == "" {
		if f.Request == nil {
			errs = append(errs, errors.New("there is neither a preset nor a request"))
		}
	} else {
		errs = append(errs, s.use(f.Preset, &pace))
	}
	if f.Request != nil {
		s.Request = *f.Request
	}
	if f.Answer != nil {
		s.Answer = *f.Answer
	}
	if err := errors.Join(errs...); err != nil {
		return s, pace, err
	}
	_, err := NewSMS(s)
	return s, pace, err
}

// use takes a preset's request and answer.
func (s *SMSSettings) use(name string, pace *Pace) error {
	p, err := preset(name)
	if err != nil {
		return err
	}
	var errs []error
	for v, is := range p.Values {
		if s.Values[v].Empty() {
			errs = append(errs, fmt.Errorf("value %s is missing: %s", v, is.About))
		}
	}
	for v := range s.Values {
		if _, ok := p.Values[v]; !ok {
			errs = append(errs, fmt.Errorf("preset %s knows no value %s", name, v))
		}
	}
	if s.Provider == "" {
		s.Provider = name
	}
	if pace.PerSecond == 0 {
		pace.PerSecond = p.Rate
	}
	s.Request, s.Answer = p.Request, p.Answer
	return errors.Join(errs...)
}

func readBounded(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if info.Size() > longestConfig {
		return nil, fmt.Errorf("%s is too long: more than %d bytes", path, longestConfig)
	}
	return os.ReadFile(path)
}
