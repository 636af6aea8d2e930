package notify

import (
	"bytes"
	"errors"
	"fmt"
	netmail "net/mail"
	"strings"
	"sync"
	"time"
	"unicode"

	"github.com/wneessen/go-mail"
	"golang.org/x/net/idna"
	"golang.org/x/text/language"

	"muster/invite"
)

// tagHeader carries the message's tag as well: some providers replace the
// Message-ID.
const tagHeader = "X-Muster-Message"

// longestMail is the size of a text in bytes that no invitation ever reaches.
const longestMail = 1 << 20

var errAddress = errors.New("not an address")

// domains is idna.Lookup, and the lengths that DNS can hold.
var domains = idna.New(idna.MapForLookup(), idna.BidiRule(), idna.StrictDomainName(true), idna.VerifyDNSLength(true))

// letter is a mail ready to go: what the server is told, and the text.
type letter struct {
	from, to string // of the envelope, without angle brackets
	text     []byte // headers and body, ended by free
	buffer   *bytes.Buffer
}

// buffers hold the letters being sent.
var buffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// free gives the letter's memory back. Nothing of it may be used any more.
func (l *letter) free() {
	if l.buffer.Cap() <= 64<<10 {
		l.buffer.Reset()
		buffers.Put(l.buffer)
	}
	l.buffer, l.text = nil, nil
}

// unicode tells that the envelope needs SMTPUTF8.
func (l *letter) unicode() bool { return !ascii(l.from) || !ascii(l.to) }

// address checks one address and gives it with its domain in ASCII.
func address(s string) (string, error) {
	if strings.ContainsFunc(s, unicode.IsControl) || len(s) > 320 {
		return "", errAddress
	}
	a, err := netmail.ParseAddress("<" + s + ">")
	if err != nil || a.Name != "" {
		return "", errAddress
	}
	at := strings.LastIndexByte(a.Address, '@')
	local, domain := a.Address[:at], a.Address[at+1:]
	if local == "" || strings.ContainsAny(local, " \"<>()\\,;:[]@") || strings.HasPrefix(domain, "[") {
		return "", errAddress
	}
	domain, err = domains.ToASCII(domain)
	if err != nil || !strings.ContainsFunc(domain, unicode.IsLetter) {
		return "", errAddress
	}
	return local + "@" + domain, nil
}

// line makes a name or a subject one line of at most 250 bytes: whatever would end
// a header becomes a space.
func line(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r) || r == '\u2028' || r == '\u2029':
			return ' '
		case unicode.IsControl(r) || r == unicode.ReplacementChar:
			return -1
		default:
			return r
		}
	}, s)
	s = strings.Join(strings.Fields(s), " ")
	// What looks like an encoded word would be decoded into something else.
	s = strings.ReplaceAll(s, "=?", "= ?")
	for n := range s {
		if n > 250 {
			return s[:n]
		}
	}
	return s
}

func ascii(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return r > unicode.MaxASCII }) < 0
}

// compose writes the letter of a message. What comes in with the message never
// becomes more than one value of one header.
func (s *SMTPSettings) compose(m invite.Message, now time.Time, known *lines) (*letter, error) {
	to, err := address(m.To)
	if err != nil {
		return nil, &invite.Undeliverable{Reason: invite.BadAddress, Detail: detail(m.To), Permanent: true, Err: err}
	}
	if len(m.Text)+len(m.HTML) > longestMail {
		return nil, &invite.Undeliverable{Reason: invite.TooLarge, Permanent: true}
	}
	tag, err := s.Seal.Tag(m.ID)
	if err != nil {
		return nil, &invite.Undeliverable{Reason: invite.Refused, Detail: "the message has no proper id", Permanent: true, Err: err}
	}
	name := m.Sender
	if name == "" {
		name = s.FromName
	}
	b := mail.NewMsg(mail.WithNoDefaultUserAgent())
	b.FromMailAddress(&netmail.Address{Name: line(name), Address: s.From})
	b.ToMailAddress(&netmail.Address{Name: line(m.Name), Address: to})
	if reply := s.replyTo(m); reply != "" {
		b.ReplyToMailAddress(&netmail.Address{Name: line(name), Address: reply})
	}
	b.Subject(line(m.Subject))
	b.SetMessageIDWithValue(tag + "@" + domainOf(s.From))
	b.SetDateWithValue(now)
	// A machine wrote it: no holiday notes, please. There is no List-Unsubscribe,
	// since this is no list: each message was asked for by the person's own
	// organisation, and "unsubscribe" would mean leaving it.
	b.SetGenHeader("Auto-Submitted", "auto-generated")
	b.SetGenHeader("X-Auto-Response-Suppress", "All")
	b.SetGenHeader(tagHeader, tag)
	if l, err := language.Parse(m.Language); err == nil && l != language.Und {
		b.SetGenHeader("Content-Language", l.String())
	}
	// Written before a session is taken, so that one worker writes while another
	// sends.
	text := buffers.Get().(*bytes.Buffer)
	l := &letter{from: s.returnPath(tag), to: to, buffer: text}
	text.Grow(2048 + (len(m.Text)+len(m.HTML))*5/4)
	if err := known.letter(text, b, m); err != nil {
		l.free()
		return nil, &invite.Undeliverable{Reason: invite.Refused, Detail: "the mail can't be written", Permanent: true, Err: err}
	}
	l.text = text.Bytes()
	return l, nil
}

func (s *SMTPSettings) replyTo(m invite.Message) string {
	for _, a := range []string{m.ReplyTo, s.ReplyTo} {
		if a, err := address(a); err == nil {
			return a
		}
	}
	return ""
}

// returnPath is where bounces go: with the tag between plus and at, when the
// admin gave an address for them.
func (s *SMTPSettings) returnPath(tag string) string {
	if s.Bounces == "" {
		return s.From
	}
	at := strings.LastIndexByte(s.Bounces, '@')
	return fmt.Sprintf("%s+%s%s", s.Bounces[:at], tag, s.Bounces[at:])
}

func domainOf(address string) string { return address[strings.LastIndexByte(address, '@')+1:] }
