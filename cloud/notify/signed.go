package notify

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"muster/invite"
)

const (
	// window is how far a signature's time may lie from ours. Providers that send
	// for a day what wasn't answered keep the first time; they get longestWindow.
	window        = 5 * time.Minute
	longestWindow = 25 * time.Hour
)

// Signed hears any program that signs as Standard Webhooks does: HMAC-SHA256 of
// webhook-id, webhook-timestamp and the body. The body is JSON:
//
//	{"reports": [{"message": "…", "event": "bounce", "reason": "unknown-mailbox", "detail": "…", "at": "2026-11-21T12:00:00Z"}]}
//
// with "reference" in place of "message" where only the provider's name for it is
// known. A body of the type message/rfc822 is a raw bounce mail, whose receiver may
// stand in the header Muster-Envelope-To.
type Signed struct {
	key      []byte
	provider string
	bounces  *Bounces
}

// NewSigned makes the hook of a provider. The secret is a text of at least 16
// bytes, or whsec_ and base64. bounces may be nil: then no mails are taken.
func NewSigned(provider string, secret Secret, bounces *Bounces) (*Signed, error) {
	key := []byte(secret.Reveal())
	if coded, ok := strings.CutPrefix(secret.Reveal(), "whsec_"); ok {
		var err error
		if key, err = base64.StdEncoding.DecodeString(coded); err != nil {
			return nil, errors.New("the secret of a webhook begins with whsec_, but is no base64")
		}
	}
	if len(key) < minKey {
		return nil, errors.New("the secret of a webhook needs at least 16 bytes")
	}
	return &Signed{key, provider, bounces}, nil
}

func (s *Signed) longest() int64 {
	if s.bounces == nil {
		return LongestWebhook
	}
	return LongestBounce
}

func (s *Signed) read(r *http.Request, body []byte, now time.Time) ([]invite.Report, string, error) {
	id, at := r.Header.Get("Webhook-Id"), r.Header.Get("Webhook-Timestamp")
	m := hmac.New(sha256.New, s.key)
	m.Write([]byte(id + "." + at + "."))
	m.Write(body)
	sum := m.Sum(nil)
	genuine := false
	// Several signatures may stand there while a secret is replaced.
	for i, given := range strings.Fields(r.Header.Get("Webhook-Signature")) {
		coded, ok := strings.CutPrefix(given, "v1,")
		raw, err := base64.StdEncoding.DecodeString(coded)
		if i < 8 && ok && err == nil && hmac.Equal(raw, sum) {
			genuine = true
		}
	}
	if !genuine || id == "" {
		return nil, "", errSignature
	}
	if !fresh(at, now, window) {
		return nil, "", errStale
	}
	if kind, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";"); strings.EqualFold(strings.TrimSpace(kind), "message/rfc822") {
		reports, err := s.mail(r, body)
		return reports, id, err
	}
	reports, err := s.list(body)
	return reports, id, err
}

func (s *Signed) mail(r *http.Request, body []byte) ([]invite.Report, error) {
	if s.bounces == nil {
		return nil, errShape
	}
	reports, err := s.bounces.Read(bytes.NewReader(body), r.Header.Get("Muster-Envelope-To"))
	if errors.Is(err, ErrNoBounce) {
		return nil, nil
	}
	if err != nil {
		return nil, errShape
	}
	return reports, nil
}

func (s *Signed) list(body []byte) ([]invite.Report, error) {
	var in struct {
		Reports []struct {
			Message   invite.MessageID `json:"message"`
			Reference string           `json:"reference"`
			Event     invite.Event     `json:"event"`
			Reason    invite.Reason    `json:"reason"`
			Detail    string           `json:"detail"`
			At        time.Time        `json:"at"`
		} `json:"reports"`
	}
	if json.Unmarshal(body, &in) != nil {
		return nil, errShape
	}
	reports := make([]invite.Report, 0, min(len(in.Reports), mostReports))
	for _, n := range in.Reports {
		r := invite.Report{Message: n.Message, Provider: s.provider, Reference: n.Reference, Event: n.Event, Reason: n.Reason, Detail: n.Detail, At: n.At}
		if !sound(r) {
			return nil, errShape
		}
		reports = append(reports, r)
	}
	return reports, nil
}

// sound tells that a report names a message and says something of it.
func sound(r invite.Report) bool {
	if r.Message == "" && r.Reference == "" || len(r.Message) > 64 || len(r.Reference) > 200 {
		return false
	}
	switch r.Event {
	case invite.Deliver:
		return r.Reason == ""
	case invite.Bounce, invite.Fail:
		return known(r.Reason)
	default:
		return false
	}
}

func known(r invite.Reason) bool {
	for _, k := range invite.Reasons {
		if k == r {
			return true
		}
	}
	return false
}

// fresh tells that a time in seconds lies near now.
func fresh(seconds string, now time.Time, within time.Duration) bool {
	n, err := strconv.ParseInt(seconds, 10, 64)
	if err != nil {
		return false
	}
	age := now.Sub(time.Unix(n, 0))
	return age <= within && age >= -window
}
