package notify_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"muster/cloud/notify"
	"muster/invite"
)

// caller is a provider that calls back, over its hook.
type caller struct {
	handler http.Handler
	told    [][]invite.Report
	fails   error
}

func newCaller(h notify.Hook) *caller {
	c := &caller{}
	hooks := notify.NewWebhooks(func(_ context.Context, r []invite.Report) error {
		if c.fails != nil {
			return c.fails
		}
		c.told = append(c.told, slices.Clone(r))
		return nil
	}, func() time.Time { return today }, slog.New(slog.DiscardHandler))
	c.handler = hooks.Handler("test", h)
	return c
}

func (c *caller) post(body string, header map[string]string) int {
	r := httptest.NewRequest(http.MethodPost, "/hook", strings.NewReader(body))
	for k, v := range header {
		r.Header.Set(k, v)
	}
	w := httptest.NewRecorder()
	c.handler.ServeHTTP(w, r)
	return w.Code
}

// standard signs as Standard Webhooks says.
func standard(key []byte, id string, at time.Time, body string) map[string]string {
	stamp := strconv.FormatInt(at.Unix(), 10)
	m := hmac.New(sha256.New, key)
	m.Write([]byte(id + "." + stamp + "." + body))
	return map[string]string{
		"Webhook-Id": id, "Webhook-Timestamp": stamp, "Content-Type": "application/json",
		"Webhook-Signature": "v1a,nonsense v1," + base64.StdEncoding.EncodeToString(m.Sum(nil)),
	}
}

func TestSignedReports(t *testing.T) {
	t.Parallel()
	key := []byte("0123456789abcdef0123")
	hook, err := notify.NewSigned("gateway", notify.NewSecret("whsec_"+base64.StdEncoding.EncodeToString(key)), newBounces(t))
	if err != nil {
		t.Fatal(err)
	}
	c := newCaller(hook)
	id, tag := newTag(t)
	body := fmt.Sprintf(`{"reports":[{"message":%q,"event":"bounce","reason":"unknown-mailbox","detail":"no\nbody","at":"2026-11-21T11:00:00Z"},{"reference":"r1","event":"deliver"}]}`, id)
	good := standard(key, "m1", today, body)
	want := []invite.Report{
		{Message: id, Provider: "gateway", Event: invite.Bounce, Reason: invite.UnknownMailbox, Detail: "no body", At: today.Add(-time.Hour)},
		{Provider: "gateway", Reference: "r1", Event: invite.Deliver, At: today},
	}
	c.fails = errors.New("the disk is full")
	if code := c.post(body, good); code != http.StatusServiceUnavailable {
		t.Errorf("could not be kept: %d", code)
	}
	c.fails = nil
	for range 3 { // the same again is answered alike and told once
		if code := c.post(body, good); code != http.StatusNoContent {
			t.Errorf("genuine: %d", code)
		}
	}
	if len(c.told) != 1 || !slices.Equal(c.told[0], want) {
		t.Errorf("told %+v", c.told)
	}
	for name, r := range map[string]struct {
		body   string
		header map[string]string
		want   int
	}{
		"another text":          {strings.Replace(body, "r1", "r2", 1), good, 403},
		"another key":           {body, standard([]byte("another key of any length"), "m2", today, body), 403},
		"no signature":          {body, nil, 403},
		"no id":                 {body, standard(key, "", today, body), 403},
		"old":                   {body, standard(key, "m3", today.Add(-6*time.Minute), body), 403},
		"of the future":         {body, standard(key, "m4", today.Add(6*time.Minute), body), 403},
		"an id used again":      {`{"reports":[]}`, standard(key, "m1", today, `{"reports":[]}`), 403},
		"no JSON":               {`{`, standard(key, "m5", today, `{`), 400},
		"an event of ours only": {`{"reports":[{"reference":"r","event":"claim"}]}`, standard(key, "m6", today, `{"reports":[{"reference":"r","event":"claim"}]}`), 400},
		"no message":            {`{"reports":[{"event":"deliver"}]}`, standard(key, "m7", today, `{"reports":[{"event":"deliver"}]}`), 400},
		"no reason":             {`{"reports":[{"reference":"r","event":"bounce"}]}`, standard(key, "m8", today, `{"reports":[{"reference":"r","event":"bounce"}]}`), 400},
		"huge":                  {strings.Repeat("x", notify.LongestBounce+1), good, 413},
	} {
		if code := c.post(r.body, r.header); code != r.want {
			t.Errorf("%s: %d, want %d", name, code, r.want)
		}
	}
	mail := strings.ReplaceAll(dsn("Final-Recipient: rfc822; a@b.c\nAction: failed\nStatus: 5.1.1", ""), "TAG", tag)
	header := standard(key, "m9", today, mail)
	header["Content-Type"], header["Muster-Envelope-To"] = "message/rfc822", "bounces+"+tag+"@example.org"
	if code := c.post(mail, header); code != 204 || len(c.told) != 2 || c.told[1][0].Message != id {
		t.Errorf("a raw mail: %d, %+v", code, c.told)
	}
	w := httptest.NewRecorder()
	c.handler.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/hook", nil))
	if w.Code != http.StatusMethodNotAllowed {
		t.Errorf("GET: %d", w.Code)
	}
}

func TestMailgunReports(t *testing.T) {
	t.Parallel()
	key := "key-3ax6xnjp29jd6fds4gc373sgvjxteol0"
	id, tag := newTag(t)
	body := func(token string, at time.Time, event string) string {
		m := hmac.New(sha256.New, []byte(key))
		stamp := strconv.FormatInt(at.Unix(), 10)
		m.Write([]byte(stamp + token))
		return fmt.Sprintf(`{"signature":{"timestamp":%q,"token":%q,"signature":%q},"event-data":%s}`, stamp, token, hex.EncodeToString(m.Sum(nil)), event)
	}
	at := float64(today.Add(-time.Minute).Unix())
	failed := fmt.Sprintf(`{"event":"failed","severity":"permanent","reason":"bounce","timestamp":%f,"delivery-status":{"code":550,"enhanced-code":"5.1.1","message":"5.1.1 The email account does not exist"},"message":{"headers":{"message-id":"%s@example.org"}}}`, at, tag)
	c := newCaller(notify.NewMailgun("smtp", notify.NewSecret(key), newSeal(t)))
	genuine := body("t1", today, failed)
	for name, r := range map[string]struct {
		body string
		want int
	}{
		"a wrong signature": {strings.Replace(genuine, `"token":"t1"`, `"token":"t0"`, 1), 403},
		"old":               {body("t2", today.Add(-26*time.Hour), failed), 403},
		"no JSON":           {"event=failed", 400},
		"another program's": {body("t3", today, strings.ReplaceAll(failed, tag, "xyz")), 204},
		"for now":           {body("t4", today, strings.ReplaceAll(failed, "permanent", "temporary")), 204},
	} {
		if code := c.post(r.body, nil); code != r.want || len(c.told) != 0 {
			t.Errorf("%s: %d, want %d; told %+v", name, code, r.want, c.told)
		}
	}
	if code := c.post(genuine, nil); code != 204 {
		t.Errorf("genuine: %d", code)
	}
	want := invite.Report{Message: id, Provider: "smtp", Event: invite.Bounce, Reason: invite.UnknownMailbox, Detail: "550 5.1.1 The email account does not exist", At: today.Add(-time.Minute)}
	if len(c.told) != 1 || c.told[0][0] != want {
		t.Errorf("told %+v", c.told)
	}
	if code := c.post(genuine, nil); code != 204 || len(c.told) != 1 {
		t.Errorf("again: %d, told %d times", code, len(c.told))
	}
	if code := c.post(strings.Replace(genuine, "failed", "delivered", 1), nil); code != 403 {
		t.Errorf("a used token with another text: %d", code)
	}
	if c.post(body("t5", today, strings.Replace(failed, "failed", "complained", 1)), nil); c.told[1][0].Reason != invite.Complained {
		t.Errorf("complained: %+v", c.told[1])
	}
}

func TestSendGridReports(t *testing.T) {
	t.Parallel()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	hook, err := notify.NewSendGrid("smtp", base64.StdEncoding.EncodeToString(der), newSeal(t))
	if err != nil {
		t.Fatal(err)
	}
	sign := func(at time.Time, body string) map[string]string {
		stamp := strconv.FormatInt(at.Unix(), 10)
		sum := sha256.Sum256([]byte(stamp + body))
		raw, err := ecdsa.SignASN1(rand.Reader, key, sum[:])
		if err != nil {
			t.Fatal(err)
		}
		return map[string]string{"X-Twilio-Email-Event-Webhook-Signature": base64.StdEncoding.EncodeToString(raw), "X-Twilio-Email-Event-Webhook-Timestamp": stamp}
	}
	var ids []invite.MessageID
	var events []map[string]any
	for _, e := range []map[string]any{
		{"event": "processed"},
		{"event": "delivered", "response": "250 OK"},
		{"event": "bounce", "status": "5.0.0", "reason": "550 5.1.1 unknown user"},
		{"event": "dropped", "reason": "Bounced Address"},
		{"event": "spamreport"},
		{"event": "open"},
		{"event": "deferred"},
	} {
		id, tag := newTag(t)
		e["smtp-id"], e["timestamp"] = "<"+tag+"@example.org>", today.Unix()
		ids, events = append(ids, id), append(events, e)
	}
	events = append(events, map[string]any{"event": "delivered", "smtp-id": "<other@example.org>"})
	raw, _ := json.Marshal(events)
	body := string(raw)
	c := newCaller(hook)
	if code := c.post(body, sign(today.Add(-23*time.Hour), body)); code != 204 {
		t.Fatalf("genuine: %d", code)
	}
	want := []invite.Report{
		{Message: ids[1], Provider: "smtp", Event: invite.Deliver, At: today},
		{Message: ids[2], Provider: "smtp", Event: invite.Bounce, Reason: invite.UnknownMailbox, Detail: "550 5.1.1 unknown user", At: today},
		{Message: ids[3], Provider: "smtp", Event: invite.Fail, Reason: invite.UnknownMailbox, Detail: "Bounced Address", At: today},
		{Message: ids[4], Provider: "smtp", Event: invite.Bounce, Reason: invite.Complained, Detail: "marked as spam", At: today},
	}
	if len(c.told) != 1 || !slices.Equal(c.told[0], want) {
		t.Errorf("told %+v", c.told)
	}
	for name, header := range map[string]map[string]string{"of another text": sign(today, body+" "), "none": nil, "old": sign(today.Add(-26*time.Hour), body)} {
		if code := c.post(body, header); code != 403 {
			t.Errorf("signature %s: %d", name, code)
		}
	}
	if code := c.post("{", sign(today, "{")); code != 400 {
		t.Errorf("no JSON: %d", code)
	}
	for _, wrong := range []string{"", "@", base64.StdEncoding.EncodeToString([]byte("x"))} {
		if _, err := notify.NewSendGrid("smtp", wrong, newSeal(t)); err == nil {
			t.Errorf("key %q was taken", wrong)
		}
	}
}

func TestTwilioReports(t *testing.T) {
	t.Parallel()
	const at = "https://muster.example/hooks/twilio?x=1"
	sign := func(form url.Values) map[string]string {
		text := at
		keys := make([]string, 0, len(form))
		for k := range form {
			keys = append(keys, k)
		}
		slices.Sort(keys)
		for _, k := range keys {
			text += k + form.Get(k)
		}
		m := hmac.New(sha1.New, []byte("12345"))
		m.Write([]byte(text))
		return map[string]string{"X-Twilio-Signature": base64.StdEncoding.EncodeToString(m.Sum(nil)), "Content-Type": "application/x-www-form-urlencoded"}
	}
	c := newCaller(notify.NewTwilio("twilio", notify.NewSecret("12345"), at))
	form := func(status, code string) url.Values {
		return url.Values{"MessageSid": {"SM1"}, "MessageStatus": {status}, "ErrorCode": {code}, "To": {"+49170 & co"}}
	}
	for _, f := range []url.Values{form("sent", ""), form("delivered", ""), form("undelivered", "30005"), form("failed", "21610"), form("failed", "30008")} {
		if code := c.post(f.Encode(), sign(f)); code != 204 {
			t.Errorf("%v: %d", f, code)
		}
	}
	want := []invite.Report{
		{Provider: "twilio", Reference: "SM1", Event: invite.Deliver, At: today},
		{Provider: "twilio", Reference: "SM1", Event: invite.Bounce, Reason: invite.UnknownNumber, Detail: "30005", At: today},
		{Provider: "twilio", Reference: "SM1", Event: invite.Fail, Reason: invite.Complained, Detail: "21610", At: today},
		{Provider: "twilio", Reference: "SM1", Event: invite.Fail, Reason: invite.Refused, Detail: "30008", At: today},
	}
	if got := slices.Concat(c.told...); !slices.Equal(got, want) {
		t.Errorf("told %+v", got)
	}
	if code := c.post(form("delivered", "1").Encode(), sign(form("delivered", ""))); code != 403 {
		t.Errorf("another text: %d", code)
	}
	if code := c.post(form("delivered", "").Encode(), nil); code != 403 {
		t.Errorf("no signature: %d", code)
	}
}

func FuzzWebhooks(f *testing.F) {
	key := bytes.Repeat([]byte("k"), 20)
	hook, err := notify.NewSigned("gateway", notify.NewSecret(string(key)), newBounces(f))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(`{"reports":[{"reference":"r","event":"bounce","reason":"spam"}]}`, "application/json")
	f.Add("From: MAILER-DAEMON\n\n550 5.1.1 x", "message/rfc822")
	f.Fuzz(func(t *testing.T, body, kind string) {
		c := newCaller(hook)
		header := standard(key, "id", today, body)
		header["Content-Type"] = kind
		if code := c.post(body, header); code != 204 && code != 400 {
			t.Errorf("answered %d", code)
		}
		for _, r := range slices.Concat(c.told...) {
			if r.Event != invite.Deliver && !slices.Contains(invite.Reasons, r.Reason) || len(r.Detail) > 500 {
				t.Errorf("%+v", r)
			}
		}
	})
}
