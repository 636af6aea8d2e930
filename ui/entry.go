package ui

import (
	"time"
	"unicode"
)

// entry is the keys for a one-time code, and what has been typed on them.
type entry struct {
	open     bool
	typed    string // letters and digits in upper case, without the hyphen
	checking bool   // given to the agent, no answer yet
	told     bool   // the problem on the screen is the answer to this code
}

const (
	// codeLength is how many letters and digits a one-time code has.
	codeLength = 8
	// entryTime is how long the keys stay without a touch.
	entryTime = 2 * time.Minute
)

func (k *Kiosk) openEntry() {
	k.entry = entry{open: true}
	k.touchEntry()
	k.draw()
}

func (k *Kiosk) closeEntry() {
	k.leaveEntry()
	k.draw()
}

func (k *Kiosk) leaveEntry() {
	k.entry = entry{}
	k.entryEnds.cancel()
}

func (k *Kiosk) touchEntry() {
	k.entryEnds.cancel()
	k.entryEnds = k.after(entryTime, k.closeEntry)
}

// entryAnswered takes a new state of the activation to what was typed.
func (k *Kiosk) entryAnswered(a Activation) {
	if !k.entry.open {
		return
	}
	if a.Step == FetchingCertificate {
		k.leaveEntry()
		return
	}
	if a.Problem != "" && k.entry.checking {
		k.entry.checking, k.entry.told = false, true
	}
}

// typeRune takes one key.
func (k *Kiosk) typeRune(r rune) {
	if !k.entry.open {
		return
	}
	r = unicode.ToUpper(r)
	if (r < 'A' || r > 'Z') && (r < '0' || r > '9') || len(k.entry.typed) >= codeLength {
		return
	}
	k.entry = entry{open: true, typed: k.entry.typed + string(r)}
	k.touchEntry()
	k.draw()
}

func (k *Kiosk) eraseRune() {
	if !k.entry.open || k.entry.typed == "" {
		return
	}
	k.entry = entry{open: true, typed: k.entry.typed[:len(k.entry.typed)-1]}
	k.touchEntry()
	k.draw()
}

// submit hands a complete code to the agent, once.
func (k *Kiosk) submit() {
	code := ""
	k.alone(func() {
		if !k.entry.open || k.entry.checking || len(k.entry.typed) < codeLength {
			return
		}
		code = k.entry.typed[:codeLength/2] + "-" + k.entry.typed[codeLength/2:]
		k.entry.checking, k.entry.told = true, false
		k.touchEntry()
		k.draw()
	})
	if code != "" {
		k.intents.EnterCode(code) // outside the lock: the answer may come at once
	}
}

// TypedRune takes a key of a keyboard, or of a scanner that acts as one, while
// the keys are on the screen. Call it in Fyne's goroutine.
func (k *Kiosk) TypedRune(r rune) { k.alone(func() { k.typeRune(r) }) }

var keyRows = []string{"1234567890", "QWERTYUIOP", "ASDFGHJKL", "ZXCVBNM"}

// drawEntry draws the code as far as it is typed, and the keys.
func (k *Kiosk) drawEntry(f *frame, s Activation) {
	p := f.palette
	a := f.all.inset(f.px(4*step), f.px(3*step))
	gap := f.px(step)
	keyH := max(target, min(f.px(96), (a.h-f.px(150))/5))
	keys := a.cutBottom(4*keyH + 3*gap)
	a.cutBottom(f.px(3 * step))

	head := a.cutTop(f.touch())
	plain := look{fill: p.card, edge: p.edge, text: inkRole, size: sizeNote + 2, icon: "back"}
	wide := min(max(f.touch(), f.px(220)), a.w*0.3)
	f.button(head.cutLeft(wide), "back", f.words.say("entry.back"), plain, func() { k.alone(k.closeEntry) })
	head.cutLeft(f.px(3 * step))
	full := len(k.entry.typed) == codeLength && !k.entry.checking
	goLook := look{fill: p.card, edge: p.edge, text: quietRole, size: sizeNote + 4, bold: true}
	if full {
		goLook.fill, goLook.edge, goLook.text = p.ink, p.ink, paperRole
	}
	f.button(head.cutRight(wide*1.1), "activate", f.words.say("entry.go"), goLook, k.submit)
	head.cutRight(f.px(3 * step))
	message, role := f.words.say("entry.title"), inkRole
	switch {
	case k.entry.checking:
		message = f.words.say("entry.checking")
	case k.entry.told:
		message, role = f.problem(s.Problem, false), refuseRole
	}
	f.column(head, 0.5, func(c *column) {
		c.text(message, lettering{size: sizeText, bold: true, color: role, lines: 3, least: 15, align: centre})
	})
	k.drawSlots(f, a)
	k.drawKeys(f, keys, keyH, gap)
}

// drawSlots draws a box for each letter of the code.
func (k *Kiosk) drawSlots(f *frame, a area) {
	p := f.palette
	gap := f.px(step)
	dash := f.px(4 * step)
	h := min(a.h-f.px(2*step), f.px(128))
	w := min(h*0.8, (a.w-dash-float32(codeLength)*gap)/codeLength)
	row := a.middle(w*codeLength+gap*(codeLength-1)+dash, h)
	for i := range codeLength {
		if i == codeLength/2 {
			f.box(row.cutLeft(dash).middle(dash*0.6, f.px(6)), p.quiet, 0)
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
			f.centred(slot, k.entry.typed[i:i+1], lettering{size: h * 0.62 / f.unit, bold: true, align: centre})
		}
	}
}

func (k *Kiosk) drawKeys(f *frame, a area, h, gap float32) {
	p := f.palette
	w := (a.w - 9*gap) / 10
	l := look{fill: p.card, edge: p.edge, text: inkRole, size: min(44, h*0.46/f.unit)}
	for i, row := range keyRows {
		line := a.cutTop(h)
		a.cutTop(gap)
		n := float32(len(row))
		if i == len(keyRows)-1 {
			n++ // the key that erases is wider
		}
		extra := float32(0)
		if i == len(keyRows)-1 {
			extra = w/2 + gap
		}
		line = line.middle(w*n+gap*(n-1)+extra, h)
		for _, r := range row {
			f.button(line.cutLeft(w), "key "+string(r), string(r), l, func() { k.TypedRune(r) })
			line.cutLeft(gap)
		}
		if i == len(keyRows)-1 {
			erase := l
			erase.icon = "backspace"
			f.button(line, "erase", "", erase, func() { k.alone(k.eraseRune) })
		}
	}
}

// Erase takes back the last letter typed, Submit hands the code in: the keys
// Backspace and Enter of a keyboard. Call them in Fyne's goroutine.
func (k *Kiosk) Erase() { k.alone(k.eraseRune) }

// Submit hands in a code that is complete.
func (k *Kiosk) Submit() { k.submit() }

