package letter

import (
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"golang.org/x/image/font/sfnt"
)

// point is a typographic point in millimetres.
const point = 25.4 / 72

// leading is the height of a line in parts of its size.
const leading = 1.36

// style is how a text looks.
type style struct {
	size   float64 // points
	bold   bool
	colour colour
}

func (s *sheet) use(st style) {
	weight := ""
	if st.bold {
		weight = "B"
	}
	s.pdf.SetFont(family, weight, st.size)
	s.pdf.SetTextColor(st.colour[0], st.colour[1], st.colour[2])
}

// text writes a paragraph from its top left corner into a width, and tells where
// the next may begin. It takes at most so many lines: first it gets smaller, down
// to nearly half, and only then is the end cut.
func (s *sheet) text(x, y, width float64, most int, st style, words string) float64 {
	if words == "" {
		return y
	}
	smallest := st.size * 0.55
	lines := s.wrap(width, st, words)
	for len(lines) > most && st.size > smallest {
		st.size = max(smallest, st.size-0.5)
		lines = s.wrap(width, st, words)
	}
	if len(lines) > most {
		lines = lines[:most]
		last := []rune(lines[most-1])
		for len(last) > 1 && s.pdf.GetStringWidth(string(last)+"…") > width {
			last = last[:len(last)-1]
		}
		lines[most-1] = strings.TrimSpace(string(last)) + "…"
	}
	height := st.size * point * leading
	for i, l := range lines {
		s.pdf.Text(x, y+st.size*point*0.98+float64(i)*height, l)
	}
	return y + float64(len(lines))*height
}

// wrap breaks words into lines, and inside a word only where it alone is too
// long, such as a web address.
func (s *sheet) wrap(width float64, st style, words string) []string {
	s.use(st)
	var lines []string
	current := ""
	for word := range strings.FieldsSeq(words) {
		try := word
		if current != "" {
			try = current + " " + word
		}
		if s.pdf.GetStringWidth(try) <= width {
			current = try
			continue
		}
		if current != "" {
			lines = append(lines, current)
		}
		for current = word; s.pdf.GetStringWidth(current) > width; {
			n := s.cut(current, width)
			lines = append(lines, current[:n])
			current = current[n:]
		}
	}
	if current != "" {
		lines = append(lines, current)
	}
	return lines
}

// cut tells how many bytes of a long word fit, after a sign where one is near.
func (s *sheet) cut(word string, width float64) int {
	fits, nice := 0, 0
	for i, r := range word {
		end := i + utf8.RuneLen(r)
		if i > 0 && s.pdf.GetStringWidth(word[:end]) > width {
			break
		}
		fits = end
		if strings.ContainsRune("/-._?&=@", r) {
			nice = end
		}
	}
	if nice > fits/2 {
		return nice
	}
	return fits
}

func (p Person) tidied() Person {
	p.Name, p.Number, p.Site = tidy(p.Name), tidy(p.Number), tidy(p.Site)
	p.Login, p.Code = tidy(p.Login), group(tidy(p.Code))
	return p
}

// tidy makes one line of a text, of signs that the font has; another is shown as
// a white square, which says that something is missing.
func tidy(text string) string {
	has := coverage()
	text = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case unicode.IsControl(r), unicode.Is(unicode.Cf, r):
			return -1
		case !has(r):
			return '□'
		default:
			return r
		}
	}, strings.ToValidUTF8(text, "□"))
	return strings.Join(strings.Fields(text), " ")
}

// coverage tells which letters the font has.
var coverage = sync.OnceValue(func() func(rune) bool {
	font, err := sfnt.Parse(regular)
	if err != nil {
		return func(r rune) bool { return r < 0x500 }
	}
	return func(r rune) bool {
		var buf sfnt.Buffer
		glyph, err := font.GlyphIndex(&buf, r)
		return err == nil && glyph != 0 && r <= 0xffff
	}
})

// group parts a code for reading: by three when it is short and can be, else by
// four. Signs that stand between already only show where to part.
func group(code string) string {
	signs := []rune(strings.NewReplacer(" ", "", "-", "", "–", "").Replace(code))
	by := 4
	if len(signs)%3 == 0 && len(signs) <= 9 {
		by = 3
	}
	var b strings.Builder
	for i, r := range signs {
		if i > 0 && i%by == 0 && len(signs) > 5 {
			b.WriteByte(' ')
		}
		b.WriteRune(r)
	}
	return b.String()
}
