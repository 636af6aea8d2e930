package notify

import (
	"strings"
	"unicode/utf16"
)

// Length is what an SMS text costs.
type Length struct {
	// Segments is how many SMS it takes, which is what providers charge for.
	Segments int
	// Units is how long it is, in the alphabet's own units: septets of GSM 7 bit,
	// or UTF-16 code units.
	Units int
	// Unicode tells that it needs UCS-2, which halves what fits. Why says by which
	// character.
	Unicode bool
	Why     rune
	// Left is how many more units fit into the last SMS.
	Left int
}

// The alphabet of 3GPP TS 23.038, section 6.2.1; those of its extension table
// count twice.
const (
	gsmBasic    = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
	gsmExtended = "\f^{}\\[~]|€"
)

// Measure counts a text's SMS: 160 septets or 70 UTF-16 units in one; in several,
// each has seven or three fewer for the header that joins them. A character that
// takes two units is never cut in half.
func Measure(text string) Length {
	if text == "" {
		return Length{Left: 160}
	}
	widths := make([]int, 0, len(text))
	for _, r := range text {
		switch {
		case strings.ContainsRune(gsmBasic, r):
			widths = append(widths, 1)
		case strings.ContainsRune(gsmExtended, r):
			widths = append(widths, 2)
		default:
			return measureUnicode(text, r)
		}
	}
	return fill(widths, 160, 153)
}

func measureUnicode(text string, why rune) Length {
	var widths []int
	for _, r := range text {
		widths = append(widths, max(1, utf16.RuneLen(r)))
	}
	l := fill(widths, 70, 67)
	l.Unicode, l.Why = true, why
	return l
}

// fill lays characters of such widths into segments.
func fill(widths []int, alone, joined int) Length {
	total := 0
	for _, w := range widths {
		total += w
	}
	if total <= alone {
		return Length{Segments: 1, Units: total, Left: alone - total}
	}
	l := Length{Segments: 1, Units: total}
	used := 0
	for _, w := range widths {
		if used+w > joined {
			l.Segments++
			used = 0
		}
		used += w
	}
	l.Left = joined - used
	return l
}
