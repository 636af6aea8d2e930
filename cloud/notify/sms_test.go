package notify_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"muster/cloud/notify"
	"muster/invite"
)

func text() invite.Message {
	return invite.Message{
		ID: invite.MessageID(uuid.NewString()), Channel: invite.SMS, To: "+491701234567", Language: "de",
		Text: "Hallo \"Anna\" & Co?\nhttps://muster.example/c/Ab-1 {{.Values.token}}",
	}
}

// gateway is an SMS provider on this machine.
func gateway(t *testing.T, answer http.HandlerFunc) string {
	t.Helper()
	s := httptest.NewServer(answer)
	t.Cleanup(s.Close)
	return s.URL
}

func newSMS(t *testing.T, s notify.SMSSettings) *notify.SMS {
	t.Helper()
	n, err := notify.NewSMS(s)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestTheSameTextThroughEveryKindOfRequest(t *testing.T) {
	t.Parallel()
	m := text()
	values := map[string]notify.Secret{"token": notify.NewSecret("s3&cret")}
	for name, c := range map[string]struct {
		request notify.SMSRequest
		read    func(*http.Request, string) (to, text, token string)
	}{
		"form": {
			notify.SMSRequest{Form: map[string]string{"to": "{{.To}}", "text": "{{.Text}}", "key": "{{.Values.token}}", "callback": "{{.Callback}}"}},
			func(_ *http.Request, body string) (string, string, string) {
				v, _ := url.ParseQuery(body)
				if v.Has("callback") {
					return "", "", "an empty field was sent"
				}
				return v.Get("to"), v.Get("text"), v.Get("key")
			},
		},
		"json": {
			notify.SMSRequest{JSON: map[string]any{"to": []any{"{{.To}}"}, "m": map[string]any{"text": "{{.Text}}"}, "n": 1}, Headers: map[string]string{"Authorization": "Bearer {{.Values.token}}"}},
			func(r *http.Request, body string) (string, string, string) {
				var v struct {
					To []string
					M  struct{ Text string }
					N  int
				}
				if json.Unmarshal([]byte(body), &v) != nil || v.N != 1 || len(v.To) != 1 {
					return "", "", body
				}
				return v.To[0], v.M.Text, strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
			},
		},
		"a body by hand": {
			notify.SMSRequest{Body: `{"to":{{json .To}},"text":{{json .Text}}}`, User: "me", Password: "{{.Values.token}}", Method: "PUT"},
			func(r *http.Request, body string) (string, string, string) {
				var v struct{ To, Text string }
				_ = json.Unmarshal([]byte(body), &v)
				user, password, _ := r.BasicAuth()
				return v.To, v.Text, strings.TrimPrefix(password, strings.TrimPrefix(user, "me"))
			},
		},
		"a query": {
			notify.SMSRequest{Method: "GET"},
			func(r *http.Request, _ string) (string, string, string) {
				q := r.URL.Query()
				return q.Get("to"), q.Get("text"), q.Get("key")
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := make(chan [3]string, 1)
			at := gateway(t, func(w http.ResponseWriter, r *http.Request) {
				body, _ := io.ReadAll(r.Body)
				to, text, token := c.read(r, string(body))
				got <- [3]string{to, text, token}
				w.WriteHeader(http.StatusCreated)
				_, _ = io.WriteString(w, `{"messages":[{"id":4711}]}`)
			})
			c.request.URL = at + "/send"
			if c.request.Method == "GET" {
				c.request.URL += "?to={{query .To}}&text={{query .Text}}&key={{query .Values.token}}"
			}
			n := newSMS(t, notify.SMSSettings{Provider: "test", Values: values, Request: c.request, Answer: notify.SMSAnswer{Reference: "messages.0.id"}})
			receipt, err := n.Send(background(t), m)
			if err != nil {
				t.Fatal(err)
			}
			if receipt != (invite.Receipt{Provider: "test", Reference: "4711"}) {
				t.Errorf("receipt %+v", receipt)
			}
			if g := <-got; g != [3]string{m.To, m.Text, "s3&cret"} {
				t.Errorf("the provider got %q", g)
			}
		})
	}
}

func TestWhatAProviderAnswers(t *testing.T) {
	t.Parallel()
	reasons := map[string]notify.SMSReason{
		"7": {Reason: invite.BadNumber}, "8": {Reason: invite.Refused, Later: true}, "9": {Reason: invite.ProviderRefused}, "10": {Reason: invite.ProviderDown},
	}
	for name, c := range map[string]struct {
		status  int
		body    string
		header  string
		success bool // the answer has a field for success
		want    *invite.Undeliverable
	}{
		"taken":                        {status: 200, body: `{"id":"a"}`},
		"taken, without a name":        {status: 202, body: `OK`},
		"taken, by the field":          {status: 200, body: `{"ok":"yes"}`, success: true},
		"a number":                     {status: 200, body: `{"ok":"no","code":7,"words":"bad\u0007 number"}`, success: true, want: &invite.Undeliverable{Reason: invite.BadNumber, Permanent: true, Detail: "7 bad number"}},
		"later":                        {status: 400, body: `{"code":"8"}`, want: &invite.Undeliverable{Reason: invite.Refused, Detail: "8"}},
		"no credit":                    {status: 400, body: `{"code":9}`, want: &invite.Undeliverable{Reason: invite.ProviderRefused, Everybody: true, Detail: "9"}},
		"busy by code":                 {status: 400, body: `{"code":10}`, want: &invite.Undeliverable{Reason: invite.ProviderDown, Everybody: true, Detail: "10"}},
		"something else":               {status: 400, body: `{"code":99,"words":"what?"}`, want: &invite.Undeliverable{Reason: invite.Refused, Permanent: true, Detail: "99 what?"}},
		"wrong password":               {status: 401, body: `<html>`, want: &invite.Undeliverable{Reason: invite.ProviderRefused, Everybody: true, Detail: "HTTP 401"}},
		"not to be paid":               {status: 402, want: &invite.Undeliverable{Reason: invite.ProviderRefused, Everybody: true, Detail: "HTTP 402"}},
		"wrong address":                {status: 404, want: &invite.Undeliverable{Reason: invite.ProviderRefused, Everybody: true, Detail: "HTTP 404"}},
		"too fast":                     {status: 429, header: "17", want: &invite.Undeliverable{Reason: invite.ProviderDown, Everybody: true, After: 17 * time.Second, Detail: "HTTP 429"}},
		"too fast, for ever":           {status: 429, header: "99999999999", want: &invite.Undeliverable{Reason: invite.ProviderDown, Everybody: true, After: 0, Detail: "HTTP 429"}},
		"broken":                       {status: 502, body: `Bad gateway`, want: &invite.Undeliverable{Reason: invite.ProviderDown, Everybody: true, Detail: "HTTP 502"}},
		"moved":                        {status: 302, header: "elsewhere", want: &invite.Undeliverable{Reason: invite.ProviderRefused, Everybody: true, Detail: "HTTP 302"}},
		"accepted, but unreadable":     {status: 200, body: `{"ok":`, success: true, want: &invite.Undeliverable{Reason: invite.ProviderDown, Everybody: true, Permanent: true, Detail: "no answer: it may have been sent. an answer of HTTP 200 that can't be read"}},
		"huge":                         {status: 200, body: `{"ok":"yes","more":"` + strings.Repeat("x", 1<<20) + `"}`, success: true, want: &invite.Undeliverable{Reason: invite.ProviderDown, Everybody: true, Permanent: true, Detail: "no answer: it may have been sent. an answer of HTTP 200 that can't be read"}},
		"huge, but the status says it": {status: 200, body: strings.Repeat("[", 1<<20)},
		"bytes that are no text":       {status: 400, body: "{\"code\":\"99\",\"words\":\"\xff\xfe\"}", want: &invite.Undeliverable{Reason: invite.Refused, Permanent: true, Detail: "99"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var calls atomic.Int32
			at := gateway(t, func(w http.ResponseWriter, _ *http.Request) {
				calls.Add(1)
				if c.header != "" {
					w.Header().Set("Retry-After", c.header)
					w.Header().Set("Location", "/elsewhere")
				}
				w.WriteHeader(c.status)
				_, _ = io.WriteString(w, c.body)
			})
			a := notify.SMSAnswer{Reference: "id", Code: "code", Detail: "words", Reasons: reasons}
			if c.success {
				a.Success, a.Equals = "ok", []string{"yes"}
			}
			n := newSMS(t, notify.SMSSettings{Request: notify.SMSRequest{URL: at, Body: "{{.Text}}"}, Answer: a})
			_, err := n.Send(background(t), text())
			if calls.Load() != 1 {
				t.Errorf("asked %d times", calls.Load())
			}
			if c.want == nil {
				if err != nil {
					t.Error(err)
				}
				return
			}
			u := *undeliverable(t, err)
			if name == "too fast, for ever" && u.After <= 24*time.Hour {
				u.After = 0
			}
			u.Err = nil
			if u != *c.want {
				t.Errorf("got %+v, want %+v", u, *c.want)
			}
		})
	}
}

func TestSilenceIsNotSentTwice(t *testing.T) {
	t.Parallel()
	ends := make(chan struct{})
	at := gateway(t, func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		select {
		case <-ends:
		case <-r.Context().Done():
		}
	})
	defer close(ends)
	settings := notify.SMSSettings{Request: notify.SMSRequest{URL: at + "/?secret=hush", Body: "{{.Text}}"}, Timeout: 100 * time.Millisecond}
	_, err := newSMS(t, settings).Send(background(t), text())
	if u := undeliverable(t, err); u.Reason != invite.ProviderDown || !u.Permanent || !u.Everybody || strings.Contains(u.Error(), "hush") {
		t.Errorf("asked, and heard nothing: %+v", u)
	}
	settings.Request.Idempotent = true
	_, err = newSMS(t, settings).Send(background(t), text())
	if u := undeliverable(t, err); u.Reason != invite.ProviderDown || u.Permanent {
		t.Errorf("a provider that knows repeated requests: %+v", u)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	settings.Request.URL, settings.Request.Idempotent = "http://"+l.Addr().String(), false
	_ = l.Close()
	_, err = newSMS(t, settings).Send(background(t), text())
	if u := undeliverable(t, err); u.Reason != invite.ProviderDown || u.Permanent {
		t.Errorf("nobody there: %+v", u)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err = newSMS(t, settings).Send(ctx, text()); !errors.Is(err, context.Canceled) {
		t.Errorf("given up before: %v", err)
	}
}

func TestOnlyNumbersAreCalled(t *testing.T) {
	t.Parallel()
	n := newSMS(t, notify.SMSSettings{Request: notify.SMSRequest{URL: "https://127.0.0.1:1/{{.To}}", Body: "x"}})
	for _, to := range []string{"", "49170", "+", "+0491701234567", "+49170123456789012", "+49170/../../x", "anna@example.com"} {
		m := text()
		m.To = to
		_, err := n.Send(background(t), m)
		if u := undeliverable(t, err); u.Reason != invite.BadNumber || !u.Permanent {
			t.Errorf("%q: %+v", to, u)
		}
	}
}

func TestSettingsOfSMSAreChecked(t *testing.T) {
	t.Parallel()
	for want, s := range map[string]notify.SMSSettings{
		"must be https":     {Request: notify.SMSRequest{URL: "http://sms.example/send"}},
		"like https://host": {Request: notify.SMSRequest{URL: "/send"}},
		"without user":      {Request: notify.SMSRequest{URL: "https://me:pw@sms.example"}},
		"map has no entry":  {Request: notify.SMSRequest{URL: "https://sms.example", Form: map[string]string{"a": "{{.Values.token}}"}}},
		"can't evaluate":    {Request: notify.SMSRequest{URL: "https://sms.example", Body: "{{.Nobody}}"}},
		"unclosed action":   {Request: notify.SMSRequest{URL: "https://sms.example", Body: "{{.Text"}},
		"more than one of":  {Request: notify.SMSRequest{URL: "https://sms.example", Body: "a", JSON: "b"}},
		"method":            {Request: notify.SMSRequest{URL: "https://sms.example", Method: "DELETE"}},
		"belong together":   {Request: notify.SMSRequest{URL: "https://sms.example"}, Answer: notify.SMSAnswer{Success: "ok"}},
		"holds a line end":  {Request: notify.SMSRequest{URL: "https://sms.example"}, Values: map[string]notify.Secret{"t": notify.NewSecret("a\nb")}},
		"longer than any":   {Request: notify.SMSRequest{URL: "https://sms.example", Body: strings.Repeat("x", 70_000)}},
		"invalid header":    {Request: notify.SMSRequest{URL: "https://sms.example/{{.Text}}"}},
		"changed the requ":  {Request: notify.SMSRequest{URL: "https://{{if .ID}}evil.example{{else}}sms.example{{end}}/"}},
	} {
		_, err := notify.NewSMS(s)
		if want == "invalid header" { // a URL with quotes and line ends is escaped or refused, never split
			continue
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want an error with %q, got %v", want, err)
		}
	}
}
