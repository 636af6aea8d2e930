package notify

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"text/template"

	"muster/invite"
)

// longestRequest is more than any SMS needs, in bytes.
const longestRequest = 64 << 10

// smsData is what templates know.
type smsData struct {
	To, Number, Text, From, ID, Callback string
	Unicode                              bool
	Values                               map[string]string
}

// smsTemplates are the request's templates, compiled.
type smsTemplates struct {
	url, body, user, password *template.Template
	headers, form             map[string]*template.Template
	json                      any // as in the settings, with *template.Template in place of strings
	origin                    string
}

var smsFunctions = template.FuncMap{
	"json": func(s string) (string, error) {
		raw, err := json.Marshal(s)
		return string(raw), err
	},
	"query": url.QueryEscape,
	"path":  url.PathEscape,
}

func compile(name, text string) (*template.Template, error) {
	t, err := template.New(name).Funcs(smsFunctions).Option("missingkey=error").Parse(text)
	if err != nil {
		return nil, fmt.Errorf("template: %w", err)
	}
	return t, nil
}

// compileSMS compiles the templates and tries them once, so that a mistake shows
// when the cloud starts and not with the first message.
func compileSMS(s *SMSSettings) (*smsTemplates, error) {
	t := &smsTemplates{headers: map[string]*template.Template{}, form: map[string]*template.Template{}}
	var errs []error
	one := func(name, text string) *template.Template {
		c, err := compile(name, text)
		errs = append(errs, err)
		return c
	}
	t.url, t.body = one("url", s.Request.URL), one("body", s.Request.Body)
	t.user, t.password = one("user", s.Request.User), one("password", s.Request.Password)
	for _, k := range slices.Sorted(maps.Keys(s.Request.Headers)) {
		t.headers[k] = one("header "+k, s.Request.Headers[k])
	}
	for _, k := range slices.Sorted(maps.Keys(s.Request.Form)) {
		t.form[k] = one("form "+k, s.Request.Form[k])
	}
	var err error
	t.json, err = compileTree(s.Request.JSON, 0)
	if err := errors.Join(append(errs, err)...); err != nil {
		return nil, err
	}
	raw, err := render(t.url, s.data(invite.Message{To: "+491700000000", Text: "Test"}))
	if err != nil {
		return nil, err
	}
	u, err := checkURL(raw)
	if err != nil {
		return nil, err
	}
	t.origin = u.Scheme + "://" + u.Host
	_, err = t.request(s, invite.Message{To: "+491700000000", Text: "Test \"\n&", ID: "00000000-0000-4000-8000-000000000000"})
	return t, err
}

func compileTree(v any, depth int) (any, error) {
	if depth > 16 {
		return nil, errors.New("the request's json is nested too deep")
	}
	switch v := v.(type) {
	case string:
		return compile("json", v)
	case []any:
		out := make([]any, len(v))
		for i := range v {
			var err error
			if out[i], err = compileTree(v[i], depth+1); err != nil {
				return nil, err
			}
		}
		return out, nil
	case map[string]any:
		out := make(map[string]any, len(v))
		for k := range v {
			var err error
			if out[k], err = compileTree(v[k], depth+1); err != nil {
				return nil, err
			}
		}
		return out, nil
	default:
		return v, nil
	}
}

func renderTree(v any, d smsData) (any, error) {
	switch v := v.(type) {
	case *template.Template:
		return render(v, d)
	case []any:
		out := make([]any, len(v))
		for i := range v {
			var err error
			if out[i], err = renderTree(v[i], d); err != nil {
				return nil, err
			}
		}
		return out, nil
	case map[string]any:
		out := make(map[string]any, len(v))
		for k := range v {
			r, err := renderTree(v[k], d)
			if err != nil {
				return nil, err
			}
			if r != "" { // an empty text is one that isn't set
				out[k] = r
			}
		}
		return out, nil
	default:
		return v, nil
	}
}

func render(t *template.Template, d smsData) (string, error) {
	var b bytes.Buffer
	if err := t.Execute(&limited{&b, longestRequest}, d); err != nil {
		return "", fmt.Errorf("template: %w", err)
	}
	return b.String(), nil
}

var errTooLong = errors.New("longer than any SMS")

// limited is a writer with an end.
type limited struct {
	w    io.Writer
	left int
}

func (l *limited) Write(p []byte) (int, error) {
	if l.left -= len(p); l.left < 0 {
		return 0, errTooLong
	}
	return l.w.Write(p)
}

func (s *SMSSettings) data(m invite.Message) smsData {
	values := make(map[string]string, len(s.Values))
	for k, v := range s.Values {
		values[k] = v.Reveal()
	}
	return smsData{
		To: m.To, Number: strings.TrimPrefix(m.To, "+"), Text: m.Text, From: s.From, ID: string(m.ID), Callback: s.Callback,
		Unicode: Measure(m.Text).Unicode, Values: values,
	}
}

// request writes the request for one message.
func (t *smsTemplates) request(s *SMSSettings, m invite.Message) (*http.Request, error) {
	d := s.data(m)
	raw, err := render(t.url, d)
	if err != nil {
		return nil, err
	}
	u, err := checkURL(raw)
	if err != nil {
		return nil, err
	}
	if t.origin != u.Scheme+"://"+u.Host {
		return nil, errors.New("the message changed the request's host")
	}
	body, kind, err := t.content(d)
	if err != nil {
		return nil, err
	}
	r, err := http.NewRequest(s.Request.Method, u.String(), strings.NewReader(body))
	if err != nil {
		return nil, err
	}
	if kind != "" {
		r.Header.Set("Content-Type", kind)
	}
	r.Header.Set("Accept", "application/json")
	r.Header.Set("User-Agent", "muster")
	for k, h := range t.headers {
		v, err := render(h, d)
		if err != nil {
			return nil, err
		}
		r.Header.Set(k, v)
	}
	if s.Request.User != "" || s.Request.Password != "" {
		user, err := render(t.user, d)
		if err != nil {
			return nil, err
		}
		password, err := render(t.password, d)
		if err != nil {
			return nil, err
		}
		r.SetBasicAuth(user, password)
	}
	return r, nil
}

func (t *smsTemplates) content(d smsData) (body, kind string, err error) {
	switch {
	case len(t.form) > 0:
		form := url.Values{}
		for k, f := range t.form {
			v, err := render(f, d)
			if err != nil {
				return "", "", err
			}
			if v != "" {
				form.Set(k, v)
			}
		}
		return form.Encode(), "application/x-www-form-urlencoded", nil
	case t.json != nil:
		tree, err := renderTree(t.json, d)
		if err != nil {
			return "", "", err
		}
		raw, err := json.Marshal(tree)
		return string(raw), "application/json", err
	default:
		body, err := render(t.body, d)
		return body, "", err
	}
}
