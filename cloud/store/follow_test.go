package store

import (
	"testing"
	"time"

	"github.com/google/uuid"

	"muster/attendance"
	"muster/device"
)

// at is a row of a journal, n seconds after the boot: the hash says which, and the one
// before is known by it.
func at(seq uint64, n int64) place {
	const begin = 1_790_000_000_000_000
	p := place{seq: seq, hash: device.Hash{byte(seq)}, tick: tick{"boot", n * 1_000_000, attendance.TrustEstimated, begin + n*1_000_000}}
	if seq > 1 {
		p.prev = device.Hash{byte(seq - 1)}
	}
	return p
}

// comes is a row that a delivery brings.
func comes(seq uint64, n int64) place {
	p := at(seq, n)
	p.row = &device.Row{Seq: seq}
	return p
}

// with changes a place.
func (p place) with(change func(*place)) place {
	change(&p)
	return p
}

// toldAt says what is told of a place: so many seconds beside what its clock has; before
// says that it is told of one before it.
func (p place) toldAt(seconds int64, before bool) place {
	if p.told = p.tick.at + seconds*1_000_000; before {
		p.told = -p.told
	}
	return p
}

// What is in keeping with the rows beside it goes together with others, and what isn't
// is looked at row by row.
func TestWhatIsOrdinary(t *testing.T) {
	t.Parallel()
	unsure := func(p *place) { p.tick.trust = attendance.TrustNone }
	for name, c := range map[string]struct {
		j    journal
		want bool
	}{
		"the first of all":                   {journal{places: []place{comes(1, 0)}}, true},
		"the first of all, behind another":   {journal{places: []place{comes(1, 0).with(func(p *place) { p.prev = device.Hash{9} })}}, false},
		"alone, and never compared":          {journal{places: []place{comes(1, 0).with(unsure)}}, false},
		"the next":                           {journal{through: 1, places: []place{at(1, 0), comes(2, 1)}}, true},
		"the next, behind another":           {journal{through: 1, places: []place{at(1, 0), comes(2, 1).with(func(p *place) { p.prev = device.Hash{9} })}}, false},
		"between":                            {journal{through: 1, places: []place{at(1, 0), comes(2, 1), at(3, 2).toldAt(0, false)}}, true},
		"between, before another":            {journal{through: 1, places: []place{at(1, 0), comes(2, 1), at(3, 2).toldAt(0, false).with(func(p *place) { p.prev = device.Hash{9} })}}, false},
		"between, nothing is told behind":    {journal{through: 1, places: []place{at(1, 0), comes(2, 1), at(3, 2)}}, false},
		"before another boot, nothing told":  {journal{through: 1, places: []place{at(1, 0), comes(2, 1), at(3, 2).with(func(p *place) { p.tick.boot = "next" })}}, true},
		"behind a gap":                       {journal{through: 1, places: []place{at(1, 0), comes(5, 1)}}, true},
		"behind a gap, something lies aside": {journal{through: 1, aside: true, places: []place{at(1, 0), comes(5, 1)}}, false},
		"the next, something lies aside":     {journal{through: 1, aside: true, places: []place{at(1, 0), comes(2, 1)}}, true},
		"behind what is told, but not here":  {journal{through: 4, places: []place{at(1, 0), comes(5, 1)}}, false},
		"where all is told, but not here":    {journal{through: 7, places: []place{at(1, 0), comes(5, 1)}}, false},
		"nothing is here of what is told":    {journal{through: 4, places: []place{comes(5, 1)}}, false},
		"what is here isn't asked":           {journal{through: 4, places: []place{at(3, 0), at(4, 1).with(unsure)}}, true},
		"the clocks run backwards":           {journal{through: 1, places: []place{at(1, 2), comes(2, 1)}}, false},
		"only the clock that nobody can set does": {journal{through: 1, places: []place{at(1, 2), comes(2, 1).with(func(p *place) {
			p.tick.at += 2_000_000
		})}}, false},
		"what was before is told to be later": {journal{through: 1, places: []place{at(1, 0).toldAt(3, false), comes(2, 1)}}, false},
		"another before that is":              {journal{through: 1, places: []place{at(1, 0).toldAt(3, true), comes(2, 1)}}, false},
		"another before that is told earlier": {journal{through: 1, places: []place{at(1, 0).toldAt(-3, true), comes(2, 1)}}, true},
		"what comes after is told earlier":    {journal{through: 1, places: []place{at(1, 0), comes(2, 1), at(3, 2).toldAt(-2, false)}}, false},
		"what comes after is told later":      {journal{through: 1, places: []place{at(1, 0), comes(2, 1), at(3, 2).toldAt(2, false)}}, true},
		"before one that is told otherwise":   {journal{through: 1, places: []place{at(1, 0), comes(2, 1), at(3, 2).toldAt(3600, false)}}, false},
		"behind one that is told otherwise":   {journal{through: 1, places: []place{at(1, 0).toldAt(-3600, false), comes(2, 1)}}, false},
		"the cloud's clock was set": {journal{through: 1, places: []place{at(1, 0), comes(2, 1).with(func(p *place) {
			p.tick.at += int64(time.Hour / time.Microsecond)
		})}}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := c.j.links(); got != c.want {
				t.Errorf("ordinary: %v", got)
			}
		})
	}
}

// A row that comes where another one is: the same is not new, and another is a fork.
func TestRowsInOrder(t *testing.T) {
	t.Parallel()
	j := journal{places: []place{at(2, 1), at(1, 0), comes(3, 2), comes(2, 1), comes(1, 0)}}
	if !j.order() || len(j.places) != 3 {
		t.Fatalf("%+v", j.places)
	}
	for i, p := range j.places {
		if p.seq != uint64(i)+1 || (p.row != nil) != (p.seq == 3) {
			t.Errorf("place %d: %d, new: %v", i, p.seq, p.row != nil)
		}
	}
	fork := journal{places: []place{at(1, 0), at(2, 1), comes(2, 1).with(func(p *place) { p.hash = device.Hash{9} })}}
	if fork.order() {
		t.Error("another row in the place of one that is here was taken for it")
	}
}

// How far a stream goes, and whether that is sure.
func TestEndOfAStream(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		j    journal
		end  uint64
		sure bool
	}{
		"nothing came":                 {journal{through: 4, places: []place{at(4, 0)}}, 4, true},
		"nothing at all":               {journal{}, 0, true},
		"the next came":                {journal{through: 4, places: []place{at(4, 0), comes(5, 1)}}, 5, true},
		"behind a gap":                 {journal{through: 4, places: []place{at(4, 0), comes(6, 1)}}, 4, true},
		"a gap is closed":              {journal{through: 4, places: []place{at(4, 0), comes(5, 1), at(6, 2)}}, 6, false},
		"something lies aside":         {journal{through: 4, aside: true, places: []place{at(4, 0), comes(5, 1)}}, 5, false},
		"something lies aside, no row": {journal{through: 4, aside: true, places: []place{at(4, 0)}}, 4, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if end, sure := c.j.end(); end != c.end || sure != c.sure {
				t.Errorf("%d, %v", end, sure)
			}
		})
	}
}

// What a delivery brings is put beside what is here, and compared where nothing shows
// that its clock was wrong.
func TestFollowedDelivery(t *testing.T) {
	t.Parallel()
	const dev = attendance.DeviceID("tablet")
	stream, other := uuid.UUID{1}, uuid.UUID{2}
	now := time.UnixMicro(at(2, 10).tick.at).UTC()
	row := device.Row{Stream: stream, Seq: 2, Hash: device.Hash{2}, Prev: device.Hash{1}, Clock: attendance.ClockReading{
		BootID: "boot", Device: now, Monotonic: 10 * time.Second, Trust: attendance.TrustEstimated,
	}}
	follow := func(received time.Time) (*together, *courier, bool) {
		g := &together{journals: map[strand]*journal{
			{dev, stream}: {through: 1, bodies: true, places: []place{at(1, 0)}},
			{dev, other}:  {through: 4, places: []place{at(5, 2), at(4, 1), at(3, 0)}}, // as a database may list them
		}}
		c := &courier{d: device.Delivery{Device: dev, Received: received, Rows: []device.Row{row}, Standing: []device.Standing{{Stream: other, Through: 4}}}}
		return g, c, g.follow(c)
	}
	g, c, ordinary := follow(now.Add(time.Second))
	if !ordinary || len(c.fresh) != 1 || c.fresh[0].Seq != 2 {
		t.Fatalf("ordinary: %v, new: %v", ordinary, c.fresh)
	}
	for seq, want := range map[uint64]bool{1: true, 2: true, 3: false} {
		if h, ok := g.hash(dev, stream, seq); ok != want || ok && h != (device.Hash{byte(seq)}) {
			t.Errorf("hash of row %d: %v, %v", seq, h, ok)
		}
	}
	for seq := uint64(3); seq <= 5; seq++ {
		if h, ok := g.hash(dev, other, seq); !ok || h != (device.Hash{byte(seq)}) {
			t.Errorf("hash of row %d of the other stream: %v, %v", seq, h, ok)
		}
	}
	if !g.bodies(dev, stream) || g.bodies(dev, other) || !g.bodies(dev, uuid.UUID{3}) {
		t.Error("where something lies in quarantine is mistaken")
	}
	row.Hash = device.Hash{9}
	row.Seq = 1
	if _, _, ordinary := follow(now.Add(time.Second)); ordinary {
		t.Error("another row in the place of one that is here was taken to be ordinary")
	}
	row.Hash, row.Seq = device.Hash{2}, 2
	// It says that it will happen in an hour: its comparison was wrong.
	if _, _, ordinary := follow(now.Add(-time.Hour)); ordinary {
		t.Error("what the cloud had before it happened was taken to be ordinary")
	}
}
