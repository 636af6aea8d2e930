package ui

import "muster/attendance"

// drawAccepted draws the answer to a punch that has been stored: the whole
// screen, because people look from the corner of the eye while walking.
func (k *Kiosk) drawAccepted(f *frame, s Result) {
	f.ground = f.palette.accept
	r := s.Receipt
	at := r.Punch.At.In(k.zone)
	sign, words, foot := f.resultAreas()
	f.hero(sign, "accept", f.palette.accept, func(a area) { f.portraitOf(a, r.Profile, s.Photo) })

	direction, greet := "accepted.in", greeting(at)
	icon := "in"
	if r.Punch.Direction == attendance.Out {
		direction, greet, icon = "accepted.out", "greet.out", "out"
	}
	name := clip(r.Profile.Name(), maxName)
	f.column(words, 0.5, func(c *column) {
		if name == "" {
			c.text(f.words.say("accepted.unnamed"), lettering{align: f.side(), size: sizeName, bold: true, color: stateRole, lines: 2})
		} else {
			c.text(f.words.say(greet), lettering{align: f.side(), size: sizeTitle, color: stateRole, lines: 1})
			c.gap(36)
			c.text(name, lettering{align: f.side(), size: 96, bold: true, color: stateRole, lines: 2, least: 14})
		}
		c.gap(64)
		c.thing(76, func(a area) {
			f.withIcon(a, icon, f.words.say(direction)+"  "+f.words.clockTime(at), lettering{
				size: sizeName * c.scale, bold: true, color: stateRole, align: f.side(),
			})
		})
		if r.Punch.Approval == attendance.ApprovalWaiting {
			c.gap(40)
			c.thing(40, func(a area) {
				f.withIcon(a, "wait", f.words.say("accepted.approval"), lettering{size: (sizeNote + 10) * c.scale, color: stateRole, align: f.side()})
			})
		}
		for _, line := range f.joining(s) {
			c.gap(36)
			c.text(line, lettering{align: f.side(), size: sizeNote + 4, color: stateRole, lines: 2})
		}
	})

	k.drawRing(f, &foot)
	f.figures(foot, []figure{
		{f.words.say("accepted.today"), hours(r.Today)},
		{f.words.say("accepted.week"), hours(r.Week)},
	})
}

// withIcon draws a picture and one line of text beside it, in the state's ink.
func (f *frame) withIcon(a area, icon, text string, t lettering) {
	gap := f.px(3 * step)
	if t.align == centre {
		wide := widthOf(text, f.px(t.size), t.bold)
		a = a.middle(min(a.w, a.h+gap+wide+1), a.h)
	}
	f.icon(a.cutLeft(a.h), icon, f.palette.onState, f.ground)
	a.cutLeft(gap)
	t.align = leading
	f.centred(a, text, t)
}

type figure struct{ name, value string }

// figures draws numbers with their names above, side by side.
func (f *frame) figures(a area, list []figure) {
	wide := a.w / float32(len(list))
	for _, fig := range list {
		f.column(a.cutLeft(wide), 0.5, func(c *column) {
			c.text(fig.name, lettering{size: sizeNote + 4, color: stateRole, lines: 1})
			c.gap(22)
			c.text(fig.value, lettering{size: sizeTitle + 8, bold: true, color: stateRole, lines: 1})
		})
	}
}

// resultAreas divides the screen of a result: the sign, the words, the foot.
func (f *frame) resultAreas() (sign, words, foot area) {
	a := f.all.inset(f.px(56), f.px(48))
	if f.portrait {
		foot = a.cutBottom(f.px(120))
		a.cutBottom(f.px(3 * step))
		sign = a.cutTop(a.h * 0.44)
		a.cutTop(f.px(5 * step))
		return sign, a, foot
	}
	sign = a.cutLeft(f.px(400))
	a.cutLeft(f.px(64))
	foot = a.cutBottom(f.px(112))
	a.cutBottom(f.px(4 * step))
	return sign, a, foot
}

// hero draws the sign of a state as large as it goes, in white on the state's
// colour, and a round badge at its lower right.
func (f *frame) hero(a area, icon string, ground stateColor, badge func(area)) {
	side := min(a.w, a.h, f.px(400))
	a = a.middle(side, side)
	f.icon(area{a.x, a.y, side * 0.84, side * 0.84}, icon, f.palette.onState, ground)
	d := side * 0.42
	b := area{a.x + side - d, a.y + side - d, d, d}
	ringWidth := side * 0.028
	f.disc(b.inset(-ringWidth, -ringWidth), ground)
	badge(b)
}
