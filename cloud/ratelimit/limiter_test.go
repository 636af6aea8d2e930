package ratelimit

import (
	"fmt"
	"testing"
	"time"
)

func TestEventsComeBackWithTime(t *testing.T) {
	t.Parallel()
	now := time.Unix(0, 0)
	l := New(func() time.Time { return now }, 3, time.Minute)
	for range 3 {
		if !l.Allow("a") {
			t.Fatal("refused within the burst")
		}
	}
	if l.Allow("a") {
		t.Error("a fourth event at once")
	}
	if wait := l.Wait("a"); wait != time.Minute {
		t.Errorf("the next event is said to be %v away", wait)
	}
	if !l.Allow("b") {
		t.Error("another key is refused as well")
	}
	now = now.Add(time.Minute)
	if !l.Allow("a") || l.Allow("a") {
		t.Error("a minute gives one more event, not none and not two")
	}
}

// An event that was given back counts as if it had never been, also when others came
// in between, and never twice.
func TestGiveBack(t *testing.T) {
	t.Parallel()
	now := time.Unix(0, 0)
	l := New(func() time.Time { return now }, 3, time.Minute)
	left := func() (n int) {
		for l.Allow("a") {
			n++
		}
		return n
	}
	giveBack, ok := l.Take("a")
	if !ok {
		t.Fatal("refused within the burst")
	}
	giveBack()
	if n := left(); n != 3 {
		t.Errorf("%d events are left of 3", n)
	}
	if _, ok := l.Take("a"); ok {
		t.Error("what was given back counts twice")
	}
	now = now.Add(time.Hour)
	giveBack, _ = l.Take("a")
	if !l.Allow("a") {
		t.Fatal("refused within the burst")
	}
	now = now.Add(time.Second)
	giveBack()
	if n := left(); n != 2 {
		t.Errorf("%d events are left of 2", n)
	}
}

// However many strangers come, memory is bounded, and who has used up his events
// is not forgotten while there is room.
func TestForgetsWhoIsHarmless(t *testing.T) {
	t.Parallel()
	now := time.Unix(0, 0)
	l := New(func() time.Time { return now }, 2, time.Hour)
	guessers := make([]string, 20) // several: which key is looked at first is chance
	for i := range guessers {
		guessers[i] = fmt.Sprint("guesser", i)
		for l.Allow(guessers[i]) {
		}
	}
	for i := range maxKeys - 30 {
		l.Allow(fmt.Sprint(i))
	}
	now = now.Add(time.Hour) // the strangers have their event back, the guessers not yet
	for i := range 20 {
		l.Allow(fmt.Sprint("new", i))
	}
	if len(l.keys) > 100 {
		t.Errorf("%d keys are remembered", len(l.keys))
	}
	for _, g := range guessers {
		if !l.Allow(g) || l.Allow(g) {
			t.Errorf("%s was forgotten", g)
		}
	}
	for i := range maxKeys { // each of them has an event left
		l.Allow(fmt.Sprint("more", i))
	}
	for _, g := range guessers {
		if l.Allow(g) {
			t.Errorf("%s was forgotten before those who have an event left", g)
		}
	}
	for i := range 3 * maxKeys {
		for l.Allow(fmt.Sprint("busy", i)) {
		}
		if len(l.keys) > maxKeys {
			t.Fatalf("%d keys are remembered", len(l.keys))
		}
	}
}

// A program goes on at its pace once it has used up what it may save up.
func TestPerSecond(t *testing.T) {
	t.Parallel()
	for n, pace := range map[int]time.Duration{0: 20 * time.Millisecond, -1: 20 * time.Millisecond, 2: 500 * time.Millisecond} {
		now := time.Unix(0, 0)
		l := PerSecond(func() time.Time { return now }, n)
		saved := 0
		for l.Allow("program") {
			saved++
		}
		if want := int(12 * time.Second / pace); saved != want {
			t.Errorf("%d a second: %d at once, not %d", n, saved, want)
		}
		now = now.Add(pace)
		if wait := l.Wait("program"); wait != 0 {
			t.Errorf("%d a second: after %v still %v", n, pace, wait)
		}
		if wait := l.Wait("program"); wait <= 0 || wait > pace {
			t.Errorf("%d a second: then %v", n, wait)
		}
	}
}
