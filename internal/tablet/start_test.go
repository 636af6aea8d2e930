package tablet

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"muster/attendance"
	"muster/device"
	"muster/ui/scene"
)

// hand is a reader on which a test puts cards.
type hand struct{ taps chan attendance.Tap }

func (hand) Run(ctx context.Context) error {
	<-ctx.Done()
	return ctx.Err()
}
func (h hand) Taps() <-chan attendance.Tap      { return h.taps }
func (hand) States() <-chan device.ReaderReport { return nil }

// film is a kiosk of which a test sees each scene.
type film chan scene.Scene

func (f film) Show(s scene.Scene)   { f <- s }
func (film) SetStatus(scene.Status) {}
func (f film) until(t *testing.T, want func(scene.Scene) bool) {
	t.Helper()
	patience := time.After(5 * time.Minute)
	for {
		select {
		case s := <-f:
			if want(s) {
				return
			}
		case <-patience:
			t.Fatal("never shown")
		}
	}
}

// Whoever taps before the tablet is anybody's is told so, each time, and sees the
// way to activate it again; nothing of the card is kept or logged.
func TestTapBeforeActivation(t *testing.T) {
	t.Parallel()
	h, f, log := hand{make(chan attendance.Tap)}, make(film, 100), &bytes.Buffer{}
	dir := t.TempDir()
	tab, err := Open(Config{
		Data: dir, Cloud: "https://cloud.example", Reader: h, Kiosk: f, Intents: &Intents{}, Logger: slog.New(slog.NewJSONHandler(log, nil)),
		Dial: func(context.Context, string, string) (net.Conn, error) { return nil, errors.New("no network") },
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	done := make(chan error, 1)
	go func() { done <- tab.Run(ctx) }()

	activation := func(s scene.Scene) bool { _, ok := s.(scene.Activation); return ok }
	told := func(s scene.Scene) bool {
		r, ok := s.(scene.Result)
		return ok && !r.Receipt.Accepted && r.Receipt.Reason == attendance.NotReady && r.Receipt.CardID == ""
	}
	card := []byte("\xde\xad\xbe\xef\x12\x34\x56")
	f.until(t, activation)
	for range 2 {
		h.taps <- attendance.Tap{UID: card, Technology: "made up", At: time.Now()}
		f.until(t, told)
	}
	f.until(t, activation)
	cancel()
	<-done
	if err := tab.Close(); err != nil {
		t.Fatal(err)
	}
	files := 0
	err = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		if files++; bytes.Contains(b, card) || bytes.Contains(bytes.ToLower(b), []byte("deadbeef")) || bytes.Contains(b, []byte("made up")) {
			t.Errorf("%s knows of the card", path)
		}
		return err
	})
	if err != nil || files == 0 {
		t.Errorf("looked at %d files: %v", files, err)
	}
	if b := bytes.ToLower(log.Bytes()); bytes.Contains(b, []byte("deadbeef")) || bytes.Contains(b, []byte("3q2+7x")) || bytes.Contains(b, []byte("made up")) {
		t.Errorf("the log knows of the card: %s", log)
	}
}
