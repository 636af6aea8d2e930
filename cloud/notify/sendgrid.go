package notify

import (
	"crypto/ecdsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"time"

	"muster/invite"
)

// SendGrid hears Twilio SendGrid's signed event webhook.
type SendGrid struct {
	key      *ecdsa.PublicKey
	provider string
	seal     Seal
}

// NewSendGrid makes the hook with the verification key that SendGrid shows: base64
// of a public key in DER.
func NewSendGrid(provider, key string, seal Seal) (*SendGrid, error) {
	raw, err := base64.StdEncoding.DecodeString(strings.TrimSpace(key))
	if err != nil {
		return nil, errors.New("SendGrid's verification key is no base64")
	}
	public, err := x509.ParsePKIXPublicKey(raw)
	if err != nil {
		return nil, errors.New("SendGrid's verification key can't be read")
	}
	curve, ok := public.(*ecdsa.PublicKey)
	if !ok {
		return nil, errors.New("SendGrid's verification key is not for ECDSA")
	}
	return &SendGrid{curve, provider, seal}, nil
}

func (*SendGrid) longest() int64 { return LongestWebhook }

func (g *SendGrid) read(r *http.Request, body []byte, now time.Time) ([]invite.Report, string, error) {
	signature, at := r.Header.Get("X-Twilio-Email-Event-Webhook-Signature"), r.Header.Get("X-Twilio-Email-Event-Webhook-Timestamp")
	raw, err := base64.StdEncoding.DecodeString(signature)
	sum := sha256.Sum256(append([]byte(at), body...))
	if err != nil || !ecdsa.VerifyASN1(g.key, sum[:], raw) {
		return nil, "", errSignature
	}
	if !fresh(at, now, longestWindow) {
		return nil, "", errStale
	}
	var events []sendGridEvent
	if json.Unmarshal(body, &events) != nil {
		return nil, "", errShape
	}
	var reports []invite.Report
	for _, e := range events {
		if r, ok := g.one(e); ok {
			reports = append(reports, r)
		}
	}
	// The same text signed again differs in its signature only: it is the same.
	return reports, string(sum[:]), nil
}

type sendGridEvent struct {
	Event     string  `json:"event"`
	MessageID string  `json:"smtp-id"`
	Status    string  `json:"status"`
	Reason    string  `json:"reason"`
	Timestamp float64 `json:"timestamp"`
}

func (g *SendGrid) one(e sendGridEvent) (invite.Report, bool) {
	id, ours := g.seal.Find(e.MessageID)
	r := invite.Report{Message: id, Provider: g.provider, At: seconds(e.Timestamp)}
	switch e.Event {
	case "delivered":
		r.Event = invite.Deliver
	case "spamreport":
		r.Event, r.Reason, r.Detail = invite.Bounce, invite.Complained, "marked as spam"
	case "bounce":
		words := e.Reason
		if e.Status != "" && !says(words) {
			words = e.Status + " " + words
		}
		r.Event, r.Reason, r.Detail = invite.Bounce, bounced(words), words
	case "dropped":
		r.Event, r.Reason, r.Detail = invite.Fail, dropped(e.Reason), e.Reason
	default:
		return r, false
	}
	return r, ours
}

// dropped gives the reason why SendGrid did not even try.
func dropped(words string) invite.Reason {
	words = strings.ToLower(words)
	switch {
	case strings.Contains(words, "bounced"):
		return invite.UnknownMailbox
	case strings.Contains(words, "spam report"):
		return invite.Complained
	case strings.Contains(words, "invalid"):
		return invite.BadAddress
	default:
		return invite.Refused
	}
}
