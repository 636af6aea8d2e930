package sheet

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/wlynxg/chardet"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
)

// detect tells a text's encoding: by its mark, by its zero bytes, by being valid
// UTF-8 throughout, and last by its letters. It reads the whole file, because the
// first umlaut may be in the last line.
func detect(r io.ReaderAt, size int64) (string, encoding.Encoding, error) {
	var s survey
	buf := make([]byte, 64<<10)
	section := io.NewSectionReader(r, 0, size)
	for {
		n, err := io.ReadFull(section, buf)
		s.add(buf[:n])
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			break
		}
		if err != nil {
			return "", nil, err
		}
	}
	return s.verdict()
}

// survey is what is learned of a file in one pass.
type survey struct {
	first    []byte // at most 4 KB
	sample   []byte // lines with letters beyond ASCII, at most 64 KB
	rest     []byte // of a letter that the last piece cut
	good     int    // letters of several bytes that are UTF-8
	bad      int    // bytes that aren't
	zeros    [2]int // at even and odd places of the first bytes
	anything bool
}

func (s *survey) add(piece []byte) {
	if len(s.first) == 0 {
		s.first = append(s.first, piece[:min(len(piece), 4096)]...)
		for i, b := range s.first {
			if b == 0 {
				s.zeros[i%2]++
			}
		}
	}
	s.anything = s.anything || len(piece) > 0
	text := append(s.rest, piece...)
	for line := range bytes.Lines(piece) {
		if len(s.sample)+len(line) < 64<<10 && bytes.ContainsFunc(line, func(r rune) bool { return r >= utf8.RuneSelf }) {
			s.sample = append(s.sample, line...)
		}
	}
	for len(text) > 0 {
		if text[0] < utf8.RuneSelf {
			text = text[1:]
			continue
		}
		if !utf8.FullRune(text) {
			break
		}
		r, n := utf8.DecodeRune(text)
		if r == utf8.RuneError && n == 1 {
			s.bad++
		} else {
			s.good++
		}
		text = text[n:]
	}
	s.rest = append([]byte(nil), text...)
}

func (s *survey) verdict() (string, encoding.Encoding, error) {
	start := s.first
	switch {
	case bytes.HasPrefix(start, []byte("\xef\xbb\xbf")):
		return "utf-8", unicode.UTF8BOM, nil
	case bytes.HasPrefix(start, []byte("\xff\xfe")), s.zeros[1] > len(start)/5 && s.zeros[0] == 0:
		return "utf-16le", unicode.UTF16(unicode.LittleEndian, unicode.UseBOM), nil
	case bytes.HasPrefix(start, []byte("\xfe\xff")), s.zeros[0] > len(start)/5 && s.zeros[1] == 0:
		return "utf-16be", unicode.UTF16(unicode.BigEndian, unicode.UseBOM), nil
	case s.zeros[0]+s.zeros[1] > 0:
		return "", nil, &Problem{Code: NotTable}
	case s.bad+len(s.rest) == 0, s.good >= 10*(s.bad+len(s.rest)): // a few broken letters don't make it another
		return "utf-8", unicode.UTF8BOM, nil
	}
	return byLetters(s.sample)
}

// byLetters tells the encodings of one byte a letter apart. Cyrillic ones are
// told well by how often letters follow each other; the Western ones differ
// where hardly a name has letters, so that they are all taken for Windows'.
func byLetters(sample []byte) (string, encoding.Encoding, error) {
	switch strings.ToLower(chardet.Detect(sample).Encoding) {
	case "windows-1251", "iso-8859-5", "maccyrillic", "ibm866", "ibm855", "koi8-r", "koi8-u":
	default:
		return "windows-1252", charmap.Windows1252, nil
	}
	best, name, found := -1, "", encoding.Encoding(nil)
	for _, c := range []struct {
		name string
		enc  *charmap.Charmap
	}{
		{"windows-1251", charmap.Windows1251},
		{"koi8-r", charmap.KOI8R},
		{"ibm866", charmap.CodePage866},
		{"x-mac-cyrillic", charmap.MacintoshCyrillic},
		{"iso-8859-5", charmap.ISO8859_5},
	} {
		if n := cyrillic(c.enc, sample); n > best {
			best, name, found = n, c.name, c.enc
		}
	}
	return name, found, nil
}

// cyrillic weighs how much a text read in an encoding looks like words: letters
// after letters in lower case, capitals only at the beginning.
func cyrillic(enc *charmap.Charmap, sample []byte) int {
	weight, before := 0, ' '
	for _, b := range sample {
		r := enc.DecodeByte(b)
		switch {
		case r >= 'а' && r <= 'я' && (before >= 'А' && before <= 'я'):
			weight += 2
		case r >= 'А' && r <= 'Я' && before < utf8.RuneSelf:
			weight++
		case r >= 'А' && r <= 'Я' && before >= 'а' && before <= 'я':
			weight -= 3
		case r >= utf8.RuneSelf && (r < 'А' || r > 'я') && r != 'ё' && r != 'Ё' && r != '№' && r != '\u00a0':
			weight -= 2
		}
		before = r
	}
	return max(weight, 0)
}
