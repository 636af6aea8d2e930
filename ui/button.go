package ui

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/widget"
)

// pad is something to touch: an area with a face drawn by a frame, which
// darkens under the finger.
type pad struct {
	widget.BaseWidget
	name   string              // what it does, for tests and whoever reads the tree
	face   []fyne.CanvasObject // what is drawn, the shade last
	shade  *canvas.Rectangle
	tapped func()
}

var (
	_ fyne.Tappable     = (*pad)(nil)
	_ desktop.Mouseable = (*pad)(nil)
)

func (p *pad) Tapped(*fyne.PointEvent) {
	p.press(false)
	p.tapped()
}

// Name tells what a touch does.
func (p *pad) Name() string { return p.name }

func (p *pad) MouseDown(*desktop.MouseEvent) { p.press(true) }
func (p *pad) MouseUp(*desktop.MouseEvent)   { p.press(false) }

func (p *pad) press(down bool) {
	p.shade.Hidden = !down
	canvas.Refresh(p.shade)
}

// MinSize is nothing: the screens decide how large things are, and the window
// must never be held open by what is in it.
func (p *pad) MinSize() fyne.Size { return fyne.NewSize(0, 0) }

func (p *pad) CreateRenderer() fyne.WidgetRenderer {
	return padRenderer{p}
}

type padRenderer struct{ p *pad }

func (r padRenderer) Layout(size fyne.Size)        { r.p.shade.Resize(size) }
func (r padRenderer) MinSize() fyne.Size           { return fyne.NewSize(0, 0) }
func (r padRenderer) Refresh()                     { canvas.Refresh(r.p) }
func (r padRenderer) Objects() []fyne.CanvasObject { return r.p.face }
func (r padRenderer) Destroy()                     {}

// look is how a button is drawn.
type look struct {
	fill, edge color.NRGBA
	text       colorRole
	icon       string
	size       float32 // of the text, in pixels of the design
	bold       bool
}

// button draws something to touch, with a label and a picture.
func (f *frame) button(a area, name, label string, l look, tapped func()) {
	f.press(a, name, tapped, func(inner *frame, a0 area) { inner.buttonFace(a0, label, l) })
}

// buttonFace draws a picture, a text or both within a field.
func (f *frame) buttonFace(a area, label string, l look) {
	f.field(a, l.fill, l.edge, max(1, f.px(2)))
	t := lettering{size: l.size, bold: l.bold, color: l.text, align: centre}
	side, gap := min(a.h*0.5, f.px(l.size)*1.3), f.px(2*step)
	wide := widthOf(label, f.px(l.size), l.bold)
	room := a.w - side - gap - 2*f.px(step)
	switch {
	case l.icon != "" && label != "" && room > wide*0.75:
		wide = min(wide, room)
		x := (a.w - side - gap - wide) / 2
		f.icon(area{x, (a.h - side) / 2, side, side}, l.icon, f.color(l.text), l.fill)
		f.centred(area{x + side + gap, 0, wide, a.h}, label, t)
	case l.icon != "":
		side = min(a.h, a.w) * 0.5
		f.icon(a.middle(side, side), l.icon, f.color(l.text), l.fill)
	default:
		f.centred(a.inset(f.px(step), 0), label, t)
	}
}

// press draws something to touch, whose face draw draws. Its name is not shown.
func (f *frame) press(a area, name string, tapped func(), draw func(inner *frame, a area)) {
	inner := *f
	inner.objects = nil
	draw(&inner, area{0, 0, a.w, a.h})
	p := &pad{name: name, shade: canvas.NewRectangle(fade(f.palette.ink, 0.16)), tapped: tapped}
	p.face = append(inner.objects, p.shade)
	p.shade.CornerRadius = f.px(corner)
	p.shade.Hidden = true
	p.ExtendBaseWidget(p)
	f.add(p, a)
}
