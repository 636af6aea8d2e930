package pn532sim_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"

	"muster/nfc/pn532sim"
)

// An unplugged reader hangs up whoever has it open, and takes its link away; the
// same link leads to the new terminal after it is plugged in again.
func TestUnplugHangsUp(t *testing.T) {
	t.Parallel()
	link := filepath.Join(t.TempDir(), "reader")
	r, err := pn532sim.Open(link)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	host, err := os.OpenFile(link, os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = host.Close() }()
	read := make(chan error, 1)
	go func() {
		_, err := host.Read(make([]byte, 1))
		read <- err
	}()
	r.Unplug()
	if err := <-read; err == nil {
		t.Error("a read goes on after the reader was unplugged")
	}
	if _, err := os.Lstat(link); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the link is still there: %v", err)
	}
	r.Unplug() // twice is once
	if err := r.Plug(); err != nil {
		t.Fatal(err)
	}
	if err := r.Plug(); err != nil { // twice is once
		t.Fatal(err)
	}
	target, err := os.Readlink(link)
	if err != nil || target != r.Path() {
		t.Errorf("the link leads to %q (%v), want %q", target, err, r.Path())
	}
}

func TestLinkDoesNotReplaceAFile(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "precious")
	if err := os.WriteFile(path, []byte("keep"), 0o600); err != nil {
		t.Fatal(err)
	}
	if r, err := pn532sim.Open(path); err == nil {
		r.Close()
		t.Error("a file gave way to a link")
	}
	if b, err := os.ReadFile(path); err != nil || string(b) != "keep" {
		t.Errorf("the file holds %q, %v", b, err)
	}
}

func TestClosedReaderStaysClosed(t *testing.T) {
	t.Parallel()
	r, err := pn532sim.Open("")
	if err != nil {
		t.Fatal(err)
	}
	r.Close()
	r.Close()
	if err := r.Plug(); !errors.Is(err, pn532sim.ErrClosed) {
		t.Errorf("Plug after Close = %v", err)
	}
}

// A host that never reads must not stop who works at the reader.
func TestHostThatDoesNotRead(t *testing.T) {
	t.Parallel()
	r, err := pn532sim.Open("")
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	host, err := os.OpenFile(r.Path(), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = host.Close() }()
	ask := []byte{0x00, 0x00, 0xFF, 0x02, 0xFE, 0xD4, 0x02, 0x2A, 0x00}
	const asked = 5000 // answers that no terminal has room for
	for range asked {
		if _, err := host.Write(ask); err != nil {
			t.Fatal(err)
		}
	}
	card, err := pn532sim.NTAG([]byte{4, 1, 2, 3, 4, 5, 6})
	if err != nil {
		t.Fatal(err)
	}
	r.Put(card)
	if s, _ := r.State(); len(s.Cards) != 1 {
		t.Errorf("%d cards on the reader, want 1", len(s.Cards))
	}
}
