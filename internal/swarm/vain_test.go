package swarm

import "testing"

// Whoever tries another address only once the mute one is given up has waited; whoever tries both at once
// has not, whichever ends when.
func TestWaitedInVain(t *testing.T) {
	t.Parallel()
	for what, c := range map[string]struct {
		events string // of the mute address and of two others: a small letter begins, a large one ends
		waited bool
	}{
		"one after the other":                  {"mMa", true},
		"both at once":                         {"maMA", false},
		"both at once, and another after that": {"maMAb", false},
		"the other was first":                  {"amMb", false},
		"it was tried last":                    {"aAmM", false},
		"others, and then it for a long time":  {"aAmMb", true},
		"the second time":                      {"maMAmMb", true},
		"others alone":                         {"aAbB", false},
	} {
		var v vain
		v.of("m")
		over := map[rune]func(){}
		for _, e := range c.events {
			if e >= 'a' {
				over[e] = v.begins(string(e))
			} else {
				over[e-'A'+'a']()
			}
		}
		if v.was() != c.waited {
			t.Errorf("%s: waited in vain: %v", what, v.was())
		}
		if v.of("m"); v.was() {
			t.Errorf("%s: and the next time as well", what)
		}
	}
}
