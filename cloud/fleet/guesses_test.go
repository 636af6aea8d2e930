package fleet

import (
	"strings"
	"testing"
	"time"

	"muster/cloud/ratelimit"
)

// A wrong code counts against who tried it and against all together; a right one
// against nobody.
func TestGuesses(t *testing.T) {
	t.Parallel()
	now := time.Unix(0, 0)
	clock := func() time.Time { return now }
	g := guesses{ratelimit.New(clock, 2, time.Minute), ratelimit.New(clock, 5, time.Minute)}
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
