package store

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"testing"

	"muster/access"
)

// picture returns a PNG of this size; no two sizes look the same.
func picture(t testing.TB, width, height int) []byte {
	t.Helper()
	m := image.NewRGBA(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			m.SetRGBA(x, y, color.RGBA{uint8(x * 5), uint8(y * 5), uint8(width + height), 255})
		}
	}
	return encode(t, func(b *bytes.Buffer) error { return png.Encode(b, m) })
}

func encode(t testing.TB, f func(*bytes.Buffer) error) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := f(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// corners is a picture whose corners are red, green, yellow and blue, clockwise
// from the top left.
var corners = []color.RGBA{{255, 0, 0, 255}, {0, 255, 0, 255}, {255, 255, 0, 255}, {0, 0, 255, 255}}

const (
	topLeft = iota
	topRight
	bottomRight
	bottomLeft
)

// quadrants returns a JPEG with a colour in each quadrant, in the order top left,
// top right, bottom right, bottom left as stored.
func quadrants(t testing.TB, exif []byte, stored [4]int) []byte {
	t.Helper()
	m := image.NewRGBA(image.Rect(0, 0, 120, 80))
	for y := range 80 {
		for x := range 120 {
			quadrant := topLeft
			switch {
			case x >= 60 && y < 40:
				quadrant = topRight
			case x >= 60:
				quadrant = bottomRight
			case y >= 40:
				quadrant = bottomLeft
			}
			m.SetRGBA(x, y, corners[stored[quadrant]])
		}
	}
	b := encode(t, func(b *bytes.Buffer) error { return jpeg.Encode(b, m, &jpeg.Options{Quality: 95}) })
	if exif == nil {
		return b
	}
	segment := append([]byte{0xff, 0xe1, 0, 0}, exif...)
	binary.BigEndian.PutUint16(segment[2:], uint16(len(exif)+2))
	return bytes.Join([][]byte{b[:2], segment, b[2:]}, nil)
}

// exif returns the body of an APP1 segment that tells an orientation.
func exif(order binary.AppendByteOrder, value uint16) []byte {
	b := []byte("Exif\x00\x00II*\x00")
	if order == binary.AppendByteOrder(binary.BigEndian) {
		b = []byte("Exif\x00\x00MM\x00*")
	}
	b = order.AppendUint32(b, 8) // where the directory begins
	b = order.AppendUint16(b, 2) // its entries
	b = order.AppendUint16(order.AppendUint16(b, 0x010f), 2)
	b = append(order.AppendUint32(b, 4), "me\x00\x00"...)
	b = order.AppendUint16(order.AppendUint16(b, 0x0112), 3)
	b = order.AppendUint16(order.AppendUint32(b, 1), value)
	return append(b, 0, 0, 0, 0, 0, 0)
}

// storedAs tells, for each orientation, which corner of the upright picture is
// stored top left, top right, bottom right and bottom left (EXIF 2.3, table 6:
// which side row 0 and column 0 are).
var storedAs = map[uint16][4]int{
	1: {topLeft, topRight, bottomRight, bottomLeft},
	2: {topRight, topLeft, bottomLeft, bottomRight},
	3: {bottomRight, bottomLeft, topLeft, topRight},
	4: {bottomLeft, bottomRight, topRight, topLeft},
	5: {topLeft, bottomLeft, bottomRight, topRight},
	6: {topRight, bottomRight, bottomLeft, topLeft},
	7: {bottomRight, topRight, topLeft, bottomLeft},
	8: {bottomLeft, topLeft, topRight, bottomRight},
}

func TestPhotosComeOutUpright(t *testing.T) {
	t.Parallel()
	for value, stored := range storedAs {
		for _, order := range []binary.AppendByteOrder{binary.BigEndian, binary.LittleEndian} {
			out := must(portrait(quadrants(t, exif(order, value), stored)))(t)
			m := must(jpeg.Decode(bytes.NewReader(out)))(t)
			if m.Bounds() != image.Rect(0, 0, portraitSize, portraitSize) {
				t.Fatalf("a picture of %v", m.Bounds())
			}
			for corner, at := range []image.Point{{40, 40}, {216, 40}, {216, 216}, {40, 216}} {
				if got := m.At(at.X, at.Y); !near(got, corners[corner]) {
					t.Errorf("orientation %d, %v: corner %d is %v, want %v", value, order, corner, got, corners[corner])
				}
			}
			if bytes.Contains(out, []byte("Exif")) {
				t.Error("what the camera wrote is still in it")
			}
		}
	}
}

func near(a, b color.Color) bool {
	r1, g1, b1, _ := a.RGBA()
	r2, g2, b2, _ := b.RGBA()
	far := func(x, y uint32) bool { return max(x, y)-min(x, y) > 0x2000 }
	return !far(r1, r2) && !far(g1, g2) && !far(b1, b2)
}

func TestOrientationThatMakesNoSense(t *testing.T) {
	t.Parallel()
	for _, value := range []uint16{0, 9, 65535} {
		if got := orientation(quadrants(t, exif(binary.BigEndian, value), storedAs[1])); got != 0 {
			t.Errorf("orientation %d is taken as %d", value, got)
		}
	}
	whole := quadrants(t, exif(binary.LittleEndian, 6), storedAs[1])
	for cut := range 60 { // cut off anywhere, it says 0 or what it said
		if got := orientation(whole[:cut]); got != 0 && got != 6 {
			t.Errorf("cut at %d: %d", cut, got)
		}
	}
}

// The square comes out of the middle, transparency is white, and the same
// picture has the same bytes, so the same id.
func TestPortrait(t *testing.T) {
	t.Parallel()
	wide := image.NewNRGBA(image.Rect(5, 5, 305, 105)) // transparent but for a red square in the middle
	for y := 5; y < 105; y++ {
		for x := 105; x < 205; x++ {
			wide.SetNRGBA(x, y, color.NRGBA{255, 0, 0, 255})
		}
	}
	data := encode(t, func(b *bytes.Buffer) error { return png.Encode(b, wide) })
	out := must(portrait(data))(t)
	m := must(jpeg.Decode(bytes.NewReader(out)))(t)
	for _, at := range []image.Point{{4, 4}, {128, 128}, {251, 251}} {
		if !near(m.At(at.X, at.Y), corners[0]) {
			t.Errorf("%v is %v", at, m.At(at.X, at.Y))
		}
	}
	if again := must(portrait(data))(t); !bytes.Equal(again, out) {
		t.Error("the same picture twice is two photos")
	}
	blank := must(portrait(encode(t, func(b *bytes.Buffer) error { return png.Encode(b, image.NewNRGBA(image.Rect(0, 0, 3, 3))) })))(t)
	if m := must(jpeg.Decode(bytes.NewReader(blank)))(t); !near(m.At(128, 128), color.White) {
		t.Errorf("transparent is %v", m.At(128, 128))
	}
	if c := must(jpeg.DecodeConfig(bytes.NewReader(must(portrait(picture(t, 1, 900)))(t))))(t); c.Width != portraitSize || c.Height != portraitSize {
		t.Errorf("a thin picture becomes %d x %d", c.Width, c.Height)
	}
}

// pngOf returns the beginning of a PNG that claims a size.
func pngOf(width, height uint32) []byte {
	head := binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32([]byte("IHDR"), width), height)
	head = append(head, 8, 6, 0, 0, 0)
	b := binary.BigEndian.AppendUint32([]byte("\x89PNG\r\n\x1a\n"), uint32(len(head)-4))
	return binary.BigEndian.AppendUint32(append(b, head...), crc32.ChecksumIEEE(head))
}

func TestPhotosThatAreRefused(t *testing.T) {
	t.Parallel()
	good := picture(t, 20, 20)
	for what, c := range map[string]struct {
		data    []byte
		problem string
	}{
		"nothing":                  {[]byte{}, access.Required},
		"text":                     {[]byte("hello"), access.NotAPhoto},
		"half a picture":           {good[:len(good)/2], access.NotAPhoto},
		"a GIF":                    {encode(t, func(b *bytes.Buffer) error { return gif.Encode(b, image.NewGray(image.Rect(0, 0, 9, 9)), nil) }), access.NotAPhoto},
		"a file that is too large": {append(good, make([]byte, MaxPhoto)...), access.TooBig},
		"a decompression bomb":     {pngOf(50_000, 50_000), access.TooBig},
		"just over the limit":      {pngOf(8001, 5000), access.TooBig},
		"a size that overflows":    {pngOf(1<<31-1, 1<<31-1), access.NotAPhoto},
		"no pixels":                {pngOf(0, 10), access.NotAPhoto},
	} {
		_, err := portrait(c.data)
		if want := (access.Invalid{Field: "photo", Problem: c.problem}); err != want {
			t.Errorf("%s: %v, want %v", what, err, want)
		}
	}
}

func TestWaitingForTheDecoderEndsWithTheRequest(t *testing.T) {
	t.Parallel()
	p := newPortraits()
	p.slot <- struct{}{} // somebody else's picture is being decoded
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := p.make(ctx, picture(t, 9, 9)); !errors.Is(err, context.Canceled) {
		t.Errorf("waiting: %v", err)
	}
}

func FuzzPortrait(f *testing.F) {
	for _, value := range []uint16{1, 6, 9} {
		f.Add(quadrants(f, exif(binary.BigEndian, value), storedAs[1]))
	}
	f.Add(quadrants(f, nil, storedAs[1]))
	f.Add(picture(f, 16, 9))
	f.Fuzz(func(t *testing.T, data []byte) {
		if c, _, err := image.DecodeConfig(bytes.NewReader(data)); err == nil && c.Width*c.Height > 1<<20 && c.Width*c.Height <= maxPixels {
			return // it would only take long
		}
		out, err := portrait(data)
		if invalid := (access.Invalid{}); err != nil && (!errors.As(err, &invalid) || invalid.Field != "photo" || out != nil) {
			t.Fatalf("%d bytes beside %v", len(out), err)
		}
		if err != nil {
			return
		}
		if c, err := jpeg.DecodeConfig(bytes.NewReader(out)); err != nil || c.Width != portraitSize || c.Height != portraitSize {
			t.Fatalf("%+v, %v", c, err)
		}
	})
}

func FuzzOrientation(f *testing.F) {
	f.Add(exif(binary.BigEndian, 6)[6:])
	f.Add(exif(binary.LittleEndian, 3)[6:])
	f.Fuzz(func(t *testing.T, tiff []byte) {
		if o := tiffOrientation(tiff); o < 0 || o > 8 {
			t.Fatal(o)
		}
		if o := orientation(append([]byte{0xff, 0xd8}, tiff...)); o < 0 || o > 8 {
			t.Fatal(o)
		}
	})
}
