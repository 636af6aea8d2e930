package ui

import (
	"image"

	"fyne.io/fyne/v2/canvas"
)

// album keeps the objects that show the kiosk's own pictures from one drawing
// to the next. Fyne sends a picture to the graphics card once for each object,
// and keeps it there for a minute after; the same object again costs neither.
// Photos never go into it.
type album struct {
	kept map[image.Image]*canvas.Image
	used map[image.Image]bool // in the drawing under way

	code        image.Image // the QR code last drawn, and what it was made from
	codeContent string
	codePixels  int
}

// begin starts another drawing; the objects of the one before are free again.
func (a *album) begin() *album {
	if a.kept == nil || len(a.kept) > mostArtwork {
		a.kept = map[image.Image]*canvas.Image{}
	}
	a.used = map[image.Image]bool{}
	return a
}

// object returns an object that shows a picture and is nowhere else in the
// drawing. A nil album keeps nothing.
func (a *album) object(img image.Image) *canvas.Image {
	if a == nil || a.used[img] {
		return newPicture(img)
	}
	a.used[img] = true
	if a.kept[img] == nil {
		a.kept[img] = newPicture(img)
	}
	return a.kept[img]
}
