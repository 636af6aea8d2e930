package ui

import (
	"image"
	"image/color"

	"github.com/boombuler/barcode/qr"
)

// drawQR draws a QR code in the middle of an area, in whole pixels a module so
// that its edges are sharp, with the quiet zone of four modules that readers
// need. Nothing is drawn where there is no room or the content is too long.
func (f *frame) drawQR(a area, content string) {
	code, err := qr.Encode(content, qr.M, qr.Auto)
	if err != nil {
		return
	}
	const quietZone = 4
	modules := code.Bounds().Dx() + 2*quietZone
	pixels := int(min(a.w, a.h)*f.density + 0.5)
	scale := pixels / modules
	if scale < 1 {
		return
	}
	img := image.NewPaletted(image.Rect(0, 0, modules*scale, modules*scale),
		color.Palette{color.White, color.Black})
	for y := range code.Bounds().Dy() {
		for x := range code.Bounds().Dx() {
			if r, _, _, _ := code.At(x, y).RGBA(); r != 0 {
				continue
			}
			for py := range scale {
				row := img.PixOffset((x+quietZone)*scale, (y+quietZone)*scale+py)
				for px := range scale {
					img.Pix[row+px] = 1
				}
			}
		}
	}
	side := float32(modules*scale) / f.density
	f.picture(a.middle(side, side), img)
}
