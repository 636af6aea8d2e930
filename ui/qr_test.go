package ui

import (
	"image"
	"testing"
)

// TestQR wants whole modules, black on white, and a quiet zone on every side.
func TestQR(t *testing.T) {
	for _, pixels := range []int{60, 200, 456, 1000} {
		img := encodeQR("https://muster.example/activate?code=BCDF-GHJK", pixels)
		if img == nil {
			t.Fatalf("no code at %d pixels", pixels)
		}
		side := img.Bounds().Dx()
		modules := 33 + 8 // what this content needs, and the quiet zone
		if side > pixels || side%modules != 0 {
			t.Fatalf("at %d pixels the code is %d, which is no multiple of %d modules", pixels, side, modules)
		}
		scale := side / modules
		for y := range side {
			for x := range side {
				black := dark01(img, x, y)
				if module := dark01(img, x/scale*scale, y/scale*scale); module != black {
					t.Fatalf("a module at %d,%d is not one colour", x, y)
				}
				if quiet := min(x, y, side-1-x, side-1-y) < 4*scale; quiet && black {
					t.Fatalf("something is drawn in the quiet zone at %d,%d", x, y)
				}
			}
		}
		if !dark01(img, 4*scale, 4*scale) {
			t.Error("the finder pattern is not where it belongs")
		}
	}
	if encodeQR("https://muster.example", 10) != nil {
		t.Error("a code was drawn that nobody can scan")
	}
}

func dark01(img image.Image, x, y int) bool {
	r, _, _, _ := img.At(x, y).RGBA()
	return r < 0x8000
}
