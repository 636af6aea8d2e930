package ui

import (
	"fyne.io/fyne/v2/canvas"
)

// ring shows how much of a result's time is left: full, it runs out clockwise.
type ring struct{ arc *canvas.Arc }

// drawRing draws the ring at the right of an area and cuts it off. Where motion
// is not wanted there is none: a ring that stands still says nothing.
func (k *Kiosk) drawRing(f *frame, foot *area) {
	if k.opts.ReducedMotion {
		return
	}
	a := foot.cutRight(foot.h)
	foot.cutRight(f.px(3 * step))
	k.ring = f.newRing(a)
	k.ring.set(k.ringLeft())
}

func (f *frame) newRing(a area) *ring {
	track := canvas.NewArc(0, 360, ringHollow, fade(f.palette.onState, 0.25))
	f.add(track, a)
	r := &ring{canvas.NewArc(0, 360, ringHollow, f.palette.onState)}
	f.add(r.arc, a)
	return r
}

// ringHollow is how much of a ring's radius is empty.
const ringHollow = 0.76

// set shows a part between 0 and 1.
func (r *ring) set(left float32) {
	r.arc.StartAngle = 360 * (1 - left)
	r.arc.EndAngle = 360
	canvas.Refresh(r.arc)
}
