package ui

// drawLocked draws the message of the admin who closed this tablet.
func (k *Kiosk) drawLocked(f *frame, s Locked) {
	p := f.palette
	sign, words, foot := f.noticeAreas()
	side := min(sign.w, sign.h, f.px(300))
	f.icon(sign.middle(side, side), "locked", p.ink, p.paper)
	f.small(foot, place(clip(s.Site, 80), clip(s.Device, 80)))
	message := clip(s.Message, 400)
	if message == "" {
		message = f.words.say("locked.default")
	}
	f.column(words, 0.5, func(c *column) {
		c.text(f.words.say("locked.by"), lettering{align: f.side(), size: sizeText, color: quietRole, lines: 2})
		c.gap(44)
		c.text(message, lettering{align: f.side(), size: sizeName, bold: true})
		c.gap(48)
		c.text(f.words.say("locked.do"), lettering{align: f.side(), size: 40, lines: 3})
	})
}
