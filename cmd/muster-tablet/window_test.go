package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"image"
	"image/color"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"

	"muster/attendance"
	"muster/device"
	"muster/ui"
)

var windowPictures = flag.String("window-pictures", "", "write what the real window shows into this folder")

// windowChild names the environment variable that makes this test binary show
// the kiosk's window instead of testing: the window system wants the main
// goroutine, which belongs to the testing package otherwise.
const windowChild = "MUSTER_TEST_WINDOW"

func init() {
	switch os.Getenv(windowChild) {
	case "kiosk":
		os.Exit(windowMain())
	case "clock":
		os.Exit(clockMain())
	}
}

var windowScenes = map[string]ui.Scene{
	"activation": ui.Activation{
		Step: ui.WaitingForApproval, UserCode: "BCDF-GHJK", URL: "https://muster.example/activate",
		QR: "https://muster.example/activate?code=BCDF-GHJK", Words: []string{"acorn", "bicycle", "marble", "rocket"},
	},
	"ready": ui.Ready{Settings: windowSettings},
	"accepted": ui.Result{Settings: windowSettings, Receipt: attendance.Receipt{
		Accepted: true,
		Profile:  attendance.Profile{ID: "p1", FirstName: "Anna", LastName: "Petrova"},
		Punch:    attendance.Punch{Direction: attendance.In, At: time.Date(2026, 11, 23, 6, 58, 0, 0, time.UTC)},
	}},
	"refused": ui.Result{Settings: windowSettings, Receipt: attendance.Receipt{Reason: attendance.UnknownCard}},
	"capture": ui.Capture{Name: "Anna Petrova"},
	"fault":   ui.Fault{Reader: device.ReaderMissing, Detail: "unplugged"},
	"locked":  ui.Locked{Message: "Stocktaking until noon.", Site: "Site Nord", Device: "Gate 2"},
	"revoked": ui.Revoked{},
	"invitation": ui.Invitation{
		Step: ui.InvitationQuestion, ID: "q1", Name: "Anna Petrova", Organisation: "Brückner Logistik", Expires: time.Now().Add(time.Hour),
	},
}

var windowSettings = device.Settings{
	Site: "Site Nord", Device: "Gate 2", TimeZone: "Europe/Berlin", Language: "en", ResultTime: time.Hour,
}

// noIntents is a person who only looks.
type noIntents struct{}

func (noIntents) EnterCode(string) {}
func (noIntents) NewCode()         {}
func (noIntents) ActivateAnew()    {}

// windowMain shows the scenes named on standard input, and answers each line
// with the texts then on the screen.
func windowMain() int {
	// As main does it: a signal may come before the window system listens to them.
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer cancel()
	joins := &joins{}
	o := windowOptions{UI: ui.Options{ReducedMotion: true, HideCursor: true}, Intents: joins, FullScreen: true}
	err := runWindow(ctx, o, func(k *ui.Kiosk) {
		joins.kiosk.Store(k)
		go func() {
			in := bufio.NewScanner(os.Stdin)
			for in.Scan() {
				if scene, ok := windowScenes[in.Text()]; ok {
					k.Show(scene)
				}
				if in.Text() == "quit" {
					cancel()
					return
				}
				fyne.DoAndWait(func() { _ = json.NewEncoder(os.Stdout).Encode(visible(k.Content())) })
			}
		}()
	})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// visible lists texts and things to touch, each with its place.
func visible(root fyne.CanvasObject) []onScreen {
	var list []onScreen
	var walk func(o fyne.CanvasObject, at fyne.Position)
	walk = func(o fyne.CanvasObject, at fyne.Position) {
		at = at.Add(o.Position())
		switch o := o.(type) {
		case *canvas.Text:
			list = append(list, onScreen{Text: o.Text, X: at.X, Y: at.Y, W: o.Size().Width, H: o.Size().Height})
		case *fyne.Container:
			for _, c := range o.Objects {
				walk(c, at)
			}
		case interface {
			fyne.CanvasObject
			fyne.Tappable
			Name() string
		}:
			list = append(list, onScreen{Touch: o.Name(), X: at.X, Y: at.Y, W: o.Size().Width, H: o.Size().Height})
		}
	}
	walk(root, fyne.NewPos(0, 0))
	return list
}

type onScreen struct {
	Text, Touch string
	X, Y, W, H  float32
}

// child is the kiosk's window in a process of its own.
type child struct {
	cmd *exec.Cmd
	in  io.WriteCloser
	out *bufio.Scanner
}

func openWindow(tb testing.TB, ctx context.Context, kind, display string) *child {
	tb.Helper()
	c := &child{cmd: exec.CommandContext(ctx, os.Args[0])}
	c.cmd.Env = append(os.Environ(), windowChild+"="+kind, "DISPLAY="+display, "LIBGL_ALWAYS_SOFTWARE=1")
	c.cmd.Stderr = os.Stderr
	// One that hangs says where.
	c.cmd.Cancel = func() error { return c.cmd.Process.Signal(syscall.SIGQUIT) }
	c.cmd.WaitDelay = 5 * time.Second
	in, err := c.cmd.StdinPipe()
	if err != nil {
		tb.Fatal(err)
	}
	out, err := c.cmd.StdoutPipe()
	if err != nil {
		tb.Fatal(err)
	}
	c.in, c.out = in, bufio.NewScanner(out)
	c.out.Buffer(nil, 1<<20)
	if err := c.cmd.Start(); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		_ = c.cmd.Process.Kill()
		_ = c.cmd.Wait()
	})
	return c
}

// ask sends a line and returns what is on the screen then.
func (c *child) ask(tb testing.TB, line string) []onScreen {
	tb.Helper()
	if _, err := fmt.Fprintln(c.in, line); err != nil {
		tb.Fatalf("the window is gone: %v", err)
	}
	if !c.out.Scan() {
		tb.Fatalf("the window gave no answer: %v", c.out.Err())
	}
	var list []onScreen
	if err := json.Unmarshal(c.out.Bytes(), &list); err != nil {
		tb.Fatal(err)
	}
	return list
}

// reads tells whether a line begins with a text.
func reads(list []onScreen, text string) bool {
	return slices.ContainsFunc(list, func(o onScreen) bool { return strings.HasPrefix(o.Text, text) })
}

func TestWindow(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	s := openScreen(t, ctx, "1280", "800")
	w := openWindow(t, ctx, "kiosk", s.name)

	// Each scene has its ground colour on most of the screen, and looks like no other.
	paper, accept, refuse := color.RGBA{0xF7, 0xF8, 0xFA, 255}, color.RGBA{0x0B, 0x6E, 0x99, 255}, color.RGBA{0xB2, 0x3A, 0x00, 255}
	var before *image.RGBA
	seen := map[string]*image.RGBA{}
	for _, scene := range []struct {
		name   string
		ground color.RGBA
	}{
		{"activation", paper},
		{"ready", paper},
		{"accepted", accept},
		{"refused", refuse},
		{"capture", paper},
		{"fault", paper},
		{"locked", paper},
		{"revoked", paper},
		{"ready", paper},
	} {
		w.ask(t, scene.name)
		img := s.until(t, ctx, scene.name, func(img *image.RGBA) bool {
			return share(img, scene.ground) > 0.4 && (before == nil || !bytes.Equal(img.Pix, before.Pix))
		})
		before = img
		for other, picture := range seen {
			if other != scene.name && bytes.Equal(picture.Pix, img.Pix) {
				t.Errorf("%s looks the same as %s", scene.name, other)
			}
		}
		seen[scene.name] = img
		keep(t, scene.name, img)
	}

	// A touch on the switch changes what the kiosk says, and what is seen.
	list := w.ask(t, "")
	if !reads(list, "Hold your") {
		t.Fatalf("the ready screen does not speak the site's language: %v", list)
	}
	i := slices.IndexFunc(list, func(o onScreen) bool { return o.Touch == "language de" })
	if i < 0 {
		t.Fatalf("there is no switch to German: %v", list)
	}
	s.click(t, list[i].X+list[i].W/2, list[i].Y+list[i].H/2)
	img := s.until(t, ctx, "German", func(img *image.RGBA) bool {
		return !bytes.Equal(img.Pix, before.Pix) && reads(w.ask(t, ""), "Halten Sie")
	})
	keep(t, "ready-german", img)
	if !s.pointerHidden(t) {
		t.Error("the pointer is seen")
	}

	// It ends cleanly when it is told to.
	if _, err := fmt.Fprintln(w.in, "quit"); err != nil {
		t.Fatal(err)
	}
	if err := w.cmd.Wait(); err != nil {
		t.Errorf("the window did not close cleanly: %v", err)
	}
}

// TestWindowInterrupted presses Ctrl-C.
func TestWindowInterrupted(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	s := openScreen(t, ctx, "800", "480")
	w := openWindow(t, ctx, "kiosk", s.name)
	w.ask(t, "ready")
	if err := w.cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if err := w.cmd.Wait(); err != nil {
		t.Errorf("the window did not close cleanly: %v", err)
	}
}

// TestWindowNeedsDisplay wants words, not the end of the process.
func TestWindowNeedsDisplay(t *testing.T) {
	for _, display := range []string{"", ":4242"} {
		t.Setenv("DISPLAY", display)
		if err := runWindow(t.Context(), windowOptions{}, func(*ui.Kiosk) {}); err == nil {
			t.Errorf("a window opened on display %q", display)
		}
	}
}
