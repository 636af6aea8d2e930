package ui

import (
	"strings"

	"fyne.io/fyne/v2"
)

// The proportions of the kiosk's typeface: how far a capital rises above the
// baseline, and how far a line of a paragraph stands from the next, in parts of
// the type size. Text is placed by the tops of its capitals and its baselines,
// because that is what the eye aligns.
const (
	capHeight = 0.714
	lineStep  = 1.22
	bearing   = 0.04 // about how far a letter stands from its left edge
)

// lettering is how a piece of text should look.
type lettering struct {
	size  float32 // in pixels of the design
	bold  bool
	color colorRole
	lines int     // at most; 0: as many as it takes
	least float32 // the smallest size it may shrink to; 0: half of size
	align fyne.TextAlign
}

// measure returns a text's exact width, and the distance from the top of its
// object to its baseline.
func measure(text string, size float32, bold bool) (width, baseline float32) {
	s, b := fyne.CurrentApp().Driver().RenderedTextSize(text, size, fyne.TextStyle{Bold: bold}, nil)
	return s.Width, b
}

// widthOf returns a text's width to within a hair, never less than it is.
// Letters are shaped at one size only and the rest is arithmetic, because a
// screen tries many sizes before it settles on one.
func widthOf(text string, size float32, bold bool) float32 {
	const reference = 100
	wide, _ := measure(text, reference, bold)
	return wide * size / reference * 1.004
}

// wrap breaks a text into lines no wider than width: at spaces, and after the
// hyphen of a double name. A word is never broken, so a line with a single word
// in it may be too wide; fits tells.
func wrap(text string, size float32, bold bool, width float32) (lines []string, fits bool) {
	fits = true
	line := ""
	for _, w := range pieces(text) {
		joined := line + w
		if line != "" && widthOf(strings.TrimSpace(joined), size, bold) > width {
			lines = append(lines, strings.TrimSpace(line))
			joined = strings.TrimLeft(w, " ")
		}
		line = joined
		if widthOf(strings.TrimSpace(line), size, bold) > width {
			fits = false
		}
	}
	if s := strings.TrimSpace(line); s != "" {
		lines = append(lines, s)
	}
	return lines, fits
}

// pieces splits a text where a line may end. Each piece but the first keeps the
// space before it.
func pieces(text string) []string {
	var out []string
	for i, word := range strings.Fields(text) {
		if i > 0 {
			word = " " + word
		}
		for {
			hyphen := strings.IndexByte(word, '-')
			if hyphen <= 1 || hyphen >= len(word)-2 {
				break
			}
			out = append(out, word[:hyphen+1])
			word = word[hyphen+1:]
		}
		out = append(out, word)
	}
	return out
}

// fit wraps a text at the largest size at which it keeps to the width and to the
// number of lines, but not below least.
func fit(text string, t lettering, size, least, width float32) (lines []string, used float32, ok bool) {
	for used = size; ; used *= 0.94 {
		used = max(used, least)
		lines, ok = wrap(text, used, t.bold, width)
		if ok && (t.lines == 0 || len(lines) <= t.lines) {
			return balance(lines, text, used, t.bold, width), used, true
		}
		if used <= least {
			return lines, used, false
		}
	}
}

// balance makes the lines of a wrapped text about as long as each other, which
// reads better than a full line and a single word.
func balance(lines []string, text string, size float32, bold bool, width float32) []string {
	if len(lines) < 2 {
		return lines
	}
	best := lines
	for w := width * 0.96; w > width/3; w *= 0.96 {
		narrow, ok := wrap(text, size, bold, w)
		if !ok || len(narrow) > len(lines) {
			break
		}
		best = narrow
	}
	return best
}

// clip bounds a text that comes from elsewhere, so that no message can crowd
// everything else off the screen.
func clip(text string, runes int) string {
	n := 0
	for i := range text {
		if n == runes {
			return strings.TrimSpace(text[:i]) + "…"
		}
		n++
	}
	return text
}
