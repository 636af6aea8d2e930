package notify

import (
	"crypto/hmac"
	"crypto/sha1" // Twilio's choice; HMAC does not need its collision resistance
	"encoding/base64"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"muster/invite"
)

// Twilio hears Twilio's status callbacks for SMS. They carry no time; one that
// comes again says nothing new.
type Twilio struct {
	token    Secret
	provider string
	callback string
}

// NewTwilio makes the hook with the account's auth token. callback is the URL as
// Twilio was given it: it is part of what is signed.
func NewTwilio(provider string, token Secret, callback string) *Twilio {
	return &Twilio{token, provider, callback}
}

func (*Twilio) longest() int64 { return 64 << 10 }

func (w *Twilio) read(r *http.Request, body []byte, _ time.Time) ([]invite.Report, string, error) {
	form, err := url.ParseQuery(string(body))
	if err != nil || len(form) > 200 {
		return nil, "", errShape
	}
	given, err := base64.StdEncoding.DecodeString(r.Header.Get("X-Twilio-Signature"))
	if err != nil || w.token.Empty() || !hmac.Equal(given, w.sum(form)) {
		return nil, "", errSignature
	}
	id := form.Get("MessageSid")
	report := invite.Report{Provider: w.provider, Reference: id}
	code := form.Get("ErrorCode")
	switch form.Get("MessageStatus") {
	case "delivered":
		report.Event = invite.Deliver
	case "undelivered":
		report.Event, report.Reason, report.Detail = invite.Bounce, twilioReason(code), code+" "+form.Get("ErrorMessage")
	case "failed":
		report.Event, report.Reason, report.Detail = invite.Fail, twilioReason(code), code+" "+form.Get("ErrorMessage")
	default:
		return nil, string(body), nil
	}
	if !sound(report) {
		return nil, "", errShape
	}
	return []invite.Report{report}, string(body), nil
}

// sum signs the URL and every field, in the order of their names.
func (w *Twilio) sum(form url.Values) []byte {
	m := hmac.New(sha1.New, []byte(w.token.Reveal()))
	m.Write([]byte(w.callback))
	names := make([]string, 0, len(form))
	for n := range form {
		names = append(names, n)
	}
	slices.Sort(names)
	for _, n := range names {
		values := slices.Compact(slices.Sorted(slices.Values(form[n])))
		for _, v := range values {
			m.Write([]byte(n + v))
		}
	}
	return m.Sum(nil)
}

func twilioReason(code string) invite.Reason {
	switch strings.TrimSpace(code) {
	case "30005", "30006", "21614", "21612":
		return invite.UnknownNumber
	case "30007":
		return invite.Spam
	case "21610":
		return invite.Complained
	case "30001", "30002", "30022", "30023":
		return invite.ProviderRefused
	default: // switched off, out of reach, blocked
		return invite.Refused
	}
}
