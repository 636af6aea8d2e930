package notify

import (
	"cmp"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"math"
	"net/http"
	"strconv"
	"time"

	"muster/invite"
)

// Mailgun hears Mailgun's webhooks. Their signature covers a token and a time, not
// the text; so a token is good once.
type Mailgun struct {
	key      Secret
	provider string
	seal     Seal
}

// NewMailgun makes the hook with the account's HTTP webhook signing key.
func NewMailgun(provider string, key Secret, seal Seal) *Mailgun {
	return &Mailgun{key, provider, seal}
}

func (*Mailgun) longest() int64 { return LongestWebhook }

type mailgunBody struct {
	Signature struct {
		Timestamp string `json:"timestamp"`
		Token     string `json:"token"`
		Signature string `json:"signature"`
	} `json:"signature"`
	Event struct {
		Event     string  `json:"event"`
		Severity  string  `json:"severity"`
		Reason    string  `json:"reason"`
		Timestamp float64 `json:"timestamp"`
		Status    struct {
			Code        int    `json:"code"`
			Message     string `json:"message"`
			Description string `json:"description"`
			Enhanced    string `json:"enhanced-code"`
		} `json:"delivery-status"`
		Message struct {
			Headers struct {
				ID string `json:"message-id"`
			} `json:"headers"`
		} `json:"message"`
	} `json:"event-data"`
}

func (g *Mailgun) read(_ *http.Request, body []byte, now time.Time) ([]invite.Report, string, error) {
	var in mailgunBody
	if json.Unmarshal(body, &in) != nil {
		return nil, "", errShape
	}
	m := hmac.New(sha256.New, []byte(g.key.Reveal()))
	m.Write([]byte(in.Signature.Timestamp + in.Signature.Token))
	given, err := hex.DecodeString(in.Signature.Signature)
	if err != nil || g.key.Empty() || !hmac.Equal(given, m.Sum(nil)) {
		return nil, "", errSignature
	}
	if !fresh(in.Signature.Timestamp, now, longestWindow) {
		return nil, "", errStale
	}
	e := &in.Event
	r := invite.Report{Provider: g.provider, At: seconds(e.Timestamp)}
	var ours bool
	if r.Message, ours = g.seal.Find(e.Message.Headers.ID); !ours {
		return nil, in.Signature.Token, nil // of another program over the same account
	}
	words := cmp.Or(e.Status.Message, e.Status.Description, e.Reason)
	if e.Status.Enhanced != "" && !says(words) {
		words = e.Status.Enhanced + " " + words
	}
	if e.Status.Code >= 400 && replyCode(words) == 0 {
		words = strconv.Itoa(e.Status.Code) + " " + words
	}
	switch {
	case e.Event == "delivered":
		r.Event = invite.Deliver
	case e.Event == "complained":
		r.Event, r.Reason, r.Detail = invite.Bounce, invite.Complained, "marked as spam"
	case e.Event == "failed" && e.Severity == "permanent":
		r.Event, r.Reason, r.Detail = invite.Bounce, bounced(words), words
		switch e.Reason {
		case "suppress-bounce":
			r.Reason = invite.UnknownMailbox
		case "suppress-complaint":
			r.Reason = invite.Complained
		}
	default:
		return nil, in.Signature.Token, nil
	}
	return []invite.Report{r}, in.Signature.Token, nil
}

// seconds reads a time as providers write it: seconds since 1970, with a fraction.
func seconds(f float64) time.Time {
	if f <= 0 || f > 1e11 {
		return time.Time{}
	}
	whole, part := math.Modf(f)
	return time.Unix(int64(whole), int64(part*1e9)).UTC()
}
