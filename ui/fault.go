package ui

import "muster/device"

// drawFault draws what is wrong with the device, and what still works.
func (k *Kiosk) drawFault(f *frame, s Fault) {
	p := f.palette
	title, icon, do := "fault.failing", "reader-failing", "fault.do"
	switch {
	case s.Storage:
		title, icon = "fault.storage", "storage-fault"
	case s.Reader == device.ReaderMissing:
		title, icon = "fault.missing", "reader-missing"
	case s.Reader == device.ReaderStarting, s.Reader == device.ReaderReady:
		title, icon, do = "fault.starting", "reader-starting", "fault.starting.do"
	}
	sign, words, foot := f.noticeAreas()
	f.notice(sign, "fault", p.fault, icon)
	if s.Detail != "" {
		f.small(foot, f.words.say("fault.detail", values{"Detail": clip(s.Detail, 160)}))
	}
	f.column(words, 0.5, func(c *column) {
		c.text(f.words.say(title), lettering{align: f.side(), size: 64, bold: true, lines: 3, least: 36})
		c.gap(48)
		c.text(f.words.say(do), lettering{align: f.side(), size: 40, lines: 3})
		if do == "fault.starting.do" {
			return
		}
		c.gap(48)
		told := f.words.say("fault.untold")
		if k.status.Link.Online {
			told = f.words.say("fault.told")
		}
		if !s.Storage { // else whether what was stored is safe has still to be seen
			told = f.words.say("fault.kept") + " " + told
		}
		c.text(told, lettering{align: f.side(), size: sizeText, color: quietRole, lines: 4})
	})
}

// noticeAreas divides the screen of a lasting notice: sign, words, foot.
func (f *frame) noticeAreas() (sign, words, foot area) {
	a := f.all.inset(f.px(56), f.px(40))
	foot = a.cutBottom(f.px(72))
	a.cutBottom(f.px(2 * step))
	if f.portrait {
		sign = a.cutTop(a.h * 0.42)
		a.cutTop(f.px(5 * step))
		return sign, a, foot
	}
	sign = a.cutLeft(f.px(400))
	a.cutLeft(f.px(64))
	return sign, a, foot
}

// notice draws the sign of a lasting state, in its colour on paper, with a
// badge that says which part is meant.
func (f *frame) notice(a area, icon string, state stateColor, part string) {
	side := min(a.w, a.h, f.px(400))
	if part == "" {
		f.icon(a.middle(side*0.84, side*0.84), icon, state, f.palette.onState)
		return
	}
	a = a.middle(side, side)
	f.icon(area{a.x, a.y, side * 0.84, side * 0.84}, icon, state, f.palette.onState)
	d := side * 0.42
	b := area{a.x + side - d, a.y + side - d, d, d}
	f.disc(b.inset(-side*0.028, -side*0.028), f.palette.paper)
	f.disc(b, f.palette.ink)
	f.icon(b.inset(d*0.24, d*0.24), part, f.palette.paper, f.palette.ink)
}

// small draws a quiet paragraph of at most two lines at the foot of an area.
func (f *frame) small(a area, text string) {
	f.column(a, 1, func(c *column) {
		c.text(text, lettering{align: f.side(), size: sizeNote, color: quietRole, lines: 2, least: 14})
		c.gap(8)
	})
}
