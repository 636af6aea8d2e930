package ui

// keyRows are the keys for a code. The last row has the way back before its
// letters and the key that erases after them.
var keyRows = []string{"1234567890", "QWERTYUIOP", "ASDFGHJKL", "ZXCVBNM"}

// drawEntry draws the code as far as it is typed, and the keys.
func (k *Kiosk) drawEntry(f *frame, s Activation) {
	p := f.palette
	a := f.all.inset(f.px(2*step), f.px(2*step))
	// Ten keys a row: the gaps give way before the keys become too small to hit.
	gap := max(2, min(f.px(step), (a.w-10*target)/9))
	rows := float32(len(keyRows))
	height := max(target, min(f.px(96), a.h*0.62/rows-gap))
	k.drawKeys(f, a.cutBottom(rows*height+(rows-1)*gap), height, gap)
	a.cutBottom(f.px(2 * step))

	submit := look{fill: p.card, edge: p.edge, text: quietRole, size: sizeNote + 4, bold: true}
	if len(k.entry.typed) == codeLength && !k.entry.checking {
		submit.fill, submit.edge, submit.text = p.ink, p.ink, paperRole
	}
	var slots, button area
	if f.portrait {
		button = a.cutBottom(f.px(96)).middle(a.w*0.6, f.px(96))
		a.cutBottom(f.px(6 * step))
		slots = a.cutBottom(f.px(128))
		a.cutBottom(f.px(6 * step))
	} else {
		line := a.cutBottom(min(f.px(136), max(target, a.h-f.px(72))))
		button = line.cutRight(max(f.px(280), 2*target))
		button = button.middle(button.w, max(target, min(button.h, f.px(96))))
		line.cutRight(f.px(3 * step))
		slots = line
	}
	k.drawSlots(f, slots)
	f.button(button, "activate", f.words.say("entry.go"), submit, k.submit)

	message, role := f.words.say("entry.title"), inkRole
	switch {
	case k.entry.checking:
		message = f.words.say("entry.checking")
	case k.entry.told:
		message, role = f.problem(s.Problem), refuseRole
	}
	align := leading
	if f.portrait {
		align = centre
	}
	f.column(a.inset(f.px(step), 0), 0.5, func(c *column) {
		c.text(message, lettering{size: 40, bold: true, color: role, lines: 2, least: 20, align: align})
	})
}

// drawSlots draws a box for each letter of the code.
func (k *Kiosk) drawSlots(f *frame, a area) {
	p := f.palette
	gap := f.px(step)
	dash := f.px(4 * step)
	w := min(a.h*0.86, (a.w-dash-(codeLength-1)*gap)/codeLength)
	h := min(a.h, w*1.3)
	row := a.middle(w*codeLength+gap*(codeLength-1)+dash, h)
	if !f.portrait {
		row.x = a.x
	}
	for i := range codeLength {
		if i == codeLength/2 {
			f.box(row.cutLeft(dash-gap).middle(dash*0.6, max(2, f.px(6))), p.quiet, 0)
			row.cutLeft(gap)
		}
		slot := row.cutLeft(w)
		row.cutLeft(gap)
		edge, width := p.edge, f.px(2)
		if i == len(k.entry.typed) {
			edge, width = p.ink, f.px(4)
		}
		f.field(slot, p.card, edge, max(1, width))
		if i < len(k.entry.typed) {
			f.centred(slot, k.entry.typed[i:i+1], lettering{size: h * 0.6 / f.unit, bold: true, align: centre})
		}
	}
}

func (k *Kiosk) drawKeys(f *frame, a area, height, gap float32) {
	w := (a.w - 9*gap) / 10
	key := look{fill: f.palette.card, edge: f.palette.edge, text: inkRole, size: min(44, height*0.46/f.unit)}
	for i, row := range keyRows {
		line := a.cutTop(height)
		a.cutTop(gap)
		last := i == len(keyRows)-1
		if last {
			back := look{fill: key.fill, edge: key.edge, text: inkRole, size: sizeNote, icon: "back"}
			f.button(line.cutLeft(w*1.5+gap*0.5), "back", f.words.say("entry.back"), back, func() { k.alone(k.closeEntry) })
			line.cutLeft(gap)
		} else {
			n := float32(len(row))
			line = line.middle(w*n+gap*(n-1), height)
		}
		for _, r := range row {
			f.button(line.cutLeft(w), "key "+string(r), string(r), key, func() { k.TypedRune(r) })
			line.cutLeft(gap)
		}
		if last {
			erase := key
			erase.icon = "backspace"
			f.button(line, "erase", "", erase, func() { k.alone(k.eraseRune) })
		}
	}
}
