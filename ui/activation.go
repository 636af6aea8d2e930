package ui

import (
	"strings"

	"muster/sync/wire"
)

// drawActivation draws the way to make this tablet known: a QR code and a short
// code for a manager, or the keys for a code that the manager already has.
func (k *Kiosk) drawActivation(f *frame, s Activation) {
	switch {
	case s.Step == FetchingCertificate:
		k.drawFetching(f)
	case k.entry.open:
		k.drawEntry(f, s)
	case s.Step == AskingForCode || s.UserCode == "":
		k.drawAsking(f, s)
	default:
		k.drawUserCode(f, s)
	}
}

func (k *Kiosk) drawUserCode(f *frame, s Activation) {
	words, panel := f.halves()
	expired := !s.Expires.IsZero() && !f.now.Before(s.Expires)
	again := expired || wantsNewCode(s.Problem)
	k.drawActivationFoot(f, &words, again)
	p := f.palette
	f.column(words, 0, func(c *column) {
		c.text(f.words.say("activation.title"), lettering{size: sizeTitle, bold: true, lines: 1})
		if problem := f.problem(s.Problem, expired); problem != "" {
			c.gap(32)
			c.warn(problem)
		}
		c.gap(44)
		c.text(f.words.say("activation.open"), lettering{size: sizeNote + 2, color: quietRole, lines: 1})
		c.gap(24)
		c.text(plainURL(s.URL), lettering{size: sizeText + 4, bold: true, lines: 1, least: 14})
		c.gap(36)
		c.text(f.words.say("activation.type"), lettering{size: sizeNote + 2, color: quietRole, lines: 1})
		c.gap(28)
		c.text(s.UserCode, lettering{size: 104, bold: true, lines: 1, least: 40})
		c.gap(40)
		c.text(f.words.say("activation.compare"), lettering{size: sizeNote + 2, color: quietRole, lines: 1})
		c.gap(24)
		c.text(strings.Join(s.Words, "  ·  "), lettering{size: sizeText + 4, bold: true, lines: 1, least: 14})
	})
	f.box(panel, rgb(0xFFFFFF), f.px(corner))
	in := panel.inset(f.px(2*step), f.px(2*step))
	if !s.Expires.IsZero() && !expired {
		note := in.cutBottom(f.px(48))
		t := lettering{size: sizeNote, color: blackRole, align: centre}
		f.centred(note, f.words.say("activation.expires", values{"Time": f.words.clockTime(s.Expires.In(k.zone))}), t)
	}
	if expired || again {
		f.icon(in.inset(in.w*0.22, 0), "wait", p.wait, rgb(0xFFFFFF))
		return
	}
	f.drawQR(in, s.QR)
}

// drawAsking draws the time before the cloud has answered.
func (k *Kiosk) drawAsking(f *frame, s Activation) {
	words, panel := f.halves()
	k.drawActivationFoot(f, &words, wantsNewCode(s.Problem))
	f.column(words, 0.4, func(c *column) {
		c.text(f.words.say("activation.title"), lettering{size: 64, bold: true, lines: 2})
		c.gap(48)
		if problem := f.problem(s.Problem, false); problem != "" {
			c.warn(problem)
		} else {
			c.text(f.words.say("activation.asking"), lettering{size: sizeText + 4, color: quietRole, lines: 3})
		}
	})
	f.box(panel, f.palette.panel, f.px(corner))
	f.icon(panel.inset(panel.w*0.28, panel.h*0.28), "cloud", f.palette.panelInk, f.palette.panel)
}

// drawFetching draws the moment between approval and certificate.
func (k *Kiosk) drawFetching(f *frame) {
	sign, words, _ := f.noticeAreas()
	f.notice(sign, "accept", f.palette.accept, "")
	f.column(words, 0.5, func(c *column) {
		c.text(f.words.say("activation.fetching"), lettering{size: 64, bold: true, lines: 4})
	})
}

// drawActivationFoot draws what can be touched: the languages, and the other
// ways to go on.
func (k *Kiosk) drawActivationFoot(f *frame, words *area, again bool) {
	p := f.palette
	foot := words.cutBottom(f.touch())
	words.cutBottom(f.px(3 * step))
	plain := look{fill: p.card, edge: p.edge, text: inkRole, size: sizeNote + 2}
	wide := max(f.touch(), f.px(104))*3 + 2*f.px(2*step)
	rest := foot
	k.drawLanguages(f, rest.cutLeft(wide))
	rest.cutLeft(f.px(2 * step))
	if again {
		half := rest.cutLeft((rest.w - f.px(2*step)) / 2)
		rest.cutLeft(f.px(2 * step))
		strong := look{fill: p.ink, edge: p.ink, text: paperRole, size: sizeNote + 2, bold: true, icon: "again"}
		f.button(half, "new code", f.words.say("activation.new"), strong, func() { k.intents.NewCode() })
	} else {
		plain.icon = "keyboard"
	}
	f.button(rest, "have code", f.words.say("activation.have"), plain, func() { k.alone(k.openEntry) })
}

// problem says in words what stands in the way; it is empty when nothing does.
func (f *frame) problem(code string, expired bool) string {
	switch {
	case code == "" && expired:
		return f.words.say("activation.expired")
	case code == "":
		return ""
	case f.words.has("problem." + code):
		return f.words.say("problem." + code)
	default:
		return f.words.say("problem.other")
	}
}

// wantsNewCode tells whether only another code can help.
func wantsNewCode(problem string) bool {
	switch problem {
	case wire.CodeExpiredCode, wire.CodeUsedCode, wire.CodeDenied, wire.CodeWrongKey, wire.CodeRevoked,
		wire.CodeNoCertificate, wire.CodeUnknownCode:
		return true
	default:
		return false
	}
}

// plainURL leaves out of an address what nobody has to type.
func plainURL(url string) string {
	return strings.TrimSuffix(strings.TrimPrefix(url, "https://"), "/")
}

// warn adds a problem: the octagon of a refusal and its words.
func (c *column) warn(text string) {
	f := c.f
	side := f.px(44) * c.scale
	indent := side + f.px(2*step)
	size := f.px(sizeNote+4) * c.scale
	lines, used, ok := fit(text, lettering{lines: 3}, size, size*0.7, c.width-indent)
	c.ok = c.ok && ok
	pitch := used * lineStep
	textHeight := float32(len(lines)-1)*pitch + used*capHeight
	c.put(max(side, textHeight), func(a area) {
		f.icon(area{a.x, a.y, side, side}, "refuse", f.palette.refuse, f.palette.paper)
		y := a.y
		if textHeight < side {
			y += (side - textHeight) / 2
		}
		for i, line := range lines {
			f.glyphs(area{a.x + indent, y + float32(i)*pitch, a.w - indent, used}, line, used, lettering{color: refuseRole})
		}
	})
}
