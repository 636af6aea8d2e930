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
	if img := f.album.qr(content, int(min(a.w, a.h)*f.density+0.5)); img != nil {
		side := float32(img.Bounds().Dx()) / f.density
		f.add(f.album.object(img), a.middle(side, side))
	}
}

// qr returns the picture of a QR code no larger than a side in pixels, the same
// one as long as it is asked for the same.
func (a *album) qr(content string, pixels int) image.Image {
	if a.code == nil || a.codeContent != content || a.codePixels != pixels {
		a.code, a.codeContent, a.codePixels = encodeQR(content, pixels), content, pixels
	}
	return a.code
}

func encodeQR(content string, pixels int) image.Image {
	code, err := qr.Encode(content, qr.M, qr.Auto)
	if err != nil {
		return nil
	}
	const quietZone = 4
	modules := code.Bounds().Dx() + 2*quietZone
	scale := pixels / modules
	if scale < 1 {
		return nil
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
	return img
}
