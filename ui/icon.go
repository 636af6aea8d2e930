package ui

import (
	"embed"
	"fmt"
	"image"
	"image/color"
	"strings"
	"sync"

	"github.com/fyne-io/oksvg"
	"github.com/srwiley/rasterx"
)

// The pictures of the kiosk. Each is drawn in two colours, "main" and "ground",
// which the screen chooses: the same drawing serves light, dark and every state.
//
//go:embed icons/*.svg
var iconFiles embed.FS

// artwork keeps pictures rasterised at the exact number of pixels they cover,
// so that edges are crisp and a second showing costs nothing. A kiosk needs some
// forty of them; more there are only while a window is being resized.
var artwork = struct {
	sync.Mutex
	made map[artKey]image.Image
}{made: map[artKey]image.Image{}}

const mostArtwork = 256

type artKey struct {
	name         string
	pixels       int
	main, ground color.NRGBA
}

// drawIcon returns a square picture with the given side in pixels, or nil where
// there is none by that name.
func drawIcon(name string, pixels int, mainColor, ground color.NRGBA) image.Image {
	key := artKey{name, pixels, mainColor, ground}
	artwork.Lock()
	defer artwork.Unlock()
	if img, ok := artwork.made[key]; ok {
		return img
	}
	raw, err := iconFiles.ReadFile("icons/" + name + ".svg")
	if err != nil || pixels <= 0 {
		return nil
	}
	svg := strings.NewReplacer(`"main"`, hexColor(mainColor), `"ground"`, hexColor(ground)).Replace(string(raw))
	icon, err := oksvg.ReadIconStream(strings.NewReader(svg))
	if err != nil {
		return nil
	}
	for i := range icon.SVGPaths { // the library scales outlines, but not the width of strokes
		icon.SVGPaths[i].LineWidth *= float64(pixels) / icon.ViewBox.W
	}
	icon.SetTarget(0, 0, float64(pixels), float64(pixels))
	img := image.NewRGBA(image.Rect(0, 0, pixels, pixels))
	icon.Draw(rasterx.NewDasher(pixels, pixels, rasterx.NewScannerGV(pixels, pixels, img, img.Bounds())), 1)
	if len(artwork.made) >= mostArtwork {
		clear(artwork.made)
	}
	artwork.made[key] = img
	return img
}

func hexColor(c color.NRGBA) string { return fmt.Sprintf(`"#%02x%02x%02x"`, c.R, c.G, c.B) }
