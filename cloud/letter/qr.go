package letter

import (
	"fmt"

	"github.com/boombuler/barcode/qr"
)

// qr draws a link as a square with its quiet zone inside the given side, in
// vectors: sharp on every printer.
func (s *sheet) qr(x, y, side float64, link string) error {
	code, err := qr.Encode(link, qr.M, qr.Auto)
	if err != nil {
		return fmt.Errorf("qr code: %w", err)
	}
	n := code.Bounds().Dx()
	const zone = 4 // modules on each side
	module := side / float64(n+2*zone)
	s.fill(colour{255, 255, 255})
	s.pdf.Rect(x, y, side, side, "F")
	s.fill(colour{0, 0, 0})
	for row := range n {
		for from := 0; from < n; {
			if !dark(code.At(from, row)) {
				from++
				continue
			}
			to := from
			for to < n && dark(code.At(to, row)) {
				to++
			}
			// A hair more than a module: no white seams between rows.
			s.pdf.Rect(x+float64(zone+from)*module, y+float64(zone+row)*module, float64(to-from)*module, module*1.02, "F")
			from = to
		}
	}
	return nil
}

func dark(c interface{ RGBA() (r, g, b, a uint32) }) bool {
	r, _, _, _ := c.RGBA()
	return r < 0x8000
}

func (s *sheet) fill(c colour) { s.pdf.SetFillColor(c[0], c[1], c[2]) }

func (s *sheet) draw(c colour, width float64) {
	s.pdf.SetDrawColor(c[0], c[1], c[2])
	s.pdf.SetLineWidth(width)
}
