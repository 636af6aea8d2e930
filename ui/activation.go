package ui

import (
	"math"
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
	expired := !s.Expires.IsZero() && !f.now.Before(s.Expires)
	if expired || wantsNewCode(s.Problem) {
		k.drawDeadCode(f, s)
		return
	}
	words, panel := f.halves()
	k.drawActivationFoot(f, &words)
	label := lettering{size: sizeNote + 2, color: quietRole, lines: 1}
	f.column(words, 0, func(c *column) {
		c.text(f.words.say("activation.title"), lettering{size: sizeTitle, bold: true, lines: 1})
		if s.Problem != "" {
			c.gap(32)
			c.warn(f.problem(s.Problem))
		}
		c.gap(56)
		c.text(f.words.say("activation.open"), label)
		c.gap(22)
		c.text(plainURL(clip(s.URL, 80)), lettering{size: sizeText + 4, bold: true, lines: 1, least: 14})
		c.gap(52)
		c.text(f.words.say("activation.type"), label)
		c.gap(26)
		c.text(clip(s.UserCode, 16), lettering{size: 112, bold: true, lines: 1, least: 40})
		c.gap(52)
		c.text(f.words.say("activation.compare"), label)
		c.gap(22)
		c.text(clip(strings.Join(s.Words, " · "), 80), lettering{size: sizeText + 4, bold: true, lines: 1, least: 14})
	})
	f.field(panel, rgb(0xFFFFFF), f.palette.edge, max(1, f.px(2)))
	if !s.Expires.IsZero() {
		note := panel.cutBottom(f.px(64))
		left := int(math.Ceil(s.Expires.Sub(f.now).Minutes()))
		f.centred(note, f.words.count("activation.expires", left), lettering{size: sizeNote, color: blackRole, align: centre})
	}
	f.drawQR(panel, s.QR)
}

// drawDeadCode draws a code that can't be used any more: why, and how to get
// another. The code itself is gone, so that nobody types it in vain.
func (k *Kiosk) drawDeadCode(f *frame, s Activation) {
	words, panel := f.halves()
	k.drawActivationFoot(f, &words)
	p := f.palette
	icon, colour := "refuse", p.refuse
	why := f.words.say("activation.expired")
	switch s.Problem {
	case "":
	case wire.CodeUnknownCode:
		why = f.words.say("activation.dead")
	default:
		why = f.problem(s.Problem)
	}
	if s.Problem == "" || s.Problem == wire.CodeExpiredCode {
		icon, colour = "wait", p.wait
	}
	f.column(words, 0.4, func(c *column) {
		c.text(f.words.say("activation.title"), lettering{size: sizeText, color: quietRole, lines: 2})
		c.gap(44)
		c.text(why, lettering{size: 60, bold: true, lines: 5, least: 32})
	})
	f.field(panel, p.card, p.edge, max(1, f.px(2)))
	in := panel.inset(f.px(4*step), f.px(4*step))
	again := in.cutBottom(max(f.touch(), f.px(96)))
	in.cutBottom(f.px(4 * step))
	strong := look{fill: p.ink, edge: p.ink, text: paperRole, size: sizeText, bold: true, icon: "again"}
	f.button(again, "new code", f.words.say("activation.new"), strong, func() { k.intents.NewCode() })
	side := min(in.w, in.h, f.px(260))
	f.icon(in.middle(side, side), icon, colour, p.onState)
}

// drawAsking draws the time before the cloud has answered.
func (k *Kiosk) drawAsking(f *frame, s Activation) {
	words, panel := f.halves()
	k.drawActivationFoot(f, &words)
	f.column(words, 0.4, func(c *column) {
		c.text(f.words.say("activation.title"), lettering{size: 64, bold: true, lines: 2})
		c.gap(48)
		if s.Problem != "" {
			c.warn(f.problem(s.Problem))
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
		c.text(f.words.say("activation.fetching"), lettering{align: f.side(), size: 64, bold: true, lines: 4})
	})
}

// drawActivationFoot draws what can be touched, and cuts it off: the languages,
// and the keys for somebody who has a code.
func (k *Kiosk) drawActivationFoot(f *frame, words *area) {
	foot := words.cutBottom(f.touch())
	words.cutBottom(f.px(3 * step))
	languages := foot.cutLeft(3*f.languageWidth() + 2*f.px(2*step))
	k.drawLanguages(f, &languages)
	foot.cutLeft(f.px(2 * step))
	l := look{fill: f.palette.card, edge: f.palette.edge, text: inkRole, size: sizeNote + 2, icon: "keyboard"}
	f.button(foot, "have code", f.words.say("activation.have"), l, func() { k.alone(k.openEntry) })
}

// problem says in words what stands in the way.
func (f *frame) problem(code string) string {
	if id := "problem." + code; f.words.has(id) {
		return f.words.say(id)
	}
	return f.words.say("problem.other")
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
