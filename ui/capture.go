package ui

import "muster/attendance"

// drawCapture draws the reading of a new card for somebody.
func (k *Kiosk) drawCapture(f *frame, s Capture) {
	switch {
	case s.Failed != "":
		k.drawCaptureFailed(f, s)
	case s.Done:
		k.drawCaptureDone(f, s)
	default:
		words, hold := f.halves()
		if !s.Expires.IsZero() {
			until := words.cutBottom(f.px(40))
			f.centred(until, f.words.say("capture.until", values{"Time": f.words.clockTime(s.Expires.In(k.zone))}), lettering{size: sizeText, color: quietRole})
		}
		f.column(words, 0.45, func(c *column) {
			c.text(f.words.say("capture.for"), lettering{size: sizeTitle, color: quietRole, lines: 2})
			c.gap(44)
			c.text(clip(s.Name, maxName), lettering{size: sizeName + 8, bold: true, lines: 3, least: 14})
		})
		f.drawHold(hold, f.words.say("capture.hold"))
	}
}

func (k *Kiosk) drawCaptureDone(f *frame, s Capture) {
	f.ground = f.palette.accept
	sign, words, foot := f.resultAreas()
	f.hero(sign, "accept", f.palette.accept, func(a area) {
		f.disc(a, f.palette.onState)
		f.icon(a.inset(a.w*0.22, a.h*0.22), "reader-ready", f.palette.accept, f.palette.onState)
	})
	f.column(words, 0.5, func(c *column) {
		c.text(f.words.say("capture.for"), lettering{align: f.side(), size: sizeText, color: stateRole, lines: 2})
		c.gap(40)
		c.text(clip(s.Name, maxName), lettering{align: f.side(), size: sizeName, bold: true, color: stateRole, lines: 2, least: 14})
		c.gap(56)
		c.text(f.words.say("capture.done"), lettering{align: f.side(), size: sizeTitle, color: stateRole, lines: 2})
		c.gap(32)
		c.text(f.words.say("capture.done.do"), lettering{align: f.side(), size: 40, color: stateRole, lines: 2})
	})
	k.drawRing(f, &foot)
}

func (k *Kiosk) drawCaptureFailed(f *frame, s Capture) {
	p := f.palette
	f.ground = p.refuse
	sign, words, foot := f.resultAreas()
	f.hero(sign, "refuse", p.refuse, func(a area) {
		f.disc(a, p.onState)
		f.icon(a.inset(a.w*0.22, a.h*0.22), reasonIcon(s.Failed), p.refuse, p.onState)
	})
	why := f.words.say("capture.failed")
	if s.Failed == attendance.RandomCard || s.Failed == attendance.Unreadable || s.Failed == attendance.HeldCard {
		why = f.words.say(reasonWords(s.Failed) + ".why")
	}
	f.column(words, 0.5, func(c *column) {
		c.text(f.words.say("capture.for")+" "+clip(s.Name, maxName), lettering{align: f.side(), size: sizeText, color: stateRole, lines: 2})
		c.gap(40)
		c.text(why, lettering{align: f.side(), size: 64, bold: true, color: stateRole, lines: 4, least: 36})
		c.gap(44)
		c.text(f.words.say("capture.failed.do"), lettering{align: f.side(), size: 40, color: stateRole, lines: 3})
	})
	k.drawRing(f, &foot)
	f.centred(foot, f.words.say("refused.code", values{"Code": s.Failed.Code()}), lettering{size: sizeText, color: stateRole})
}
