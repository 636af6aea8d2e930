package notify

import (
	"bytes"
	"crypto/rand"
	"hash/maphash"
	"io"
	"mime/multipart"
	"mime/quotedprintable"
	"net/textproto"
	"strings"
	"sync"

	"github.com/wneessen/go-mail"

	"muster/invite"
)

// letter writes the headers, to which it adds those of the body, and the body.
func (l *lines) letter(to *bytes.Buffer, headers *mail.Msg, m invite.Message) error {
	boundary := ""
	if m.HTML == "" {
		headers.SetGenHeader(mail.HeaderContentTransferEnc, "quoted-printable")
		headers.SetGenHeader(mail.HeaderContentType, plainText)
	} else {
		boundary = rand.Text()
		headers.SetGenHeader(mail.HeaderContentType, "multipart/alternative; boundary="+boundary)
	}
	if _, err := headers.WriteTo(to); err != nil {
		return err
	}
	to.Write(lineEnd)
	if m.HTML == "" {
		if err := l.write(to, m.Text); err != nil {
			return err
		}
		to.Write(lineEnd)
		return nil
	}
	return l.alternatives(to, boundary, m.Text, m.HTML)
}

// alternatives writes a mail's body: the same in plain text and in HTML, with its
// parts between the boundary. The headers above it must name that boundary.
func (l *lines) alternatives(to *bytes.Buffer, boundary, text, html string) error {
	parts := multipart.NewWriter(to)
	if err := parts.SetBoundary(boundary); err != nil {
		return err
	}
	for _, p := range []struct{ kind, content string }{{plainText, text}, {htmlText, html}} {
		w, err := parts.CreatePart(textproto.MIMEHeader{"Content-Transfer-Encoding": {"quoted-printable"}, "Content-Type": {p.kind}})
		if err != nil {
			return err
		}
		if err := l.write(w, p.content); err != nil {
			return err
		}
	}
	return parts.Close()
}

const (
	plainText = "text/plain; charset=UTF-8"
	htmlText  = "text/html; charset=UTF-8"
)

// lines writes texts as quoted-printable (RFC 2045, 6.7). An organisation's messages
// differ in few lines, and no line's encoding depends on another: so it keeps what
// it has met before. What comes once, such as somebody's link, it doesn't keep.
type lines struct {
	seed maphash.Seed

	mu      sync.Mutex
	met     map[uint64]bool // hashes of lines that came once
	encoded map[string][]byte
	line    bytes.Buffer
}

// How many lines are kept, and how many hashes. What is full begins anew.
const (
	keptLines  = 1024
	keptHashes = 8192
	longLine   = 4096 // bytes; longer ones are not kept
)

func newLines() *lines {
	return &lines{seed: maphash.MakeSeed(), met: map[uint64]bool{}, encoded: map[string][]byte{}}
}

// write encodes a text, whichever line ends it has.
func (l *lines) write(to io.Writer, text string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	for line, rest, more := "", text, true; more; {
		line, rest, more = cutLine(rest)
		b, err := l.encode(line)
		if err != nil {
			return err
		}
		if _, err := to.Write(b); err != nil {
			return err
		}
		if more {
			if _, err := to.Write(lineEnd); err != nil {
				return err
			}
		}
	}
	return nil
}

// cutLine cuts a text at its first line end: CRLF, or a lonely CR or LF.
func cutLine(text string) (line, rest string, more bool) {
	end := strings.IndexByte(text, '\n')
	line = text
	if end >= 0 {
		line = text[:end]
	}
	switch cr := strings.IndexByte(line, '\r'); {
	case cr >= 0 && (end < 0 || cr < end-1):
		return text[:cr], text[cr+1:], true
	case end < 0:
		return text, "", false
	case cr >= 0:
		return text[:cr], text[end+1:], true
	default:
		return line, text[end+1:], true
	}
}

// encode returns a line encoded. It holds until the next call.
func (l *lines) encode(line string) ([]byte, error) {
	if b, ok := l.encoded[line]; ok {
		return b, nil
	}
	l.line.Reset()
	w := quotedprintable.NewWriter(&l.line)
	if _, err := io.WriteString(w, line); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	if len(line) > longLine {
		return l.line.Bytes(), nil
	}
	h := maphash.String(l.seed, line)
	if !l.met[h] {
		if len(l.met) >= keptHashes {
			clear(l.met)
		}
		l.met[h] = true
		return l.line.Bytes(), nil
	}
	if len(l.encoded) >= keptLines {
		clear(l.encoded)
	}
	b := bytes.Clone(l.line.Bytes())
	l.encoded[strings.Clone(line)] = b
	return b, nil
}
