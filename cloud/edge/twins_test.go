package edge

import (
	"testing"
	"time"
)

func TestTwinsAreNoticed(t *testing.T) {
	t.Parallel()
	const dev = "d"
	type step struct {
		host  string
		after time.Duration
		open  bool // the connection from the other address
	}
	for what, c := range map[string]struct {
		steps []step
		want  int // the step at which the alarm is raised; -1: never
	}{
		"two devices throw each other off":        {[]step{{"a", 0, true}, {"b", 1, true}, {"a", 1, true}, {"b", 1, true}}, 3},
		"one comes back again and again":          {[]step{{"a", 0, true}, {"a", 1, true}, {"a", 1, true}, {"a", 1, true}, {"a", 1, true}}, -1},
		"it changes its network and back":         {[]step{{"a", 0, true}, {"b", 60, true}, {"a", 60, true}}, -1},
		"it changes to and fro, leaving no trace": {[]step{{"a", 0, false}, {"b", 1, false}, {"a", 1, false}, {"b", 1, false}, {"a", 1, false}}, -1},
		"seldom": {[]step{{"a", 0, true}, {"b", 540, true}, {"a", 540, true}, {"b", 540, true}, {"a", 540, true}}, -1},
		"told once for each such time": {[]step{
			{"a", 0, true}, {"b", 1, true}, {"a", 1, true}, {"b", 1, true}, {"a", 1, true}, {"b", 1, true},
		}, 3},
	} {
		var seen takeovers
		now := time.Unix(1_800_000_000, 0)
		told := -1
		for i, s := range c.steps {
			now = now.Add(s.after * time.Second)
			if _, twins := seen.note(dev, s.host, now, func(string) bool { return s.open }); twins {
				if told >= 0 {
					t.Errorf("%s: told at %d and again at %d", what, told, i)
				}
				told = i
			}
		}
		if told != c.want {
			t.Errorf("%s: told at step %d, want %d", what, told, c.want)
		}
	}
}
