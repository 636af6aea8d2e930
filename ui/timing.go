package ui

import (
	"time"

	"fyne.io/fyne/v2/canvas"
)

// choiceTime is how long a language chosen at the screen holds; the next person
// finds the site's own again.
const choiceTime = 60 * time.Second

// ringSteps is in how many steps the ring of a result runs out. Each redraws
// the screen, so they are no more than it takes to look like motion.
const ringSteps = 30

// alarm calls once, in Fyne's goroutine. Once cancelled it never does, even if
// its time had come.
type alarm struct {
	off  bool
	stop func() bool
}

func (k *Kiosk) after(d time.Duration, f func()) *alarm {
	a := &alarm{}
	a.stop = k.clock.AfterFunc(d, func() {
		k.do(func() {
			if !a.off {
				a.off = true
				f()
			}
		})
	})
	return a
}

func (a *alarm) cancel() {
	if a != nil && !a.off {
		a.off = true
		a.stop()
	}
}

func (a *alarm) pending() bool { return a != nil && !a.off }

// runOut ends the scene after d and lets its ring show how much is left.
func (k *Kiosk) runOut(d time.Duration) {
	k.ringBegan, k.ringTime = k.clock.Now(), d
	k.sceneEnds = k.after(d, func() {
		k.sceneEnds = nil
		k.show(k.rest)
	})
	if k.opts.ReducedMotion {
		return
	}
	var turn func()
	turn = func() {
		if left := k.ringLeft(); k.ring != nil && left > 0 {
			k.ring.set(left)
			k.ringTurns = k.after(d/ringSteps, turn)
		}
	}
	k.ringTurns = k.after(d/ringSteps, turn)
}

// ringLeft is the part of the result's time that is still to come.
func (k *Kiosk) ringLeft() float32 {
	if k.ringTime <= 0 {
		return 0
	}
	return max(0, 1-float32(k.clock.Now().Sub(k.ringBegan))/float32(k.ringTime))
}

// runCapture ends a capture when its time is over, or, once it has been
// answered, when the answer has been up as long as a result would be.
func (k *Kiosk) runCapture(s Capture) {
	if k.rest == nil {
		k.rest = Ready{Settings: k.settings}
	}
	switch {
	case s.Done || s.Failed != "":
		k.runOut(resultTime(k.settings))
	case !s.Expires.IsZero():
		k.sceneEnds = k.after(max(0, s.Expires.Sub(k.clock.Now())), func() {
			k.sceneEnds = nil
			k.show(k.rest)
		})
	}
}

// turnTo begins a list at its first page, unless it is the same list as before.
func (k *Kiosk) turnTo(s Scene) {
	next, list := s.(Invites)
	if now, same := k.scene.(Invites); !list || !same || now.Step != next.Step {
		k.page = 0
	}
}

// runAside ends what somebody asked for at the screen when its time is over.
func (k *Kiosk) runAside(expires time.Time) {
	if k.rest == nil {
		k.rest = Ready{Settings: k.settings}
	}
	k.sceneEnds = k.after(max(0, expires.Sub(k.clock.Now())), func() {
		k.sceneEnds = nil
		k.show(k.rest)
	})
}

// armMinute redraws the clock at the next full minute, and again at each.
func (k *Kiosk) armMinute() {
	now := k.clock.Now()
	k.minute = k.after(now.Truncate(time.Minute).Add(time.Minute).Sub(now), func() {
		k.armMinute()
		if _, result := k.scene.(Result); !result {
			k.draw()
		}
	})
}

// choose changes the language until the choice runs out. An activation keeps
// it: there is no site yet whose language could come back.
func (k *Kiosk) choose(lang string) {
	k.choiceEnds.cancel()
	k.chosen = lang
	k.armChoice()
	k.draw()
}

func (k *Kiosk) armChoice() {
	if _, activating := k.scene.(Activation); activating || k.chosen == "" {
		return
	}
	k.choiceEnds = k.after(choiceTime, func() {
		k.chosen = ""
		k.draw()
	})
}

// heed adapts what people began on the screen to a new scene.
func (k *Kiosk) heed(s Scene) {
	if a, ok := s.(Activation); ok {
		k.entryAnswered(a)
		return
	}
	if _, tapped := s.(Result); tapped && k.activating() || k.asking {
		return // whoever types a code at the keys, or is asked something, goes on where they were
	}
	k.leaveEntry()
	if k.chosen != "" && !k.choiceEnds.pending() {
		k.armChoice()
	}
}

// refresh tells Fyne that what these hold has changed.
func (k *Kiosk) refresh() {
	canvas.Refresh(k.root)
}
