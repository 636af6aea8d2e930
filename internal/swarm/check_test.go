package swarm

import (
	"testing"
	"time"

	"github.com/google/uuid"
)

// What the ledger finds: each kind of broken promise, and none where there is none.
func TestCompare(t *testing.T) {
	t.Parallel()
	began := time.Now()
	a, b, c := uuid.New(), uuid.New(), uuid.New()
	stored := func(id uuid.UUID, card string, at time.Duration) punch {
		return punch{ID: id.String(), Device: "d", DeviceName: "gate", Card: card, DeviceTime: began.Add(at), Received: began.Add(at + time.Second)}
	}
	first, second := stored(a, "1", 0), stored(b, "2", time.Second)
	for name, test := range map[string]struct {
		punches                     []punch
		taps                        int64
		lost, doubled, without, all int
	}{
		"as it should be":          {[]punch{first, second}, 2, 0, 0, 0, 2},
		"a tick is missing":        {[]punch{first}, 2, 1, 0, 0, 1},
		"an id twice":              {[]punch{first, second, first}, 3, 0, 1, 0, 3},
		"a tap twice":              {[]punch{first, second, stored(c, "1", 0)}, 3, 0, 1, 0, 3},
		"more than anybody tapped": {[]punch{first, second, stored(c, "3", 0)}, 2, 0, 1, 0, 3},
		"a tick cut off":           {[]punch{first, second, stored(c, "3", 0)}, 3, 0, 0, 1, 3},
		"somebody else's":          {[]punch{first, second, {ID: c.String(), DeviceName: "other"}}, 2, 0, 0, 0, 2},
	} {
		l := newLedger()
		l.shown(a.String(), tick{shown: began, live: true})
		l.shown(b.String(), tick{shown: began})
		l.seen(a, began.Add(time.Millisecond), func(*tick) bool { return true })
		v := l.compare(test.punches, map[string]int64{"gate": test.taps})
		if len(v.lost) != test.lost || v.doubled != test.doubled || v.without != test.without || v.stored != test.all {
			t.Errorf("%s: %+v", name, v)
		}
		if len(v.live) != 1 || v.live[0] != time.Millisecond || test.lost == 0 && len(v.late) != 1 {
			t.Errorf("%s: delays %v and %v", name, v.live, v.late)
		}
	}
	l := newLedger()
	l.shown(a.String(), tick{})
	l.shown(a.String(), tick{})
	if v := l.compare([]punch{first}, map[string]int64{"gate": 1}); v.doubled != 1 {
		t.Error("a tick shown for two taps is not noticed")
	}
}
