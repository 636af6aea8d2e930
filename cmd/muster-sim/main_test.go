package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"muster/device"
	"muster/nfc/pn532sim"
	"muster/nfc/reader"
)

const (
	childArg = "reader-child"
	simArg   = "muster-sim"
)

// The test binary is its own reader process, as the tablet's binary is, and
// muster-sim itself.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == simArg {
		os.Args = append(os.Args[:1], os.Args[2:]...)
		main()
		os.Exit(0)
	}
	if len(os.Args) == 3 && os.Args[1] == childArg {
		if err := reader.Child(context.Background(), os.Args[2], os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	// A race-detecting process waits a second before it ends; ours end often.
	if err := os.Setenv("GORACE", "atexit_sleep_ms=0"); err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}

// generous is how long anything may take before a test gives up.
const generous = 5 * time.Minute

// bench is a desk with its HTTP interface and, if asked for, a program that reads.
type bench struct {
	t    *testing.T
	desk *desk
	sim  *pn532sim.Reader
	at   string
	rd   *reader.Reader
}

func newBench(t *testing.T) *bench {
	t.Helper()
	sim, err := pn532sim.Open(filepath.Join(t.TempDir(), "reader"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(sim.Close)
	cards, err := loadDeck("")
	if err != nil {
		t.Fatal(err)
	}
	k := newDesk(sim, cards)
	server := httptest.NewServer(newHandler(k))
	t.Cleanup(func() {
		k.end()
		server.Close()
		k.work.Wait()
	})
	return &bench{t: t, desk: k, sim: sim, at: server.URL}
}

// read starts a program that looks for cards and waits until it is ready.
func (b *bench) read() {
	b.t.Helper()
	b.rd = reader.New(reader.Config{
		Connstring: b.sim.Connstring(), Command: []string{os.Args[0], childArg},
		Debounce: func() time.Duration { return time.Hour }, // each card once
	})
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = b.rd.Run(ctx)
	}()
	b.t.Cleanup(func() {
		cancel()
		<-done
	})
	timeout := time.After(generous)
	for {
		select {
		case s := <-b.rd.States():
			if s.Reader == device.ReaderReady {
				return
			}
		case <-timeout:
			b.t.Fatal("the reader never became ready")
		}
	}
}

// until waits until the desk is as wanted.
func (b *bench) until(what string, want func(view) bool) {
	b.t.Helper()
	timeout := time.After(generous)
	for {
		v, changed := b.desk.view()
		if want(v) {
			return
		}
		select {
		case <-changed:
		case <-timeout:
			s, _ := json.Marshal(v)
			b.t.Fatalf("never: %s; the desk is %s", what, s)
		}
	}
}
