//go:build cgo

package reader

import (
	"context"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"muster/nfc"
	"muster/nfc/pn532sim"
)

// BenchmarkTap measures the time from a card being put on the simulated reader to
// its tap in the parent process, beside a bare loop of libnfc's select in this
// process: the difference is what the child process, its pipe and debouncing cost.
// Cards come at random moments, so half the loop's period is part of either.
func BenchmarkTap(b *testing.B) {
	const taps = 200
	b.ReportAllocs()
	var bare, supervised []time.Duration
	for b.Loop() {
		bare = append(bare, measure(b, taps, bareLoop)...)
		supervised = append(supervised, measure(b, taps, wholeReader)...)
	}
	slices.Sort(bare)
	slices.Sort(supervised)
	at := func(d []time.Duration, p float64) float64 {
		return float64(d[int(p*float64(len(d)-1))].Microseconds()) / 1000
	}
	b.ReportMetric(at(bare, 0.5), "bare-p50-ms")
	b.ReportMetric(at(bare, 0.99), "bare-p99-ms")
	b.ReportMetric(at(supervised, 0.5), "tap-p50-ms")
	b.ReportMetric(at(supervised, 0.99), "tap-p99-ms")
	b.ReportMetric(at(supervised, 0.5)/at(bare, 0.5), "p50-ratio")
	b.ReportMetric(at(supervised, 0.99)/at(bare, 0.99), "p99-ratio")
}

// measure puts cards down one after the other and takes the time until each comes
// out of the channel that source gives.
func measure(b *testing.B, taps int, source func(ctx context.Context, b *testing.B, connstring string) (uids <-chan []byte, wait func())) []time.Duration {
	b.Helper()
	sim, err := pn532sim.Open(filepath.Join(b.TempDir(), "reader"))
	if err != nil {
		b.Fatal(err)
	}
	defer sim.Close()
	ctx, cancel := context.WithCancel(b.Context())
	out, wait := source(ctx, b, sim.Connstring())
	defer wait()
	defer cancel()
	var took []time.Duration
	for i := range taps {
		card, err := pn532sim.NTAG([]byte{0x04, 1, 2, 3, byte(i >> 8), byte(i), 0x80})
		if err != nil {
			b.Fatal(err)
		}
		sleep(ctx, time.Duration(20+rand.IntN(60))*time.Millisecond)
		begin := time.Now()
		sim.Put(card)
		uid := <-out
		took = append(took, time.Since(begin))
		if string(uid) != string(card.UID()) {
			b.Fatalf("tapped % x, want % x", uid, card.UID())
		}
		sim.Take(card)
	}
	return took
}

// bareLoop selects in this process, every period, and nothing else.
func bareLoop(ctx context.Context, b *testing.B, connstring string) (uids <-chan []byte, wait func()) {
	b.Helper()
	dev, err := openReader(connstring)
	if err != nil {
		b.Fatal(err)
	}
	out := make(chan []byte)
	var work sync.WaitGroup
	work.Go(func() {
		defer dev.close()
		tick := time.NewTicker(period)
		defer tick.Stop()
		var last nfc.Target
		for ctx.Err() == nil {
			if t, found, err := dev.selectTarget(); err == nil && found && string(t.UID) != string(last.UID) {
				last = t
				out <- t.UID
			}
			<-tick.C
		}
	})
	return out, work.Wait
}

// wholeReader is the real thing.
func wholeReader(ctx context.Context, b *testing.B, connstring string) (uids <-chan []byte, wait func()) {
	b.Helper()
	r := New(Config{
		Connstring: connstring, Command: []string{os.Args[0], "reader-child"},
		Debounce: func() time.Duration { return time.Hour },
	})
	var work sync.WaitGroup
	work.Go(func() { _ = r.Run(ctx) })
	for s := range r.States() {
		if s.Reader == "ready" {
			break
		}
	}
	out := make(chan []byte)
	work.Go(func() {
		for {
			select {
			case t := <-r.Taps():
				out <- t.UID
			case <-ctx.Done():
				return
			}
		}
	})
	return out, work.Wait
}
