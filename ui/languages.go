package ui

import "strings"

// drawLanguages draws the switch at the left of an area and cuts it off: one touch,
// and the screen speaks otherwise.
func (k *Kiosk) drawLanguages(f *frame, a *area) {
	wide := f.languageWidth()
	gap := f.px(2 * step)
	p := f.palette
	for _, lang := range Languages {
		l := look{fill: p.card, edge: p.edge, text: inkRole, size: sizeText - 4}
		if lang == f.words.base {
			l = look{fill: p.ink, edge: p.ink, text: paperRole, size: sizeText - 4, bold: true}
		}
		f.button(a.cutLeft(wide), "language "+lang, strings.ToUpper(lang), l, func() {
			k.alone(func() { k.choose(lang) })
		})
		a.cutLeft(gap)
	}
}

func (f *frame) languageWidth() float32 { return max(f.touch(), f.px(104)) }
