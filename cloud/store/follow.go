package store

import (
	"cmp"
	"slices"

	"github.com/google/uuid"

	"muster/attendance"
	"muster/device"
)

// journal is what is known of a stream to which deliveries bring rows.
type journal struct {
	through uint64
	aside   bool    // something behind that lies in quarantine
	bodies  bool    // something whole or broken lies there
	waits   bool    // rows of it wait to be told anew: what is told of them says nothing of others
	places  []place // once follow has been there: in order, each once
}

// place is a row of a journal: one that was looked up, or one that comes.
type place struct {
	seq        uint64
	hash, prev device.Hash
	tick       tick
	told       int64       // the latest time that is told of it, or, below 0, of those before it in its boot, see toldAt; 0: none is
	row        *device.Row // nil: it was here before
}

// journal returns what is known of a stream.
func (g *together) journal(dev attendance.DeviceID, stream []byte) *journal {
	of := strand{device: dev}
	copy(of.stream[:], stream)
	j := g.journals[of]
	if j == nil {
		j = &journal{}
		g.journals[of] = j
	}
	return j
}

func (g *together) bodies(dev attendance.DeviceID, stream uuid.UUID) bool {
	j := g.journals[strand{dev, stream}]
	return j == nil || j.bodies
}

// hash returns that of a row which is here, or comes, where that is known.
func (g *together) hash(dev attendance.DeviceID, stream uuid.UUID, seq uint64) (device.Hash, bool) {
	j := g.journals[strand{dev, stream}]
	if j == nil {
		return device.Hash{}, false
	}
	if i, ok := j.find(seq); ok {
		return j.places[i].hash, true
	}
	return device.Hash{}, false
}

func (j *journal) find(seq uint64) (int, bool) {
	return slices.BinarySearchFunc(j.places, seq, func(p place, seq uint64) int { return cmp.Compare(p.seq, seq) })
}

// follow tells whether a delivery is ordinary: each of its rows is here already, or
// it is new and in keeping with the nearest before and after it, by the hashes and
// by all clocks. Rows in the delivery may be in any order. What it finds to be new
// is then in c.fresh.
func (g *together) follow(c *courier) bool {
	came := map[uuid.UUID]*journal{}
	for i := range c.d.Rows {
		r := &c.d.Rows[i]
		j := came[r.Stream]
		if j == nil {
			j = g.journal(c.d.Device, r.Stream[:])
			came[r.Stream] = j
		}
		at := tickOf(*r)
		if !stampOf(*r, c.d).Compared() {
			at.trust = attendance.TrustNone
		}
		j.places = append(j.places, place{seq: r.Seq, hash: r.Hash, prev: r.Prev, tick: at, row: r})
	}
	for _, s := range c.d.Standing {
		if j := g.journal(c.d.Device, s.Stream[:]); came[s.Stream] == nil {
			j.order() // what was looked up of it
		}
	}
	for _, j := range came {
		if !j.order() || j.waits || !j.links() {
			return false
		}
	}
	for _, j := range came {
		for _, p := range j.places {
			if p.row != nil {
				c.fresh = append(c.fresh, p.row)
			}
		}
	}
	return true
}

// order puts the places in order, each once: a row that was here before is not
// new. It tells whether there is but one row for each.
func (j *journal) order() bool {
	slices.SortStableFunc(j.places, func(a, b place) int { return cmp.Compare(a.seq, b.seq) }) // those here before come first
	same := true
	j.places = slices.CompactFunc(j.places, func(a, b place) bool {
		if a.seq != b.seq {
			return false
		}
		same = same && a.hash == b.hash
		return true
	})
	return same
}

// links tells whether each new row is in keeping with the nearest before and after it.
func (j *journal) links() bool {
	for i := range j.places {
		b := &j.places[i]
		if b.row != nil && b.tick.trust != attendance.TrustEstimated {
			return false
		}
		if b.row != nil && (i == 0 || j.places[i-1].seq+1 != b.seq) && !j.begins(b) {
			return false
		}
		if i > 0 && (b.row != nil || j.places[i-1].row != nil) && !j.places[i-1].leadsTo(b) {
			return false
		}
	}
	return true
}

// begins tells whether there is nothing to say against a row before which there is
// none: what was there may lie in quarantine, and whether the row follows that is
// looked at row by row.
func (j *journal) begins(p *place) bool {
	if p.seq == 1 {
		return p.prev == device.Hash{}
	}
	return !j.aside && p.seq-1 > j.through
}

// leadsTo tells whether the next row that is known follows from a row.
func (p *place) leadsTo(next *place) bool {
	if p.seq+1 == next.seq && p.hash != next.prev {
		return false
	}
	before, after := p.tick, next.tick
	if !before.agrees(after) || p.told > 0 && !before.stands(p.told) || next.told > 0 && !after.stands(next.told) {
		return false
	}
	if p.row != nil && next.row == nil && next.told <= 0 && before.boot == after.boot {
		return false // nothing tells whether its comparison counts
	}
	before.at = max(before.at, p.told, -p.told)
	if next.told > 0 { // it may have been put in order before others that come after it
		after.at = min(after.at, next.told)
	}
	return !before.backTo(after) && before.leadsTo(after)
}

// end returns how far the stream goes without a gap. It isn't sure where more rows
// may lie behind that than were looked up, or in quarantine.
func (j *journal) end() (end uint64, sure bool) {
	end = j.through
	i, _ := j.find(end + 1)
	was := i
	for ; i < len(j.places) && j.places[i].seq == end+1; i++ {
		end++
	}
	return end, !j.aside && (i == was || j.places[i-1].row != nil)
}
