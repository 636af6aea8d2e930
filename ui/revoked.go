package ui

// drawRevoked draws that the cloud has taken this tablet's identity away.
func (k *Kiosk) drawRevoked(f *frame) {
	sign, words, foot := f.noticeAreas()
	f.notice(sign, "fault", f.palette.fault, "tablet-gone")
	f.small(foot, f.words.say("revoked.office"))
	f.column(words, 0.5, func(c *column) {
		c.text(f.words.say("revoked.title"), lettering{align: f.side(), size: 64, bold: true, lines: 4, least: 36})
		c.gap(48)
		c.text(f.words.say("revoked.do"), lettering{align: f.side(), size: 40, lines: 4})
	})
}
