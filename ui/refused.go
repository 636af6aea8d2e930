package ui

import "muster/attendance"

// drawRefused draws the answer to a tap that was not stored: why, what to do,
// and a short code for the office. Never a stack of text.
func (k *Kiosk) drawRefused(f *frame, s Result) {
	p := f.palette
	f.ground = p.refuse
	reason := s.Receipt.Reason
	sign, words, foot := f.resultAreas()
	f.hero(sign, "refuse", p.refuse, func(a area) {
		f.disc(a, p.onState)
		f.icon(a.inset(a.w*0.22, a.h*0.22), reasonIcon(reason), p.refuse, p.onState)
	})
	head := "refused.nothing"
	if reason == attendance.TooSoon {
		head = "refused.already"
	}
	f.column(words, 0.5, func(c *column) {
		c.text(f.words.say(head), lettering{align: f.side(), size: sizeText, color: stateRole, lines: 1})
		c.gap(40)
		c.text(f.words.say(reasonWords(reason)+".why"), lettering{align: f.side(), size: 64, bold: true, color: stateRole, lines: 4, least: 36})
		c.gap(44)
		c.text(f.words.say(reasonWords(reason)+".do"), lettering{align: f.side(), size: 40, color: stateRole, lines: 4, least: 26})
	})
	k.drawRing(f, &foot)
	f.centred(foot, f.words.say("refused.code", values{"Code": reason.Code()}), lettering{size: sizeText, color: stateRole})
}

// reasonWords is where a reason's messages begin.
func reasonWords(r attendance.Reason) string {
	if !knownReason(r) {
		return "refused.other"
	}
	return "refused." + string(r)
}

func reasonIcon(r attendance.Reason) string {
	if !knownReason(r) {
		return "reader-failing"
	}
	return string(r)
}
