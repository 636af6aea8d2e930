package notify

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/emersion/go-message"
	_ "github.com/emersion/go-message/charset" // readable words out of the alphabets that servers write in
	"github.com/emersion/go-message/textproto"

	"muster/invite"
)

// Bounds on a bounce mail. Anybody may send one.
const (
	// LongestBounce is how much of a bounce mail is read, in bytes.
	LongestBounce   = 4 << 20
	longestHeader   = 256 << 10 // of one part
	longestPart     = 512 << 10 // of what is looked into: the status, the returned headers, the words
	deepestPart     = 8
	mostParts       = 64
	mostRecipients  = 32
	longestReported = 4 << 10 // of a text that is searched for an answer of SMTP
)

// ErrNoBounce tells that a mail says nothing of a message of ours: a holiday note,
// spam, a person's answer.
var ErrNoBounce = errors.New("notify: no report of a message of ours")

// Bounces reads the mails by which other servers tell what became of a message.
type Bounces struct {
	Seal     Seal
	Provider string // name of the sender the messages left by
	Now      func() time.Time
}

// Read reads one mail: a delivery status notification (RFC 3464, 6533), a
// complaint (RFC 5965), or the bounce of a server that knows neither. It knows the
// message by the envelope's receiver (to; may be empty), else by the headers that
// came back. A mail that reports nothing gives ErrNoBounce.
func (b *Bounces) Read(raw io.Reader, to string) ([]invite.Report, error) {
	limited := &io.LimitedReader{R: raw, N: LongestBounce}
	e, err := message.ReadWithOptions(limited, &message.ReadOptions{MaxHeaderBytes: longestHeader})
	if e == nil || err != nil && !message.IsUnknownCharset(err) && !message.IsUnknownEncoding(err) {
		return nil, fmt.Errorf("read a bounce mail: %w", err)
	}
	f := &findings{seal: b.Seal}
	f.look(to)
	f.headers(&e.Header, "To", "Delivered-To", "X-Original-To", "Envelope-To", "X-Failed-Message-Id", "In-Reply-To", "References")
	f.at, _ = dateOf(&e.Header)
	f.walk(e, 0)
	if f.message == "" {
		return nil, ErrNoBounce
	}
	reports := f.reports(&e.Header)
	if len(reports) == 0 {
		return nil, ErrNoBounce
	}
	now := b.Now()
	for i := range reports {
		r := &reports[i]
		r.Message, r.Provider = f.message, b.Provider
		if r.At.IsZero() || r.At.After(now) || now.Sub(r.At) > 30*24*time.Hour {
			r.At = now
		}
	}
	return reports, nil
}

// findings is what was seen of a mail on the way through it.
type findings struct {
	seal      Seal
	message   invite.MessageID
	recipient []textproto.Header // of the status, one for each receiver
	complaint string             // of a feedback report: its kind
	words     string             // readable text, for servers that report in prose
	at        time.Time
	parts     int
}

func (f *findings) look(s string) {
	if f.message == "" {
		f.message, _ = f.seal.Find(s)
	}
}

func (f *findings) headers(h *message.Header, names ...string) {
	for _, n := range names {
		for _, v := range h.Values(n) {
			f.look(v)
		}
	}
}

// walk goes through the parts. What is broken is passed over: a report may still
// stand in another part.
func (f *findings) walk(e *message.Entity, depth int) {
	if f.parts++; f.parts > mostParts || depth > deepestPart {
		return
	}
	if m := e.MultipartReader(); m != nil {
		for f.parts <= mostParts {
			p, err := m.NextPart()
			if p == nil || err != nil && !message.IsUnknownCharset(err) && !message.IsUnknownEncoding(err) {
				return
			}
			f.walk(p, depth+1)
		}
		return
	}
	kind, _, _ := e.Header.ContentType()
	switch strings.ToLower(kind) {
	case "message/delivery-status", "message/global-delivery-status":
		f.status(e.Body)
	case "message/feedback-report":
		for _, h := range groups(e.Body, 1) {
			f.complaint = strings.ToLower(h.Get("Feedback-Type"))
			f.look(h.Get("Original-Envelope-Id"))
			f.look(h.Get("Original-Mail-From"))
		}
	case "message/rfc822", "message/global", "text/rfc822-headers", "message/global-headers", "message/rfc822-headers":
		for _, h := range groups(e.Body, 1) {
			original := message.Header{Header: h}
			f.headers(&original, tagHeader, "Message-Id", "Return-Path", "X-Original-Message-Id")
		}
	case "", "text/plain", "text/html":
		if len(f.words) < longestPart {
			text, _ := io.ReadAll(io.LimitReader(e.Body, longestPart))
			f.words += string(text) + "\n"
			f.look(string(text))
		}
	}
}

// status reads the body of a delivery status: a group of fields for the message,
// then one for each receiver.
func (f *findings) status(body io.Reader) {
	for i, h := range groups(body, mostRecipients+1) {
		if h.Has("Action") || h.Has("Final-Recipient") {
			f.recipient = append(f.recipient, h)
			continue
		}
		if i == 0 {
			f.look(h.Get("Original-Envelope-Id"))
			if at, err := mailDate(h.Get("Arrival-Date")); err == nil && f.at.IsZero() {
				f.at = at
			}
		}
	}
}

// groups reads at most so many groups of header fields, between empty lines.
func groups(body io.Reader, most int) []textproto.Header {
	raw, _ := io.ReadAll(io.LimitReader(body, longestPart))
	raw = bytes.TrimLeft(raw, "\r\n")
	// A last line without its end would be an error to the parser.
	r := bufio.NewReader(io.MultiReader(bytes.NewReader(raw), strings.NewReader("\r\n\r\n")))
	var all []textproto.Header
	for len(all) < most {
		h, err := textproto.ReadHeader(r)
		if err != nil {
			break
		}
		if h.Len() == 0 {
			if _, err := r.Peek(1); err != nil {
				break
			}
			continue
		}
		all = append(all, h)
	}
	return all
}

// reports says what the findings mean.
func (f *findings) reports(h *message.Header) []invite.Report {
	if f.complaint != "" {
		if f.complaint != "abuse" && f.complaint != "fraud" {
			return nil
		}
		return []invite.Report{{Event: invite.Bounce, Reason: invite.Complained, Detail: "marked as spam", At: f.at}}
	}
	for _, r := range f.recipient {
		if report, ok := f.byStatus(r); ok {
			// A message of ours has one receiver; further groups repeat him.
			return []invite.Report{report}
		}
	}
	if len(f.recipient) > 0 {
		return nil // delayed: another mail will tell
	}
	if report, ok := f.inProse(h); ok {
		return []invite.Report{report}
	}
	return nil
}

// byStatus reads what became of one receiver.
func (f *findings) byStatus(r textproto.Header) (invite.Report, bool) {
	diagnostic := r.Get("Diagnostic-Code")
	if kind, rest, ok := strings.Cut(diagnostic, ";"); ok && !strings.Contains(kind, " ") {
		diagnostic = strings.TrimSpace(rest)
	}
	at := f.at
	if last, err := mailDate(r.Get("Last-Attempt-Date")); err == nil {
		at = last
	}
	action, _, _ := strings.Cut(strings.ToLower(strings.TrimSpace(r.Get("Action"))), " ")
	switch action {
	case "delivered":
		return invite.Report{Event: invite.Deliver, At: at}, true
	case "failed":
	default: // delayed, relayed, expanded: nothing is certain yet
		return invite.Report{}, false
	}
	status := r.Get("Status")
	words := diagnostic
	if s, ok := readEnhanced(status); ok && (s.subject != 0 || s.detail != 0) && !says(diagnostic) {
		words = status + " " + diagnostic
	}
	if words == "" {
		words = status
	}
	return invite.Report{Event: invite.Bounce, Reason: bounced(words), Detail: detail(words), At: at}, true
}

// says tells that words hold an enhanced status that means something.
func says(words string) bool {
	s, ok := readEnhanced(words)
	return ok && (s.subject != 0 || s.detail != 0)
}

// bounced gives the reason of a failure that another server told. Whatever it
// says about the sender's account, here it is about one message.
func bounced(words string) invite.Reason {
	reason := judge(replyCode(words), words).reason
	if reason == invite.ProviderDown || reason == invite.ProviderRefused {
		return invite.Refused
	}
	return reason
}

// inProse reads the bounce of a server that writes only for people. To be sure
// that it is none of a person's or a holiday note's words, it must come from the
// mail system itself and quote an answer.
func (f *findings) inProse(h *message.Header) (invite.Report, bool) {
	failed := h.Has("X-Failed-Recipients")
	from := strings.ToLower(h.Get("From"))
	system := failed || slices.ContainsFunc([]string{"mailer-daemon", "postmaster@", "mail delivery"}, func(s string) bool { return strings.Contains(from, s) })
	if !system || strings.Contains(strings.ToLower(h.Get("Auto-Submitted")), "auto-notified") {
		return invite.Report{}, false
	}
	answer := quoted(f.words)
	if answer == "" {
		if !failed {
			return invite.Report{}, false
		}
		answer = detail(f.words)
	}
	if answer[0] == '4' && !failed {
		return invite.Report{}, false // a warning that it will be tried again
	}
	return invite.Report{Event: invite.Bounce, Reason: bounced(answer), Detail: detail(answer), At: f.at}, true
}
