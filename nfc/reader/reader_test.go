package reader_test

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"muster/attendance"
	"muster/device"
	"muster/nfc/pn532sim"
	"muster/nfc/reader"
)

const (
	childArg  = "reader-child"
	parentArg = "reader-parent"
)

// The test binary is its own reader process, as the tablet's binary is.
func TestMain(m *testing.M) {
	// A race-detecting process waits a second before it ends; ours end often.
	if err := os.Setenv("GORACE", "atexit_sleep_ms=0"); err != nil {
		panic(err)
	}
	if len(os.Args) == 3 && os.Args[1] == childArg {
		if err := reader.Child(context.Background(), os.Args[2], os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	if len(os.Args) == 3 && os.Args[1] == parentArg {
		parent(os.Args[2])
	}
	os.Exit(m.Run())
}

// parent is a process that does nothing but supervise a reader, to be killed.
func parent(connstring string) {
	rd := reader.New(reader.Config{Connstring: connstring, Command: []string{os.Args[0], childArg}})
	go func() {
		for s := range rd.States() {
			if s.Reader == device.ReaderReady {
				fmt.Println("ready")
			}
		}
	}()
	_ = rd.Run(context.Background())
}

// bench is a running Reader over a simulated PN532.
type bench struct {
	t   testing.TB
	sim *pn532sim.Reader
	rd  *reader.Reader
}

// generous is how long anything may take before a test gives up.
const generous = 5 * time.Minute

func start(t testing.TB, change ...func(*reader.Config)) *bench {
	t.Helper()
	sim, err := pn532sim.Open(filepath.Join(t.TempDir(), "reader"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(sim.Close)
	cfg := reader.Config{
		Connstring: sim.Connstring(),
		Command:    []string{os.Args[0], childArg},
		Debounce:   func() time.Duration { return time.Hour }, // each card once
	}
	for _, f := range change {
		f(&cfg)
	}
	return &bench{t, sim, run(t, cfg)}
}

func run(t testing.TB, cfg reader.Config) *reader.Reader {
	t.Helper()
	rd := reader.New(cfg)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- rd.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; !errors.Is(err, context.Canceled) {
			t.Errorf("Run = %v, want the context's error", err)
		}
	})
	return rd
}

// until waits for a state and returns its detail.
func (b *bench) until(want device.ReaderState) string {
	b.t.Helper()
	timeout := time.After(generous)
	var last reader.State
	for {
		select {
		case last = <-b.rd.States():
			if last.Reader == want {
				return last.Detail
			}
		case <-timeout:
			b.t.Fatalf("the reader is %+v, want %s", last, want)
		}
	}
}

// next waits for a tap.
func (b *bench) next() attendance.Tap {
	b.t.Helper()
	select {
	case tap := <-b.rd.Taps():
		return tap
	case <-time.After(generous):
		b.t.Fatal("no tap came")
		return attendance.Tap{}
	}
}

// tap puts a card down, waits for its tap and takes it off again.
func (b *bench) tap(card *pn532sim.Card) attendance.Tap {
	b.t.Helper()
	b.sim.Put(card)
	tap := b.next()
	b.sim.Take(card)
	return tap
}

func (b *bench) wantTap(card *pn532sim.Card) {
	b.t.Helper()
	if got, want := b.tap(card).UID, card.UID(); string(got) != string(want) {
		b.t.Errorf("tapped % x, want % x", got, want)
	}
}

func must(t testing.TB) func(*pn532sim.Card, error) *pn532sim.Card {
	return func(c *pn532sim.Card, err error) *pn532sim.Card {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
}

func TestTapOfEachKindOfCard(t *testing.T) {
	t.Parallel()
	b := start(t)
	b.until(device.ReaderReady)
	must := must(t)
	for _, c := range []struct {
		card *pn532sim.Card
		want string
	}{
		{must(pn532sim.Classic([]byte{0x3A, 1, 2, 3})), "MIFARE Classic 1K"},
		{must(pn532sim.Classic([]byte{4, 1, 2, 3, 4, 5, 6})), "MIFARE Classic 1K"},
		{must(pn532sim.NTAG([]byte{4, 9, 2, 3, 4, 5, 6})), "MIFARE Ultralight or NTAG"},
		{must(pn532sim.SmartCard([]byte{5, 1, 2, 3}, &pn532sim.Badge{})), "ISO 14443-4"},
		{must(pn532sim.SmartCard([]byte{4, 8, 2, 3, 4, 5, 6}, &pn532sim.Badge{})), "ISO 14443-4"},
		{must(pn532sim.SmartCard([]byte{4, 1, 2, 3, 4, 5, 6, 7, 8, 9}, &pn532sim.Badge{})), "ISO 14443-4"},
	} {
		tap := b.tap(c.card)
		if string(tap.UID) != string(c.card.UID()) || tap.Technology != c.want {
			t.Errorf("tap of % x came as % x, %q; want %q", c.card.UID(), tap.UID, tap.Technology, c.want)
		}
	}
}

// A phone shows a new number each time, and left on the reader it is one tap.
func TestPhone(t *testing.T) {
	t.Parallel()
	hold := new(atomic.Int64)
	hold.Store(int64(time.Hour))
	b := start(t, func(c *reader.Config) { c.Debounce = func() time.Duration { return time.Duration(hold.Load()) } })
	b.until(device.ReaderReady)
	phone := pn532sim.Phone(&pn532sim.Badge{})
	first := b.tap(phone)
	b.sim.Put(phone)
	b.wantTap(newCard(t)) // the phone lies beside it and taps no second time
	hold.Store(0)
	second := b.next()
	if !attendance.RandomUID(first.UID) || !attendance.RandomUID(second.UID) || string(first.UID) == string(second.UID) {
		t.Errorf("a phone tapped as % x and % x, want two random UIDs", first.UID, second.UID)
	}
}

var cards atomic.Uint32

// newCard returns a card that no other test has.
func newCard(t testing.TB) *pn532sim.Card {
	uid := binary.BigEndian.AppendUint32([]byte{0x04, 0xA0, 0x5F}, cards.Add(1)<<8|0x80)
	return must(t)(pn532sim.NTAG(uid))
}

func TestNoTapIsLost(t *testing.T) {
	t.Parallel()
	b := start(t)
	b.until(device.ReaderReady)
	for range 200 {
		b.wantTap(newCard(t))
	}
}

func TestTwoCardsAtOnceAreTwoTaps(t *testing.T) {
	t.Parallel()
	b := start(t)
	b.until(device.ReaderReady)
	one, two := newCard(t), newCard(t)
	b.sim.Put(one)
	b.sim.Put(two)
	got := []string{string(b.next().UID), string(b.next().UID)}
	slices.Sort(got)
	if want := []string{string(one.UID()), string(two.UID())}; !slices.Equal(got, want) {
		t.Errorf("tapped %x, want %x", got, want)
	}
}
