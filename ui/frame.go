package ui

import (
	"image"
	"image/color"
	"math"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
)

// frame is one drawing of one screen: the sheet of paper, the pens, and the
// words. Screens add objects to it, back to front.
type frame struct {
	all      area
	unit     float32 // one pixel of the 1280 x 800 design, on this screen
	density  float32 // device pixels in a unit of Fyne's, for pictures
	palette  palette
	ground   color.NRGBA
	words    lexicon
	now      time.Time // in the site's zone
	portrait bool
	album    *album
	objects  []fyne.CanvasObject
}

// colorRole chooses a text's colour by what is behind it.
type colorRole int

const (
	inkRole colorRole = iota
	quietRole
	panelRole
	panelQuietRole
	stateRole
	paperRole
	blackRole
	whiteRole
	refuseRole
	faultRole
)

func (f *frame) color(r colorRole) color.NRGBA {
	switch r {
	case quietRole:
		return f.palette.quiet
	case panelRole:
		return f.palette.panelInk
	case panelQuietRole:
		return f.palette.panelQuiet
	case stateRole:
		return f.palette.onState
	case whiteRole:
		return rgb(0xFFFFFF)
	case blackRole:
		return rgb(0x12181F)
	case paperRole:
		return f.palette.paper
	case refuseRole:
		return f.palette.refuse
	case faultRole:
		return f.palette.fault
	default:
		return f.palette.ink
	}
}

// newFrame measures a sheet. The design is 1280 x 800, or 800 x 1280 upright.
func newFrame(size fyne.Size, density float32) *frame {
	f := &frame{all: area{0, 0, size.Width, size.Height}, density: density}
	f.portrait = size.Height > size.Width
	if f.portrait {
		f.unit = min(size.Width/800, size.Height/1280)
	} else {
		f.unit = min(size.Width/1280, size.Height/800)
	}
	return f
}

// px turns a length of the design into one on this screen.
func (f *frame) px(v float32) float32 { return v * f.unit }

// side is how the text of results and notices is aligned: beside a sign at its
// left edge, under one in the middle.
func (f *frame) side() fyne.TextAlign {
	if f.portrait {
		return centre
	}
	return leading
}

// snap moves a place onto the pixels of the screen, where letters are sharp.
func (f *frame) snap(v float32) float32 {
	return float32(math.Round(float64(v*f.density))) / f.density
}

// touch is the side of something to touch, which never shrinks.
func (f *frame) touch() float32 { return max(target, f.px(target)) }

func (f *frame) add(o fyne.CanvasObject, a area) {
	x, y := f.snap(a.x), f.snap(a.y)
	o.Move(fyne.NewPos(x, y))
	o.Resize(fyne.NewSize(f.snap(a.x+a.w)-x, f.snap(a.y+a.h)-y))
	f.objects = append(f.objects, o)
}

// box fills an area.
func (f *frame) box(a area, fill color.Color, radius float32) {
	r := canvas.NewRectangle(fill)
	r.CornerRadius = radius
	f.add(r, a)
}

// field draws an outlined area.
func (f *frame) field(a area, fill, edge color.Color, width float32) {
	r := canvas.NewRectangle(fill)
	r.CornerRadius = f.px(corner)
	r.StrokeColor, r.StrokeWidth = edge, width
	f.add(r, a)
}

// icon draws a picture as large as fits into the middle of an area.
func (f *frame) icon(a area, name string, mainColor, ground color.NRGBA) {
	side := min(a.w, a.h)
	if img := drawIcon(name, int(side*f.density+0.5), mainColor, ground); img != nil {
		f.add(f.album.object(img), a.middle(side, side))
	}
}

func (f *frame) picture(a area, img image.Image) {
	f.add(newPicture(img), a)
}

func newPicture(img image.Image) *canvas.Image {
	o := canvas.NewImageFromImage(img)
	o.ScaleMode = canvas.ImageScaleFastest // it has the right number of pixels already
	return o
}

// centred draws one line of text in the middle of an area's height.
func (f *frame) centred(a area, text string, t lettering) {
	size := f.px(t.size)
	for widthOf(text, size, t.bold) > a.w && size > 6 {
		size *= 0.95
	}
	a.y += (a.h - size*capHeight) / 2
	f.glyphs(a, text, size, t)
}

func (f *frame) glyphs(a area, text string, size float32, t lettering) {
	if text == "" {
		return
	}
	wide, baseline := measure(text, size, t.bold)
	o := canvas.NewText(text, f.color(t.color))
	o.TextSize = size
	o.TextStyle.Bold = t.bold
	x := a.x
	if size >= f.px(56) && t.align == leading {
		x -= size * bearing // large letters would seem to stand further in
	}
	switch t.align {
	case fyne.TextAlignCenter:
		x += (a.w - wide) / 2
	case fyne.TextAlignTrailing:
		x += a.w - wide
	}
	o.Move(fyne.NewPos(f.snap(x), f.snap(a.y+size*capHeight-baseline)))
	o.Resize(o.MinSize())
	f.objects = append(f.objects, o)
}
