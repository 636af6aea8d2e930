package main

import (
	"bufio"
	"context"
	"errors"
	"image"
	"image/color"
	"image/png"
	"io"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jezek/xgb"
	"github.com/jezek/xgb/damage"
	"github.com/jezek/xgb/xfixes"
	"github.com/jezek/xgb/xproto"
	"github.com/jezek/xgb/xtest"
)

// screen is a display of our own that nobody sees.
type screen struct {
	name    string // what DISPLAY should say
	conn    *xgb.Conn
	root    xproto.Window
	w, h    uint16
	damage  damage.Damage
	changed chan struct{}
}

// openScreen starts Xvfb on a free display and connects to it.
func openScreen(tb testing.TB, ctx context.Context, w, h string) *screen {
	tb.Helper()
	if _, err := exec.LookPath("Xvfb"); err != nil {
		tb.Skip("Xvfb is not installed (Debian package xvfb): the real window is not tested")
	}
	number, tell, err := os.Pipe()
	if err != nil {
		tb.Fatal(err)
	}
	x := exec.CommandContext(ctx, "Xvfb", "-displayfd", "3", "-screen", "0", w+"x"+h+"x24", "-nolisten", "tcp", "-noreset")
	x.ExtraFiles = []*os.File{tell}
	if err := x.Start(); err != nil {
		tb.Fatalf("start Xvfb: %v", err)
	}
	tb.Cleanup(func() {
		_ = x.Process.Kill()
		_ = x.Wait()
	})
	_ = tell.Close()
	line, err := bufio.NewReader(number).ReadString('\n')
	if err != nil {
		tb.Fatalf("Xvfb did not name its display: %v", err)
	}
	_ = number.Close()
	s := &screen{name: ":" + strings.TrimSpace(line), changed: make(chan struct{}, 1)}
	s.connect(tb)
	return s
}

func (s *screen) connect(tb testing.TB) {
	tb.Helper()
	xgb.Logger = log.New(io.Discard, "", 0)
	conn, err := xgb.NewConnDisplay(s.name)
	if err != nil {
		tb.Fatalf("connect to %s: %v", s.name, err)
	}
	s.conn = conn
	info := xproto.Setup(conn).DefaultScreen(conn)
	s.root, s.w, s.h = info.Root, info.WidthInPixels, info.HeightInPixels
	if err := errors.Join(damage.Init(conn), xfixes.Init(conn), xtest.Init(conn)); err != nil {
		tb.Fatal(err)
	}
	_, err1 := xfixes.QueryVersion(conn, 4, 0).Reply()
	_, err2 := damage.QueryVersion(conn, 1, 1).Reply()
	id, err3 := damage.NewDamageId(conn)
	if err := errors.Join(err1, err2, err3); err != nil {
		tb.Fatal(err)
	}
	s.damage = id
	if err := damage.CreateChecked(conn, id, xproto.Drawable(s.root), damage.ReportLevelNonEmpty).Check(); err != nil {
		tb.Fatal(err)
	}
	pumped := make(chan struct{})
	go func() {
		defer close(pumped)
		for {
			e, err := conn.WaitForEvent()
			if e == nil && err == nil {
				return // closed
			}
			select {
			case s.changed <- struct{}{}:
			default:
			}
		}
	}()
	tb.Cleanup(func() {
		conn.Close()
		<-pumped
	})
}

// until grabs the screen, again at each change, until it is as wanted.
func (s *screen) until(tb testing.TB, ctx context.Context, what string, ok func(*image.RGBA) bool) *image.RGBA {
	tb.Helper()
	for {
		if err := damage.SubtractChecked(s.conn, s.damage, 0, 0).Check(); err != nil {
			tb.Fatal(err)
		}
		img := s.grab(tb)
		if ok(img) {
			return img
		}
		select {
		case <-s.changed:
		case <-ctx.Done():
			tb.Fatalf("the screen never showed %s", what)
		}
	}
}

// grab returns the frame buffer.
func (s *screen) grab(tb testing.TB) *image.RGBA {
	tb.Helper()
	r, err := xproto.GetImage(s.conn, xproto.ImageFormatZPixmap, xproto.Drawable(s.root), 0, 0, s.w, s.h, 0xFFFFFFFF).Reply()
	if err != nil {
		tb.Fatalf("grab the screen: %v", err)
	}
	img := image.NewRGBA(image.Rect(0, 0, int(s.w), int(s.h)))
	for i := 0; i+3 < len(r.Data) && i+3 < len(img.Pix); i += 4 {
		img.Pix[i], img.Pix[i+1], img.Pix[i+2], img.Pix[i+3] = r.Data[i+2], r.Data[i+1], r.Data[i], 0xFF
	}
	return img
}

// click presses and releases the first button of the mouse.
func (s *screen) click(tb testing.TB, x, y float32) {
	tb.Helper()
	const motion, press, release = 6, 4, 5
	for _, event := range []struct{ kind, button byte }{{motion, 0}, {press, 1}, {release, 1}} {
		err := xtest.FakeInputChecked(s.conn, event.kind, event.button, 0, s.root, int16(x), int16(y), 0).Check()
		if err != nil {
			tb.Fatal(err)
		}
	}
}

// pointerHidden tells whether nothing of the pointer can be seen.
func (s *screen) pointerHidden(tb testing.TB) bool {
	tb.Helper()
	c, err := xfixes.GetCursorImage(s.conn).Reply()
	if err != nil {
		tb.Fatal(err)
	}
	for _, pixel := range c.CursorImage {
		if pixel>>24 != 0 {
			return false
		}
	}
	return true
}

// share is how much of a picture has a colour, give or take rounding.
func share(img *image.RGBA, c color.RGBA) float64 {
	n := 0
	for i := 0; i < len(img.Pix); i += 4 {
		if near(img.Pix[i], c.R) && near(img.Pix[i+1], c.G) && near(img.Pix[i+2], c.B) {
			n++
		}
	}
	return float64(n) / float64(len(img.Pix)/4)
}

func near(a, b byte) bool { return a-b < 3 || b-a < 3 }

func keep(tb testing.TB, name string, img image.Image) {
	tb.Helper()
	if *windowPictures == "" {
		return
	}
	f, err := os.Create(filepath.Join(*windowPictures, name+".png"))
	if err != nil {
		tb.Fatal(err)
	}
	if err := errors.Join(png.Encode(f, img), f.Close()); err != nil {
		tb.Fatal(err)
	}
}
