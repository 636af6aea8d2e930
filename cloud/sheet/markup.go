package sheet

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"unicode/utf8"
)

// errOdd tells that XML isn't as plain as markup reads it. It may be good all the
// same: the library knows all of XML.
var errOdd = errors.New("not plain")

// markup reads XML tag by tag, as long as it is as plain as spreadsheet programs
// write it: UTF-8, double quotes, no declarations, comments or entities of its own,
// each element closed in its turn. Of anything else, and of what a parser has to
// refuse, it says errOdd. So whatever it gives, a parser gives too; it takes a
// tenth of the time.
type markup struct {
	in    *bufio.Reader
	begun bool

	// The tag that was read, valid until the next: its name, the rest of it, whether
	// it ends an element, whether it is one without content, and the text behind it.
	name, rest []byte
	end, empty bool
	text       []byte

	open   []byte // names of the elements that are open, one behind the other
	starts []int  // where in open each begins
}

func newMarkup(r io.Reader) *markup { return &markup{in: bufio.NewReaderSize(r, maxRun)} }

// next reads a tag. At the end, with all elements closed, it is io.EOF.
func (m *markup) next() error {
	if !m.begun {
		m.begun = true
		if err := m.begin(); err != nil {
			return err
		}
	}
	piece, err := m.in.ReadSlice('<')
	switch {
	case errors.Is(err, io.EOF):
		if len(piece) == 0 && len(m.starts) == 0 {
			return io.EOF
		}
	case errors.Is(err, bufio.ErrBufferFull):
		return errOdd
	case err != nil:
		return err
	default:
		piece = piece[:len(piece)-1]
	}
	return m.tag(piece)
}

// begin passes over the declaration that XML may begin with.
func (m *markup) begin() error {
	if piece, err := m.in.ReadSlice('<'); err != nil || len(piece) != 1 {
		return errOdd
	}
	start, err := m.in.Peek(1)
	if err != nil || start[0] != '?' {
		return nil //nolint:nilerr // next meets it too
	}
	piece, err := m.in.ReadSlice('<')
	if err != nil {
		return errOdd
	}
	end := bytes.Index(piece, []byte("?>"))
	if end < 0 || !blank(piece[end+2:len(piece)-1]) || !bytes.HasPrefix(piece, []byte(`?xml version="1.0"`)) {
		return errOdd
	}
	if said := bytes.ToLower(piece[:end]); bytes.Contains(said, []byte("encoding")) && !bytes.Contains(said, []byte(` encoding="utf-8"`)) {
		return errOdd
	}
	return nil
}

func (m *markup) tag(piece []byte) error {
	close := bytes.IndexByte(piece, '>')
	if close < 1 {
		return errOdd
	}
	m.text = piece[close+1:]
	piece = piece[:close]
	m.end, m.empty = piece[0] == '/', piece[close-1] == '/'
	switch {
	case m.end && m.empty:
		return errOdd
	case m.end:
		piece = piece[1:]
	case m.empty:
		piece = piece[:close-1]
	}
	n := 0
	for n < len(piece) && letter(piece[n]) {
		n++
	}
	m.name, m.rest = piece[:n], piece[n:]
	switch {
	case n == 0 || piece[0] < 'A': // no name begins with a digit, a dot or a dash
		return errOdd
	case m.end:
		top := len(m.starts) - 1
		if top < 0 || len(m.rest) > 0 || string(m.open[m.starts[top]:]) != string(m.name) {
			return errOdd
		}
		m.open, m.starts = m.open[:m.starts[top]], m.starts[:top]
	case !m.empty:
		if len(m.starts) > maxDepth {
			return errOdd
		}
		m.starts = append(m.starts, len(m.open))
		m.open = append(m.open, m.name...)
	}
	if len(m.starts) == 0 && !blank(m.text) {
		return errOdd
	}
	return nil
}

// letter tells whether names of elements and attributes have it. Those with a colon
// are told from others by attribute.
func letter(b byte) bool {
	return b|0x20 >= 'a' && b|0x20 <= 'z' || b >= '0' && b <= '9' || b == '_' || b == '-' || b == '.'
}

// attribute takes the next one off the tag; more is false behind the last. The name
// is without what stands before a colon.
func (m *markup) attribute() (name, value []byte, more bool, err error) {
	a := m.rest
	for len(a) > 0 && (a[0] == ' ' || a[0] == '\n' || a[0] == '\t') {
		a = a[1:]
	}
	if len(a) == 0 {
		return nil, nil, false, nil
	}
	if len(a) == len(m.rest) {
		return nil, nil, false, errOdd
	}
	first, n := 0, 0
	for n < len(a) && (letter(a[n]) || a[n] == ':' && first == 0 && n > 0) {
		if a[n] == ':' {
			first = n + 1
		}
		n++
	}
	if n == first || a[0] < 'A' || a[first] < 'A' || n+2 > len(a) || a[n] != '=' || a[n+1] != '"' {
		return nil, nil, false, errOdd
	}
	end := bytes.IndexByte(a[n+2:], '"')
	if end < 0 {
		return nil, nil, false, errOdd
	}
	name, value, m.rest = a[first:n], a[n+2:n+2+end], a[n+3+end:]
	narrow := true
	for _, b := range value {
		if b < ' ' || b == '&' {
			return nil, nil, false, errOdd
		}
		narrow = narrow && b < utf8.RuneSelf
	}
	if !narrow && !lawful(value) {
		return nil, nil, false, errOdd
	}
	return name, value, true, nil
}

// lawful tells whether XML may have all of a text's letters beyond ASCII.
func lawful(text []byte) bool {
	return utf8.Valid(text) && !bytes.Contains(text, []byte("\uFFFE")) && !bytes.Contains(text, []byte("\uFFFF"))
}

// pass reads the tag's attributes to the end, for their form only.
func (m *markup) pass() error {
	for {
		if _, _, more, err := m.attribute(); err != nil || !more {
			return err
		}
	}
}

// blank tells whether there is nothing to be seen.
func blank(text []byte) bool {
	for _, b := range text {
		if b != ' ' && b != '\n' && b != '\r' && b != '\t' {
			return false
		}
	}
	return true
}

// references are those that markup reads, with what they stand for.
var references = []struct{ name, means string }{
	{"&amp;", "&"}, {"&lt;", "<"}, {"&gt;", ">"}, {"&quot;", `"`}, {"&apos;", "'"}, {"&#34;", `"`}, {"&#39;", "'"}, {"&#x9;", "\t"}, {"&#xA;", "\n"}, {"&#9;", "\t"}, {"&#10;", "\n"},
}

// content appends what the text behind a tag says; ok is false where that isn't
// plain.
func content(to, text []byte) (_ []byte, ok bool) {
	plain := true // letters of one byte, and no signs that mean something
	for _, b := range text {
		if b < ' ' && b != '\n' && b != '\t' || b > '~' || b == '&' || b == ']' {
			plain = false
			break
		}
	}
	if plain {
		return append(to, text...), true
	}
	if !lawful(text) || bytes.Contains(text, []byte("]]>")) {
		return to, false
	}
	for i := 0; i < len(text); i++ {
		switch b := text[i]; {
		case b < ' ' && b != '\n' && b != '\t':
			return to, false
		case b != '&':
			to = append(to, b)
		default:
			n := len(to)
			for _, r := range references {
				if bytes.HasPrefix(text[i:], []byte(r.name)) {
					to = append(to, r.means...)
					i += len(r.name) - 1
					break
				}
			}
			if len(to) == n {
				return to, false
			}
		}
	}
	return to, true
}

// coded tells whether a text has something of the form _x000A_, which stands for a
// character.
func coded(text []byte) bool {
	for {
		i := bytes.Index(text, []byte("_x"))
		if i < 0 {
			return false
		}
		text = text[i+2:]
		if len(text) > 4 && text[4] == '_' && hexadecimal(text[:4]) {
			return true
		}
	}
}

func hexadecimal(digits []byte) bool {
	for _, b := range digits {
		if (b < '0' || b > '9') && (b|0x20 < 'a' || b|0x20 > 'f') {
			return false
		}
	}
	return true
}
