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
	if a, ok := k.scene.(Activation); ok && k.entry.told {
		a.Problem = "" // it was the typed code's, not the shown one's
		k.scene, k.rest = a, a
	}
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

// Erase takes back the last letter typed, Submit hands the code in: the keys
// Backspace and Enter of a keyboard. Call them in Fyne's goroutine.
func (k *Kiosk) Erase() { k.alone(k.eraseRune) }

// Submit hands in a code that is complete.
func (k *Kiosk) Submit() { k.submit() }
