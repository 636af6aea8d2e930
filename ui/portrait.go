package ui

import (
	"bytes"
	"hash/fnv"
	"image"
	"image/color"
	_ "image/jpeg" // photos are JPEG
	_ "image/png"  // and PNG, where a test makes one

	"golang.org/x/image/draw"

	"muster/attendance"
)

type stateColor = color.NRGBA

// disc fills the circle in an area.
func (f *frame) disc(a area, fill color.Color) {
	f.box(a, fill, a.w/2)
}

// portraitOf draws a person's round photo, or initials where there is none or
// it can't be read.
func (f *frame) portraitOf(a area, p attendance.Profile, photo []byte) {
	if img := roundPhoto(photo, int(a.w*f.density+0.5)); img != nil {
		f.picture(a, img)
		return
	}
	f.disc(a, personColor(p.ID))
	t := lettering{size: a.h * 0.4 / f.unit, bold: true, color: whiteRole, align: centre}
	f.centred(a, p.Initials(), t)
}

// personColors are grounds for initials: dark enough for white letters, and
// none of them near the colour of a state.
var personColors = []color.NRGBA{
	rgb(0x3D4F6B), rgb(0x2F5D50), rgb(0x6B3A5E), rgb(0x5C4A32), rgb(0x37474F),
	rgb(0x4A3F7A), rgb(0x1F5A4A), rgb(0x704040), rgb(0x2E4A7D), rgb(0x51502B),
}

// personColor is the same for a person wherever they tap.
func personColor(id attendance.ProfileID) color.NRGBA {
	h := fnv.New32a()
	_, _ = h.Write([]byte(id)) // a hash never fails
	return personColors[h.Sum32()%uint32(len(personColors))]
}

// maxPhotoSide bounds what is decoded: a photo comes from the cloud with 256.
const maxPhotoSide = 2048

// roundPhoto decodes a photo, crops it to a square and cuts it round, at the
// size in pixels at which it is shown. It returns nil for what is no photo.
func roundPhoto(photo []byte, pixels int) image.Image {
	if len(photo) == 0 || pixels <= 0 {
		return nil
	}
	c, _, err := image.DecodeConfig(bytes.NewReader(photo))
	if err != nil || c.Width < 1 || c.Height < 1 || c.Width > maxPhotoSide || c.Height > maxPhotoSide {
		return nil
	}
	src, _, err := image.Decode(bytes.NewReader(photo))
	if err != nil {
		return nil
	}
	b := src.Bounds()
	side := min(b.Dx(), b.Dy())
	x, y := b.Min.X+(b.Dx()-side)/2, b.Min.Y+(b.Dy()-side)/2
	square := image.NewRGBA(image.Rect(0, 0, pixels, pixels))
	draw.ApproxBiLinear.Scale(square, square.Bounds(), src, image.Rect(x, y, x+side, y+side), draw.Src, nil)
	out := image.NewRGBA(square.Bounds())
	draw.DrawMask(out, out.Bounds(), square, image.Point{}, roundMask{pixels}, image.Point{}, draw.Src)
	return out
}

// roundMask is a circle with soft edges.
type roundMask struct{ side int }

func (m roundMask) ColorModel() color.Model { return color.AlphaModel }
func (m roundMask) Bounds() image.Rectangle { return image.Rect(0, 0, m.side, m.side) }

func (m roundMask) At(x, y int) color.Color {
	r := float64(m.side) / 2
	dx, dy := float64(x)+0.5-r, float64(y)+0.5-r
	// Near the rim, the distance to it from d2 = d²: r - d ≈ (r² - d²) / 2r.
	inside := (r*r-dx*dx-dy*dy)/(2*r) + 0.5
	return color.Alpha{uint8(255 * min(1, max(0, inside)))}
}
