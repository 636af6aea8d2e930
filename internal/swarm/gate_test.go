package swarm

import (
	"context"
	"errors"
	"io"
	"net"
	"syscall"
	"testing"
	"time"
)

// echo answers with what it hears.
func echo(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() { _, _ = io.Copy(c, c); _ = c.Close() }()
		}
	}()
	return l.Addr().String()
}

func said(c net.Conn, text string) error {
	_ = c.SetDeadline(time.Now().Add(300 * time.Millisecond))
	if _, err := io.WriteString(c, text); err != nil {
		return err
	}
	_, err := io.ReadFull(c, make([]byte, len(text)))
	return err
}

// A pulled cable ends connections as a reset does, and lets none through until it
// is whole again.
func TestPulledCable(t *testing.T) {
	t.Parallel()
	address := echo(t)
	var g gate
	c, err := g.dial(t.Context(), "tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	if err := said(c, "hello"); err != nil {
		t.Fatal(err)
	}
	g.cut(pulled)
	if err := said(c, "hello"); !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("over a pulled cable: %v", err)
	}
	if _, err := g.dial(t.Context(), "tcp", address); !errors.Is(err, errCut) {
		t.Errorf("dialled over a pulled cable: %v", err)
	}
	g.join()
	if c, err = g.dial(t.Context(), "tcp", address); err != nil || said(c, "again") != nil {
		t.Errorf("over the whole cable: %v", err)
	}
	if n := g.attempts(); n != 2 {
		t.Errorf("%d attempts counted, want 2", n)
	}
}

// A silent cable takes what is written and gives nothing back, for ever; who dials
// waits for as long as he likes.
func TestSilentCable(t *testing.T) {
	t.Parallel()
	address := echo(t)
	var g gate
	c, err := g.dial(t.Context(), "tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	g.cut(silent)
	var timeout net.Error
	if err := said(c, "hello"); !errors.As(err, &timeout) || !timeout.Timeout() {
		t.Errorf("over a silent cable: %v", err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	if _, err := g.dial(ctx, "tcp", address); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("dialled over a silent cable: %v", err)
	}
	dialled := make(chan error)
	go func() {
		_, err := g.dial(t.Context(), "tcp", address)
		dialled <- err
	}()
	g.join()
	if err := <-dialled; err != nil {
		t.Errorf("who waited for the cable: %v", err)
	}
	if err := said(c, "hello"); err == nil {
		t.Error("a connection came back from the dead")
	}
}
