package ui

// drawReady draws the screen at rest: the time, the place, and where to hold
// the card.
func (k *Kiosk) drawReady(f *frame, s Ready) {
	words, hold := f.halves()
	foot := words.cutBottom(f.touch())
	k.drawLanguages(f, &foot)
	switch {
	case s.Invitations:
		k.drawMenu(f, foot)
		if s.Invites {
			words.cutBottom(f.px(2 * step))
			k.invitesEntry(f, words.cutBottom(f.touch()))
		}
	case s.Invites:
		foot.cutLeft(f.px(2 * step))
		k.invitesEntry(f, foot)
	}
	words.cutBottom(f.px(3 * step))
	at := float32(0.45)
	f.column(words, at, func(c *column) {
		c.text(f.words.clockTime(f.now), lettering{size: sizeClock, bold: true, lines: 1, least: 40})
		c.gap(56)
		c.text(f.words.date(f.now), lettering{size: sizeTitle, lines: 2})
		c.gap(36)
		c.text(place(clip(s.Settings.Site, 80), clip(s.Settings.Device, 80)), lettering{size: sizeText, color: quietRole, lines: 2})
	})
	f.drawHold(hold, f.words.say("ready.hold"))
}

// halves splits the screen into the half that tells and the half that asks for
// the card; upright, one lies above the other.
func (f *frame) halves() (words, hold area) {
	a := f.all
	gap := f.px(3 * step)
	a = a.inset(gap, gap)
	if f.portrait {
		hold = a.cutBottom(a.h * 0.44)
		a.cutBottom(gap)
	} else {
		hold = a.cutRight(a.w * 0.37)
		a.cutRight(gap)
	}
	return a.inset(f.px(3*step), f.px(3*step)), hold
}

// drawHold draws the panel that asks for a card: a card at the reader, the
// words, and an arrow to where the reader is.
func (f *frame) drawHold(a area, text string) {
	p := f.palette
	f.box(a, p.panel, f.px(corner))
	in := a.inset(f.px(4*step), f.px(5*step))
	arrow := "arrow"
	if f.portrait {
		arrow = "arrow-down"
	}
	f.column(in, 0.5, func(c *column) {
		c.thing(288, func(a area) { f.icon(a, "hold", p.panelInk, p.panel) })
		c.gap(40)
		c.text(text, lettering{size: sizeTitle, bold: true, color: panelRole, lines: 3, align: centre})
		c.gap(44)
		c.thing(80, func(a area) { f.icon(a, arrow, p.panelInk, p.panel) })
	})
}
