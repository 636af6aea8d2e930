package store

import (
	"context"
	"fmt"
	"sort"
	"time"

	"github.com/google/uuid"

	"muster/attendance"
)

// ballot is how the comparisons of one boot were counted. It is kept from one delivery to
// the next: rows never change, so that only those are to be counted that came since.
type ballot struct {
	boot      string
	low, last uint64 // no row of the boot but those from low to last is counted
	cut       bool   // there may be more of it before low, which have no say
	seen      extent // that are in the journal from low to last
	hash      []byte // of the last one; nil: it is not known yet
	now       reckoning
	was       *reckoning // without what the delivery brought; nil: it brought nothing of it
}

// reckoning is which voice each row of a boot has.
type reckoning struct {
	poll   *attendance.Poll
	spells []spell
}

// spell is rows of one voice. Between first and last are none of another voice that were compared.
type spell struct {
	first, last uint64
	voice       int
	came        bool // with this delivery
}

// vote is a row of the raw log, as far as it has a say.
type vote struct {
	seq                               uint64
	boot                              string
	punch, compared                   bool
	at, mono, offset, width, received int64
}

func (o *vote) stamp() attendance.Stamp {
	return attendance.Stamp{
		Clock: attendance.ClockReading{
			Device: time.UnixMicro(o.at).UTC(), Monotonic: time.Duration(o.mono) * time.Microsecond, BootID: o.boot,
			Offset: time.Duration(o.offset) * time.Microsecond, Uncertainty: time.Duration(o.width) * time.Microsecond, Trust: attendance.TrustEstimated,
		},
		Received: fromMicros(o.received), Punch: o.punch,
	}
}

func newBallot(boot string, low uint64, cut bool) *ballot {
	return &ballot{boot: boot, low: low, cut: cut, now: reckoning{poll: new(attendance.Poll)}}
}

// add counts the next row of the boot.
func (b *ballot) add(o *vote, came bool) {
	b.seen.add(o.seq, o.received)
	b.last, b.hash = o.seq, nil
	if !o.compared {
		return
	}
	if came && b.was == nil {
		was := b.now.clone()
		b.was = &was
	}
	s := o.stamp()
	b.now.add(o.seq, s, came)
	if b.was != nil && !came {
		b.was.add(o.seq, s, false)
	}
}

func (r *reckoning) add(seq uint64, s attendance.Stamp, came bool) {
	voice := r.poll.Add(s)
	if voice == attendance.Mute {
		return
	}
	if n := len(r.spells); n > 0 && r.spells[n-1].voice == voice && r.spells[n-1].came == came {
		r.spells[n-1].last = seq
		return
	}
	r.spells = append(r.spells, spell{seq, seq, voice, came})
}

// clone returns a copy for which nothing came with a delivery.
func (r *reckoning) clone() reckoning {
	c := reckoning{poll: r.poll.Clone(), spells: make([]spell, 0, len(r.spells)+1)}
	for _, one := range r.spells {
		one.came = false
		if n := len(c.spells); n > 0 && c.spells[n-1].voice == one.voice {
			c.spells[n-1].last = one.last
		} else {
			c.spells = append(c.spells, one)
		}
	}
	return c
}

// at returns which spell a row is in; the next one, where it is in none.
func (r *reckoning) at(seq uint64) int {
	return sort.Search(len(r.spells), func(i int) bool { return r.spells[i].last >= seq })
}

// out tells whether the rows of a spell are outvoted.
func (r *reckoning) out(i int) bool {
	most, contested := r.poll.Counts()
	return contested && r.spells[i].voice != most
}

func (r *reckoning) outvoted(seq uint64) bool {
	i := r.at(seq)
	return i < len(r.spells) && r.spells[i].first <= seq && r.out(i)
}

// changed returns between which rows some are judged otherwise than they were before the
// delivery; 0: none is.
func (b *ballot) changed() (first, last uint64) {
	if b.was == nil {
		return 0, 0
	}
	j := 0
	for i, before := range b.was.spells {
		for j > 0 && b.now.spells[j-1].last >= before.first {
			j--
		}
		for ; j < len(b.now.spells) && b.now.spells[j].first <= before.last; j++ {
			after := b.now.spells[j]
			low, high := max(before.first, after.first), min(before.last, after.last)
			if low > high || after.came || b.now.out(j) == b.was.out(i) {
				continue
			}
			if first == 0 {
				first = low
			}
			last = high
		}
	}
	return first, last
}

// kept returns what is kept of it from one delivery to the next.
func (b *ballot) kept() *ballot {
	k := *b
	k.now, k.was = b.now.clone(), nil
	return &k
}

// weight is about how much memory it takes up.
func (b *ballot) weight() int { return 8 + len(b.now.spells) + 4*b.now.poll.Voices() }

// Pages of votes: what comes after the last row that was counted is but a few.
const (
	firstPage = 16
	fullPage  = 4096
)

const (
	votesUp   = `SELECT seq, boot, kind = 'punch', ` + wellCompared + `, device_time, monotonic, clock_offset, uncertainty, received_at FROM raw_rows WHERE device = ? AND stream = ? AND seq BETWEEN ? AND ? ORDER BY seq LIMIT ?`
	votesDown = `SELECT seq, boot, kind = 'punch', ` + wellCompared + `, device_time, monotonic, clock_offset, uncertainty, received_at FROM raw_rows WHERE device = ? AND stream = ? AND seq BETWEEN ? AND ? ORDER BY seq DESC LIMIT ?`
)

// votes gives what the rows from one to another say, in the order of the query, until f has
// enough.
func (c *courier) votes(ctx context.Context, query string, stream uuid.UUID, from, to uint64, f func(*vote) (more bool)) error {
	c.looked(from, from)
	for page := firstPage; from <= to; page = min(16*page, fullPage) {
		all, err := c.pageOfVotes(ctx, query, stream, from, to, page)
		if err != nil {
			return fmt.Errorf("look at comparisons: %w", err)
		}
		for i := range all {
			c.looked(all[i].seq, all[i].seq)
			if !f(&all[i]) {
				return c.spend(i + 1)
			}
		}
		if err := c.spend(len(all)); err != nil {
			return err
		}
		if len(all) < page {
			break
		}
		if last := all[len(all)-1].seq; query == votesUp {
			from = last + 1
		} else {
			to = last - 1
		}
	}
	c.looked(from, to)
	return nil
}

func (c *courier) pageOfVotes(ctx context.Context, query string, stream uuid.UUID, from, to uint64, page int) ([]vote, error) {
	rows, err := c.hot.query(ctx, query, c.d.Device, stream[:], int64(from), int64(to), page) //nolint:gosec // below 1<<62, and a little
	if err != nil {
		return nil, err
	}
	defer rows.Close() //nolint:errcheck // rows.Err says it
	var all []vote
	for rows.Next() {
		all = append(all, vote{})
		o := &all[len(all)-1]
		if err := rows.Scan(&o.seq, &o.boot, &o.punch, &o.compared, &o.at, &o.mono, &o.offset, &o.width, &o.received); err != nil {
			return nil, err
		}
	}
	return all, rows.Err()
}

// atHand returns what is known of a boot from before, if it holds still: one row of the
// boot is at seq, and those from lowest to highest have a say.
func (c *courier) atHand(ctx context.Context, stream uuid.UUID, boot string, seq, lowest, highest uint64) (*ballot, error) {
	b := c.ballots[ballotKey{c.d.Device, stream, boot}]
	if b == nil {
		b = c.box.get(ballotKey{c.d.Device, stream, boot})
	}
	if b == nil || seq < b.low || b.last > highest || b.low < lowest || b.cut && b.low != lowest {
		return nil, nil
	}
	if holds, err := c.holds(ctx, stream, seq, b); err != nil || !holds {
		return nil, err
	}
	c.looked(b.low, b.last)
	return b.kept(), nil
}

// keep keeps what was counted of a boot, if the transaction is committed.
func (c *courier) keep(ctx context.Context, stream uuid.UUID, b *ballot) error {
	if c.box == nil || b.hash != nil || b.seen.rows < c.box.least || b.weight() > boxEach {
		return nil
	}
	err := c.hot.one(ctx, `SELECT hash FROM raw_rows WHERE device = ? AND stream = ? AND seq = ?`, []any{c.d.Device, stream[:], int64(b.last)}, &b.hash) //nolint:gosec // it came out as one
	if err != nil {
		return fmt.Errorf("note what was counted: %w", err)
	}
	if c.ballots == nil {
		c.ballots = map[ballotKey]*ballot{}
	}
	c.ballots[ballotKey{c.d.Device, stream, b.boot}] = b.kept()
	return nil
}
