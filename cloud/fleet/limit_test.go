package fleet

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

func TestLimit(t *testing.T) {
	t.Parallel()
	now := time.Unix(0, 0)
	l := newLimit(func() time.Time { return now }, 3, time.Minute)
	for range 3 {
		if !l.allow("a") {
			t.Fatal("refused within the burst")
		}
	}
	if l.allow("a") {
		t.Error("a fourth event at once")
	}
	if !l.allow("b") {
		t.Error("another key is refused as well")
	}
	now = now.Add(time.Minute)
	if !l.allow("a") || l.allow("a") {
		t.Error("a minute gives one more event, not none and not two")
	}
	now = now.Add(time.Hour)
	giveBack, ok := l.take("a")
	giveBack()
	for range 3 {
		if !ok || !l.allow("a") {
			t.Error("what was given back is gone")
		}
	}
	if _, ok := l.take("a"); ok {
		t.Error("what was given back counts twice")
	}
}

// However many strangers come, memory is bounded, and who has used up his events
// is not forgotten while there is room.
func TestLimitForgetsWhoIsHarmless(t *testing.T) {
	t.Parallel()
	now := time.Unix(0, 0)
	l := newLimit(func() time.Time { return now }, 2, time.Hour)
	for l.allow("guesser") {
	}
	for i := range maxKeys - 10 {
		l.allow(fmt.Sprint(i))
	}
	now = now.Add(time.Hour) // the strangers have their event back, the guesser not yet
	for i := range 20 {
		l.allow(fmt.Sprint("new", i))
	}
	if len(l.keys) > 100 {
		t.Errorf("%d keys are remembered", len(l.keys))
	}
	if !l.allow("guesser") || l.allow("guesser") {
		t.Error("the guesser was forgotten")
	}
	for i := range 2 * maxKeys {
		l.allow(fmt.Sprint("more", i))
	}
	if len(l.keys) > maxKeys {
		t.Errorf("%d keys are remembered", len(l.keys))
	}
}

// A wrong code counts against who tried it and against all together; a right one
// against nobody.
func TestGuesses(t *testing.T) {
	t.Parallel()
	now := time.Unix(0, 0)
	clock := func() time.Time { return now }
	g := guesses{newLimit(clock, 2, time.Minute), newLimit(clock, 5, time.Minute)}
	for range 10 {
		right, ok := g.try("honest")
		if !ok {
			t.Fatal("right codes are counted")
		}
		right()
	}
	wrong := func(who string) bool { _, ok := g.try(who); return ok }
	for i, who := range []string{"a", "a", "b", "b", "c"} {
		if !wrong(who) {
			t.Errorf("guess %d, by %s, is refused", i, who)
		}
		if i == 1 && wrong(who) {
			t.Error("a has more than two guesses")
		}
	}
	if wrong("d") {
		t.Error("all together have more than five guesses")
	}
	now = now.Add(time.Minute)
	if !wrong("d") {
		t.Error("it is not for ever")
	}
}

func TestNeighbourhood(t *testing.T) {
	t.Parallel()
	for remote, want := range map[string]string{
		"192.0.2.7:1234": "192.0.2.7", "[::ffff:192.0.2.7]:1": "192.0.2.7",
		"[2001:db8:1:2:3:4:5:6]:1": "2001:db8:1:2::/64", "[2001:db8:1:2:ffff::1]:9": "2001:db8:1:2::/64",
		"[fe80::1%eth0]:5": "fe80::/64", "pipe": "pipe",
	} {
		if got := neighbourhood(remote); got != want {
			t.Errorf("%s is %s, want %s", remote, got, want)
		}
	}
}

func TestCodes(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for range 1000 {
		c := newCode()
		if got, ok := parseCode(strings.ToLower(showCode(c))); !ok || got != c {
			t.Fatalf("%s is shown as %s and read as %s", c, showCode(c), got)
		}
		seen[c] = true
	}
	if len(seen) < 999 {
		t.Errorf("%d different codes in 1000", len(seen))
	}
	if strings.ContainsAny(letters, "AEIOUY0123456789") || len(letters) != 20 {
		t.Errorf("letters %s", letters)
	}
}

func FuzzParseCode(f *testing.F) {
	f.Add("BCDF-GHJK")
	f.Add("bcdf\u2011ghjk")
	f.Add("ſſſſſſſſ") // upper case S
	f.Fuzz(func(t *testing.T, typed string) {
		code, ok := parseCode(typed)
		if !ok {
			if code != "" && len(code) == codeLength && strings.Trim(code, letters) == "" {
				t.Errorf("%q is refused", typed)
			}
			return
		}
		if len(code) != codeLength || strings.Trim(code, letters) != "" {
			t.Errorf("%q is read as %q", typed, code)
		}
	})
}

func FuzzPrintable(f *testing.F) {
	f.Add("Raspberry Pi 5 · serial 1000\x00\u202e")
	f.Fuzz(func(t *testing.T, s string) {
		got := printable(s)
		if len([]rune(got)) > 100 || strings.ContainsFunc(got, func(r rune) bool { return r < ' ' || r == '\u202e' || r == 0xfffd }) {
			t.Errorf("%q is shown as %q", s, got)
		}
	})
}
