package store

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"sort"

	"github.com/google/uuid"
)

// electorate is how many rows before and after have a say at least where comparisons of a
// boot contradict each other: more than a tablet writes from one start to the next. The
// bounds lie at multiples of constituency, so that they are the same for many rows.
const (
	electorate   = 25_000
	constituency = 10_000
)

// voters returns between which rows those are that have a say about rows from one to another.
func voters(from, to uint64) (lowest, highest uint64) {
	lowest = (from - min(from, electorate)) / constituency * constituency
	return max(1, lowest), (to+electorate)/constituency*constituency + constituency
}

// tally is which comparisons of a stream's boots are outvoted, see attendance.Poll.
type tally struct {
	near    uint64 // the row for which they were looked at; 0: several
	brought map[uint64]bool
	judged  map[string]bool // boots that were looked at
	ballots []*ballot       // in order
	// Rows that are judged otherwise than before the delivery are between these; 0: none is.
	first, last uint64
	// Rows to be told anew later, because these are many.
	low, high uint64
}

// tally returns that of a stream. What the delivery brought must be in the raw log already.
func (c *courier) tally(stream uuid.UUID) *tally {
	t := c.tallies[stream]
	if t == nil {
		t = &tally{brought: map[uint64]bool{}, judged: map[string]bool{}}
		for _, r := range c.kept {
			if r.Stream == stream {
				t.brought[r.Seq] = true
			}
		}
		if c.tallies == nil {
			c.tallies = map[uuid.UUID]*tally{}
		}
		c.tallies[stream] = t
	}
	return t
}

// tallyNear is tally for a row that has been here for a while. Who has a say at one end of a
// long boot has none at the other.
func (c *courier) tallyNear(stream uuid.UUID, seq uint64) *tally {
	if t := c.tallies[stream]; t != nil && max(t.near, seq)-min(t.near, seq) > electorate/2 {
		delete(c.tallies, stream)
	}
	t := c.tally(stream)
	if t.near == 0 {
		t.near = seq
	}
	return t
}

// span is around, but to the nearest rows that are not outvoted either, and over all that
// are judged otherwise now, unless these are too many: then they are told anew later.
func (c *courier) span(ctx context.Context, stream uuid.UUID, from, to uint64, v *tally) (first, last uint64, err error) {
	for {
		if first, last, err = c.around(ctx, stream, from, to); err != nil {
			return 0, 0, err
		}
		if err = c.judge(ctx, stream, first, last, v); err != nil {
			return 0, 0, err
		}
		if v.last == 0 || v.first >= from && v.last <= to || v.high > 0 {
			return v.before(first), v.after(last), nil
		}
		if v.last-v.first >= c.atOnce {
			low, high, err := c.around(ctx, stream, v.first, v.last)
			if err != nil {
				return 0, 0, err
			}
			v.low, v.high = v.before(low), v.after(high)
			continue
		}
		from, to = min(from, v.first), max(to, v.last)
	}
}

func (v *tally) add(b *ballot) {
	v.ballots = append(v.ballots, b)
	v.judged[b.boot] = true
}

// of returns the ballot in which a row is; nil: none is known.
func (v *tally) of(seq uint64) *ballot {
	i := sort.Search(len(v.ballots), func(i int) bool { return v.ballots[i].last >= seq })
	if i == len(v.ballots) || v.ballots[i].low > seq {
		return nil
	}
	return v.ballots[i]
}

// outvoted tells whether a row that was compared is outvoted.
func (v *tally) outvoted(seq uint64) bool {
	b := v.of(seq)
	return b != nil && b.now.outvoted(seq)
}

// before returns the nearest row from seq back that is not outvoted.
func (v *tally) before(seq uint64) uint64 {
	if !v.outvoted(seq) {
		return seq
	}
	r := v.of(seq).now
	for i := r.at(seq) - 1; i >= 0; i-- {
		if !r.out(i) {
			return r.spells[i].last
		}
	}
	return r.spells[0].first
}

// after returns the nearest row from seq on that is not outvoted.
func (v *tally) after(seq uint64) uint64 {
	if !v.outvoted(seq) {
		return seq
	}
	r := v.of(seq).now
	for i := r.at(seq) + 1; i < len(r.spells); i++ {
		if !r.out(i) {
			return r.spells[i].first
		}
	}
	return r.spells[len(r.spells)-1].last
}

// judge looks at the boots with rows from one seq to another, those that were not looked at
// yet.
func (c *courier) judge(ctx context.Context, stream uuid.UUID, from, to uint64, v *tally) error {
	lowest, highest := voters(from, to)
	from = max(from, 1)
	for from <= to {
		var seq uint64
		var boot string
		err := c.hot.one(ctx, `SELECT seq, boot FROM raw_rows WHERE device = ? AND stream = ? AND seq BETWEEN ? AND ? ORDER BY seq LIMIT 1`,
			[]any{c.d.Device, stream[:], int64(from), int64(to)}, &seq, &boot) //nolint:gosec // below 1<<62, and a little
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("look for boots: %w", err)
		}
		if b := v.of(seq); b != nil {
			from = b.last + 1
			continue
		}
		if boot == "" || v.judged[boot] { // of the latter these rows have no say
			if from, err = c.beyond(ctx, stream, seq, to, boot); err != nil {
				return err
			}
			continue
		}
		n := len(v.ballots)
		if err := c.count(ctx, stream, seq, to, lowest, highest, boot, v); err != nil {
			return err
		}
		for _, b := range v.ballots[n:] {
			if err := c.keep(ctx, stream, b); err != nil {
				return err
			}
			first, last := b.changed()
			if last == 0 {
				continue
			}
			if v.last == 0 {
				v.first = first
			}
			v.first, v.last = min(v.first, first), max(v.last, last)
		}
		from = max(seq, v.ballots[len(v.ballots)-1].last) + 1
		slices.SortFunc(v.ballots, func(a, b *ballot) int { return cmp.Compare(a.last, b.last) })
	}
	return nil
}

// beyond returns the first row of another boot after one, or what comes after to.
func (c *courier) beyond(ctx context.Context, stream uuid.UUID, seq, to uint64, boot string) (next uint64, err error) {
	err = c.hot.one(ctx, `SELECT seq FROM raw_rows WHERE device = ? AND stream = ? AND seq > ? AND seq <= ? AND boot != ? ORDER BY seq LIMIT 1`,
		[]any{c.d.Device, stream[:], int64(seq), int64(to), boot}, &next) //nolint:gosec // below 1<<62, and a little
	if errors.Is(err, sql.ErrNoRows) {
		return to + 1, nil
	}
	if err != nil {
		return 0, fmt.Errorf("look for the next boot: %w", err)
	}
	return next, nil
}

// count counts the votes of the boot of a row, and those of the boots after it with rows
// down to one, in one go.
func (c *courier) count(ctx context.Context, stream uuid.UUID, seq, to, lowest, highest uint64, boot string, v *tally) error {
	b, err := c.atHand(ctx, stream, boot, seq, lowest, highest)
	if err != nil {
		return err
	}
	if b == nil {
		b = newBallot(boot, lowest, lowest > 1)
		var before []vote
		err := c.votes(ctx, votesDown, stream, lowest, seq-1, func(o *vote) bool {
			if o.boot != boot { // a boot's rows are beside each other
				b.low, b.cut = o.seq+1, false
				return false
			}
			before = append(before, *o)
			return true
		})
		if err != nil {
			return err
		}
		for i := range slices.Backward(before) {
			b.add(&before[i], v.brought[before[i].seq])
		}
		b.last = max(b.last, seq-1)
	}
	v.add(b)
	return c.votes(ctx, votesUp, stream, b.last+1, highest, func(o *vote) bool {
		if o.boot != b.boot {
			if o.seq > to || o.boot == "" || v.judged[o.boot] || c.ready(stream, o.boot) {
				return false
			}
			b = newBallot(o.boot, b.last+1, false)
			v.add(b)
		}
		b.add(o, v.brought[o.seq])
		return true
	})
}

// ready tells whether something of a boot may be at hand.
func (c *courier) ready(stream uuid.UUID, boot string) bool {
	k := ballotKey{c.d.Device, stream, boot}
	return c.ballots[k] != nil || c.box.get(k) != nil
}
