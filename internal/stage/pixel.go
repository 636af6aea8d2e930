package stage

import (
	"context"
	"fmt"

	"github.com/jezek/xgb"
	"github.com/jezek/xgb/xproto"
)

// Eye watches one point of a display, without looking at the rest: quick enough
// to tell when a frame has come to the screen.
type Eye struct {
	conn *xgb.Conn
	root xproto.Drawable
	x, y int16
}

// Watch opens an eye on a point of the display.
func (d *Display) Watch(x, y int) (*Eye, error) {
	conn, err := d.connect()
	if err != nil {
		return nil, fmt.Errorf("watch display %s: %w", d.Name, err)
	}
	return &Eye{conn, xproto.Drawable(xproto.Setup(conn).DefaultScreen(conn).Root), int16(x), int16(y)}, nil
}

// Colour returns what is there now, as 0xRRGGBB.
func (e *Eye) Colour() (uint32, error) {
	r, err := xproto.GetImage(e.conn, xproto.ImageFormatZPixmap, e.root, e.x, e.y, 1, 1, ^uint32(0)).Reply()
	if err != nil || len(r.Data) < 3 {
		return 0, fmt.Errorf("watch a point of the display: %w", err)
	}
	return uint32(r.Data[2])<<16 | uint32(r.Data[1])<<8 | uint32(r.Data[0]), nil
}

// Until looks again and again until the colour is, or is no longer, the given one.
func (e *Eye) Until(ctx context.Context, colour uint32, is bool) error {
	for {
		c, err := e.Colour()
		if err != nil || (c == colour) == is {
			return err
		}
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("the screen stays #%06x: %w", c, err)
		}
	}
}

// Close ends the watching.
func (e *Eye) Close() { e.conn.Close() }
