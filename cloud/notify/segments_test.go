package notify_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"muster/cloud/notify"
)

func TestLengthOfATextMessage(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		text string
		want notify.Length
	}{
		"nothing":                    {"", notify.Length{Left: 160}},
		"short":                      {"Hallo", notify.Length{Segments: 1, Units: 5, Left: 155}},
		"German letters are free":    {strings.Repeat("äöüß", 40), notify.Length{Segments: 1, Units: 160}},
		"one too many":               {strings.Repeat("a", 161), notify.Length{Segments: 2, Units: 161, Left: 145}},
		"the euro counts twice":      {strings.Repeat("a", 159) + "€", notify.Length{Segments: 2, Units: 161, Left: 145}},
		"no euro is cut in half":     {strings.Repeat("a", 152) + "€" + strings.Repeat("a", 152), notify.Length{Segments: 3, Units: 306, Left: 152}},
		"Russian halves what fits":   {strings.Repeat("я", 70), notify.Length{Segments: 1, Units: 70, Unicode: true, Why: 'я'}},
		"more Russian":               {strings.Repeat("я", 71), notify.Length{Segments: 2, Units: 71, Unicode: true, Why: 'я', Left: 63}},
		"one curly quote is costly":  {strings.Repeat("a", 100) + "“", notify.Length{Segments: 2, Units: 101, Unicode: true, Why: '“', Left: 33}},
		"a small ç is not the big Ç": {"ç", notify.Length{Segments: 1, Units: 1, Unicode: true, Why: 'ç', Left: 69}},
		"an emoji counts twice":      {strings.Repeat("😀", 35), notify.Length{Segments: 1, Units: 70, Unicode: true, Why: '😀'}},
		"no emoji is cut in half":    {strings.Repeat("😀", 67), notify.Length{Segments: 3, Units: 134, Unicode: true, Why: '😀', Left: 65}},
	} {
		if got := notify.Measure(c.text); got != c.want {
			t.Errorf("%s: %+v, want %+v", name, got, c.want)
		}
	}
}

func TestLengthAddsUp(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.String().Draw(t, "text")
		l := notify.Measure(text)
		room := map[bool][2]int{false: {160, 153}, true: {70, 67}}[l.Unicode]
		if l.Segments > 1 {
			room[0] = room[1] * l.Segments
		}
		if text != "" && (l.Units > room[0] || l.Left < 0 || l.Units < utf8.RuneCountInString(text)) {
			t.Fatalf("%q: %+v", text, l)
		}
	})
}
