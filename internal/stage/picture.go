package stage

import (
	"fmt"
	"image"
	"image/color"
	"io"
	"log"

	"github.com/jezek/xgb"
	"github.com/jezek/xgb/xproto"
)

// connect opens a connection to the display's server.
func (d *Display) connect() (*xgb.Conn, error) {
	xgb.Logger = quiet // it has opinions on a missing .Xauthority
	return xgb.NewConnDisplay(d.Name)
}

var quiet = log.New(io.Discard, "", 0)

// Picture takes what the display shows now.
func (d *Display) Picture() (*image.RGBA, error) {
	conn, err := d.connect()
	if err != nil {
		return nil, fmt.Errorf("look at display %s: %w", d.Name, err)
	}
	defer conn.Close()
	screen := xproto.Setup(conn).DefaultScreen(conn)
	w, h := screen.WidthInPixels, screen.HeightInPixels
	reply, err := xproto.GetImage(conn, xproto.ImageFormatZPixmap, xproto.Drawable(screen.Root), 0, 0, w, h, ^uint32(0)).Reply()
	if err != nil {
		return nil, fmt.Errorf("look at display %s: %w", d.Name, err)
	}
	img := image.NewRGBA(image.Rect(0, 0, int(w), int(h)))
	if len(reply.Data) < 4*int(w)*int(h) {
		return nil, fmt.Errorf("look at display %s: %d bytes for %dx%d points of 32 bits", d.Name, len(reply.Data), w, h)
	}
	for i := range int(w) * int(h) {
		p := reply.Data[4*i:] // blue, green, red, nothing
		img.SetRGBA(i%int(w), i/int(w), color.RGBA{R: p[2], G: p[1], B: p[0], A: 255})
	}
	return img, nil
}
