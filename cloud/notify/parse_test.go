package notify_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"muster/cloud/notify"
	"muster/invite"
)

func TestSecretsPrintAsDots(t *testing.T) {
	t.Parallel()
	settings := notify.SMTPSettings{Password: notify.NewSecret("hush")}
	sms := notify.SMSSettings{Values: map[string]notify.Secret{"token": notify.NewSecret("hush")}}
	var log bytes.Buffer
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "settings", settings, "sms", sms, "secret", settings.Password)
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "settings", settings, "sms", sms, "secret", settings.Password)
	for _, v := range []any{settings, &settings, sms, &sms, settings.Password, &settings.Password} {
		fmt.Fprintf(&log, "%v %+v %#v %s\n", v, v, v, v)
		raw, err := json.Marshal(map[string]any{"v": settings.Password, "values": sms.Values})
		if err != nil {
			t.Fatal(err)
		}
		log.Write(raw)
	}
	if strings.Contains(log.String(), "hush") {
		t.Errorf("a secret was printed:\n%s", log.String())
	}
}

func TestMailServersAddress(t *testing.T) {
	t.Parallel()
	s, err := notify.ParseSMTP("smtps://anna%40example.org@mail.example.org?auth=login&connections=2&hello=muster", notify.NewSecret("x"))
	if err != nil || s.Host != "mail.example.org" || s.User != "anna@example.org" || s.Security != notify.TLS || s.Auth != "login" || s.Connections != 2 {
		t.Errorf("%+v, %v", s, err)
	}
	for given, want := range map[string]string{
		"smtp://mail.example.org:0":             "out of range",
		"smtp://mail.example.org:99999":         "out of range",
		"smtp://":                               "host is missing",
		"http://mail.example.org":               "unknown kind",
		"mail.example.org:587":                  "unknown kind",
		"smtp://me:secret@mail.example.org":     "put it into a file",
		"smtp://mail.example.org/inbox":         "holds a path",
		"smtp://mail.example.org?tls=no":        "unknown parameter",
		"smtp://mail.example.org?connections=x": "can't be read",
		"smtp+clear://mail.example.org":         "only to this machine",
		"smtp://me@mail.example.org":            "has no password",
		"smtp://me@mail.example.org?auth=magic": "unknown mechanism",
	} {
		s, err := notify.ParseSMTP(given, notify.Secret{})
		if err == nil {
			s.From, s.Seal = "muster@example.org", newSeal(t)
			_, err = notify.NewSMTP(s)
		}
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "secret@") {
			t.Errorf("%s: want an error with %q, got %v", given, want, err)
		}
	}
}

func TestSenderOfMails(t *testing.T) {
	t.Parallel()
	name, from, err := notify.ParseFrom("Bäckerei Süß <post@bäckerei.example>")
	if err != nil || name != "Bäckerei Süß" || from != "post@xn--bckerei-5wa.example" {
		t.Errorf("%q <%s>, %v", name, from, err)
	}
	for _, wrong := range []string{"", "Muster", "a@b@c", "a@[127.0.0.1]", "a b@example.org", "a@localhost.\r\nBcc: x@y.z"} {
		if _, _, err := notify.ParseFrom(wrong); err == nil {
			t.Errorf("%q was taken", wrong)
		}
	}
}

func TestSMSFileOfAPreset(t *testing.T) {
	t.Setenv("MUSTER_TEST_ACCOUNT", "AC1")
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "token"), []byte("hush\r\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(folder, "sms.yaml")
	file := "preset: twilio\nfrom: \"+15005550006\"\nrate: 5\nvalues:\n  account: {env: MUSTER_TEST_ACCOUNT}\n  token: {file: token}\n"
	if err := os.WriteFile(path, []byte(file), 0o600); err != nil {
		t.Fatal(err)
	}
	s, pace, err := notify.ReadSMS(path)
	if err != nil {
		t.Fatal(err)
	}
	if s.Provider != "twilio" || s.Values["token"].Reveal() != "hush" || s.Values["account"].Reveal() != "AC1" || pace.PerSecond != 5 {
		t.Errorf("%+v at %+v", s, pace)
	}
}

func TestSMSFileSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	for file, want := range map[string]string{
		"":                         "empty",
		"preset: nobody":           "use one of",
		"preset: twilio":           "value token is missing",
		"from: x":                  "neither a preset nor a request",
		"preset: twilio\nrat: 1":   "rat",
		"preset: twilio\nrate: -1": "negative",
		"preset: twilio\nvalues: {a: {file: f, env: E}}":                          "a value is",
		"preset: twilio\nvalues: {account: a, token: {env: MUSTER_NOT_SET}}":      "MUSTER_NOT_SET is not set",
		"preset: twilio\nvalues: {account: a, token: {file: nowhere}}":            "nowhere",
		"preset: twilio\nvalues: {account: a, token: b, tokn: c}":                 "knows no value tokn",
		"request: {url: 'https://x.example'}\nanswer: {reasons: {'1': nonsense}}": "unknown reason",
		"a: b\n---\nc: d": "field a not found",
		"request: {url: 'https://x.example'}\n---\nc: d": "more than one document",
		"\x00\xff": "control characters",
	} {
		_, _, err := notify.ParseSMS([]byte(file), t.TempDir())
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: want an error with %q, got %v", file, want, err)
		}
	}
}

// carried sends a preset's request to a server on this machine instead.
type carried struct {
	to     *url.URL
	beyond string
}

func (c *carried) RoundTrip(r *http.Request) (*http.Response, error) {
	c.beyond = r.URL.Scheme + "://" + r.URL.Host
	r.URL.Scheme, r.URL.Host = c.to.Scheme, c.to.Host
	return http.DefaultTransport.RoundTrip(r)
}

func TestEveryPresetSendsAndReadsItsAnswers(t *testing.T) {
	t.Parallel()
	good := map[string][2]string{ // the documented answer, and the reference in it
		"twilio": {`{"sid":"SM1","status":"queued"}`, "SM1"}, "vonage": {`{"message-count":"1","messages":[{"to":"49","message-id":"0A","status":"0"}]}`, "0A"},
		"messagebird": {`{"id":"e8077d803532c0b5937c639b60216938"}`, "e8077d803532c0b5937c639b60216938"}, "sinch": {`{"id":"01FC","to":["49"]}`, "01FC"},
		"seven": {`{"success":"100","messages":[{"id":"77","error":null}]}`, "77"}, "smsc": {`{"id":12,"cnt":2}`, "12"},
		"smsru":  {`{"status":"OK","status_code":100,"sms":{"491701234567":{"status":"OK","status_code":100,"sms_id":"000000-1"}}}`, "000000-1"},
		"46elks": {`{"status":"created","id":"s70df59406a1b4643b96f3f91e0bfb7b0"}`, "s70df59406a1b4643b96f3f91e0bfb7b0"},
	}
	bad := map[string][2]string{ // an answer to a number that is none, and the reason
		"twilio": {`{"code":21211,"message":"Invalid 'To' Phone Number"}`, "bad-number"}, "vonage": {`{"messages":[{"status":"7","error-text":"Number barred"}]}`, "unknown-number"},
		"messagebird": {`{"errors":[{"code":25,"description":"Not enough balance"}]}`, "provider-refused"}, "sinch": {`{"code":"syntax_invalid_parameter_format","text":"to"}`, "bad-number"},
		"seven": {`{"success":"202","messages":[]}`, "bad-number"}, "smsc": {`{"error":"no credit","error_code":3}`, "provider-refused"},
		"smsru":  {`{"status":"OK","status_code":100,"sms":{"49":{"status":"ERROR","status_code":207,"status_text":"no route"}}}`, "unknown-number"},
		"46elks": {`Invalid to`, "refused"},
	}
	if len(notify.Presets()) != len(good) {
		t.Errorf("%d presets, %d tested", len(notify.Presets()), len(good))
	}
	for _, p := range notify.Presets() {
		answer, status := good[p.Name][0], 200
		got := make(chan string, 2)
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			var b bytes.Buffer
			_, _ = b.ReadFrom(r.Body)
			got <- b.String()
			w.WriteHeader(status)
			_, _ = w.Write([]byte(answer))
		}))
		t.Cleanup(s.Close)
		to, _ := url.Parse(s.URL)
		file := "preset: " + p.Name + "\nfrom: Muster\nvalues:\n"
		for v := range p.Values {
			file += "  " + v + ": eu\n"
		}
		settings, pace, err := notify.ParseSMS([]byte(file), "")
		if err != nil {
			t.Errorf("%s: %v", p.Name, err)
			continue
		}
		if pace.PerSecond <= 0 || p.Title == "" || p.Docs == "" {
			t.Errorf("%s: pace %+v, title %q, docs %q", p.Name, pace, p.Title, p.Docs)
		}
		via := &carried{to: to}
		settings.Client = via
		n := newSMS(t, settings)
		receipt, err := n.Send(background(t), text())
		if err != nil || receipt != (invite.Receipt{Provider: p.Name, Reference: good[p.Name][1]}) {
			t.Errorf("%s: %+v, %v", p.Name, receipt, err)
		}
		if body := <-got; !strings.Contains(body, "491701234567") || !strings.HasPrefix(via.beyond, "https://") {
			t.Errorf("%s: %s got %s", p.Name, via.beyond, body)
		}
		answer = bad[p.Name][0]
		if p.Name == "twilio" || p.Name == "messagebird" || p.Name == "sinch" || p.Name == "46elks" {
			status = 400
		}
		_, err = n.Send(background(t), text())
		if u := undeliverable(t, err); string(u.Reason) != bad[p.Name][1] || u.Detail == "" {
			t.Errorf("%s: %+v", p.Name, u)
		}
	}
}
