package store

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	_ "image/png" // registers the decoder

	"golang.org/x/image/draw"

	"muster/access"
)

// What is taken in as a photo, and what is made of it.
const (
	MaxPhoto      = 8 << 20    // bytes
	maxPixels     = 40_000_000 // in the picture; checked before it is decoded
	portraitSize  = 256        // pixels each way
	portraitGrade = 80         // JPEG quality
)

// portraits makes photos out of pictures that came from outside. One at a time:
// a picture takes up to 320 MB while it is decoded.
type portraits struct{ slot chan struct{} }

func newPortraits() portraits { return portraits{slot: make(chan struct{}, 1)} }

func (p portraits) make(ctx context.Context, data []byte) ([]byte, error) {
	return p.square(ctx, data, portraitSize, portraitGrade)
}

func (p portraits) square(ctx context.Context, data []byte, pixels, grade int) ([]byte, error) {
	select {
	case p.slot <- struct{}{}:
		defer func() { <-p.slot }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	return square(data, pixels, grade)
}

// portrait is square as the photos of people are.
func portrait(data []byte) ([]byte, error) { return square(data, portraitSize, portraitGrade) }

// square turns a JPEG or PNG upright, cuts the square out of its middle, scales
// it to so many pixels each way and writes a JPEG of a quality with nothing in it but
// the picture. Transparent parts become white.
func square(data []byte, pixels, grade int) ([]byte, error) {
	invalid := func(problem string) error { return access.Invalid{Field: "photo", Problem: problem} }
	if len(data) == 0 {
		return nil, invalid(access.Required)
	}
	if len(data) > MaxPhoto {
		return nil, invalid(access.TooBig)
	}
	if heic(data) {
		return nil, invalid(access.HEIC)
	}
	c, format, err := image.DecodeConfig(bytes.NewReader(data))
	if err != nil || format != "jpeg" && format != "png" || c.Width <= 0 || c.Height <= 0 {
		return nil, invalid(access.NotAPhoto)
	}
	if c.Width > maxPixels/c.Height {
		return nil, invalid(access.TooBig)
	}
	whole, _, err := image.Decode(bytes.NewReader(data))
	if err != nil {
		return nil, invalid(access.NotAPhoto)
	}
	b := whole.Bounds()
	side := min(b.Dx(), b.Dy())
	if side == 0 {
		return nil, invalid(access.NotAPhoto)
	}
	at := b.Min.Add(image.Pt((b.Dx()-side)/2, (b.Dy()-side)/2))
	small := image.NewRGBA(image.Rect(0, 0, pixels, pixels))
	draw.Draw(small, small.Bounds(), image.NewUniform(color.White), image.Point{}, draw.Src)
	draw.CatmullRom.Scale(small, small.Bounds(), whole, image.Rectangle{Min: at, Max: at.Add(image.Pt(side, side))}, draw.Over, nil)
	var out bytes.Buffer
	if err := jpeg.Encode(&out, upright(small, orientation(data)), &jpeg.Options{Quality: grade}); err != nil {
		return nil, fmt.Errorf("write photo: %w", err)
	}
	return out.Bytes(), nil
}

// upright undoes an EXIF orientation (1 to 8) of a square picture. Anything else
// leaves it as it is.
func upright(in *image.RGBA, orientation int) *image.RGBA {
	if orientation < 2 || orientation > 8 {
		return in
	}
	n := in.Bounds().Dx() - 1
	out := image.NewRGBA(in.Bounds())
	for y := range n + 1 {
		for x := range n + 1 {
			// (sx, sy) is the stored pixel that belongs at (x, y).
			sx, sy := x, y
			switch orientation {
			case 2:
				sx = n - x
			case 3:
				sx, sy = n-x, n-y
			case 4:
				sy = n - y
			case 5:
				sx, sy = y, x
			case 6:
				sx, sy = y, n-x
			case 7:
				sx, sy = n-y, n-x
			case 8:
				sx, sy = n-y, x
			}
			out.SetRGBA(x, y, in.RGBAAt(sx, sy))
		}
	}
	return out
}

// heic tells whether a file is a picture in the format of iPhones (ISO/IEC
// 23008-12), whose brand stands after its first box's type.
func heic(data []byte) bool {
	if len(data) < 12 || string(data[4:8]) != "ftyp" {
		return false
	}
	switch string(data[8:12]) {
	case "heic", "heix", "heim", "heis", "hevc", "hevx", "mif1", "msf1", "avif":
		return true
	}
	return false
}
