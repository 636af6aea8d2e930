package ui

// drawLocked draws the message of the admin who closed this tablet.
func (k *Kiosk) drawLocked(f *frame, s Locked) {
	p := f.palette
	sign, words, foot := f.noticeAreas()
	side := min(sign.w, sign.h, f.px(300))
	b := sign.middle(side, side)
	f.disc(b, p.ink)
	f.icon(b.inset(side*0.25, side*0.25), "not-ready", p.paper, p.ink)
	f.small(foot, place(s.Site, s.Device))
	message := s.Message
	if message == "" {
		message = f.words.say("locked.default")
	}
	f.column(words, 0.5, func(c *column) {
		c.text(f.words.say("locked.by"), lettering{size: sizeText, color: quietRole, lines: 2})
		c.gap(44)
		c.text(message, lettering{size: sizeName, bold: true, lines: 5, least: 28})
		c.gap(48)
		c.text(f.words.say("locked.do"), lettering{size: 40, lines: 3})
	})
}
