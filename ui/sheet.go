package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/widget"

	"muster/attendance"
)

// sheet lays the kiosk out: whatever size it is given, everything is drawn anew
// for exactly that size.
type sheet struct{ k *Kiosk }

// MinSize is small and never changes, so that no text can push the window open.
func (sheet) MinSize([]fyne.CanvasObject) fyne.Size { return fyne.NewSize(320, 240) }

func (s sheet) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	for _, o := range objects {
		o.Move(fyne.NewPos(0, 0))
		o.Resize(size)
	}
	s.k.alone(func() {
		if s.k.size == size {
			return
		}
		s.k.size = size
		s.k.draw()
		s.k.warm()
	})
}

func container() *fyne.Container { return &fyne.Container{} }

// density is how many pixels of the screen a unit of Fyne's covers.
func (k *Kiosk) density() float32 {
	if c := fyne.CurrentApp().Driver().CanvasForObject(k.root); c != nil {
		return c.Scale()
	}
	return 1
}

// barHeight is the height of the bar at the foot, in pixels of the design.
const barHeight = 56

// draw draws everything anew.
func (k *Kiosk) draw() {
	k.drawBody()
	k.drawFoot()
}

// warm draws the answers to a tap onto frames that nobody sees, so that the
// first person of the day does not wait for letters and pictures to be made.
func (k *Kiosk) warm() {
	k.drawAccepted(k.frame(), Result{Receipt: attendance.Receipt{Accepted: true, Punch: attendance.Punch{At: k.clock.Now()}}})
	k.drawRefused(k.frame(), Result{Receipt: attendance.Receipt{Reason: attendance.UnknownCard}})
	k.ring = nil
}

func (k *Kiosk) frame() *frame {
	f := newFrame(k.size, k.density())
	f.palette, f.words = k.palette(), k.lexicon()
	f.ground = f.palette.paper
	f.now = k.clock.Now().In(k.zone)
	return f
}

func (k *Kiosk) drawBody() {
	if k.size.Width < 1 || k.size.Height < 1 {
		return
	}
	f := k.frame()
	f.album = k.bodyAlbum.begin()
	k.ring = nil
	if _, covers := k.scene.(Result); !covers {
		f.all.cutBottom(f.px(barHeight))
	}
	switch s := k.scene.(type) {
	case Activation:
		k.drawActivation(f, s)
	case Ready:
		k.drawReady(f, s)
	case Result:
		if s.Receipt.Accepted {
			k.drawAccepted(f, s)
		} else {
			k.drawRefused(f, s)
		}
	case Capture:
		k.drawCapture(f, s)
	case Fault:
		k.drawFault(f, s)
	case Locked:
		k.drawLocked(f, s)
	case Revoked:
		k.drawRevoked(f)
	case Invitation:
		k.drawInvitation(f, s)
	case Invites:
		k.drawInvites(f, s)
	}
	k.ground.FillColor = f.ground
	k.body.Objects = f.objects
	k.refresh()
}

func (k *Kiosk) drawFoot() {
	if k.size.Width < 1 || k.size.Height < 1 {
		return
	}
	k.foot.Objects = nil
	if _, covers := k.scene.(Result); !covers {
		f := k.frame()
		f.album = k.footAlbum.begin()
		f.all = f.all.cutBottom(f.px(barHeight))
		k.drawBar(f)
		k.foot.Objects = f.objects
	}
	k.refresh()
}

// veil hides the mouse's pointer wherever it is.
type veil struct{ widget.BaseWidget }

var _ desktop.Cursorable = (*veil)(nil)

func newVeil() *veil {
	v := &veil{}
	v.ExtendBaseWidget(v)
	return v
}

func (*veil) Cursor() desktop.Cursor { return desktop.HiddenCursor }

func (*veil) MinSize() fyne.Size { return fyne.NewSize(0, 0) }

func (*veil) CreateRenderer() fyne.WidgetRenderer {
	return widget.NewSimpleRenderer(&fyne.Container{})
}
