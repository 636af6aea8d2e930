package store

import (
	"context"
	"database/sql"
	"fmt"
	"slices"

	"github.com/google/uuid"

	"muster/attendance"
	"muster/device"
)

// electorate is how many rows before and after have a say where comparisons of a boot
// contradict each other: more than a tablet writes from one start to the next, and few
// enough to be counted with each row that contradicts the others.
const electorate = 25_000

// tally is which comparisons of a stream's boots are outvoted, see attendance.Outvoted.
type tally struct {
	near     uint64          // the row for which they were looked at; 0: several
	judged   map[string]bool // boots that were looked at
	outvoted map[uint64]bool // by seq
	contests []contest
	// Rows that are judged otherwise than before the delivery are between these; 0: none is.
	first, last uint64
	// Rows to be told anew later, because these are many.
	low, high uint64
}

// contest is a boot with comparisons that contradict each other.
type contest struct {
	first, last uint64   // the rows that were compared
	believed    []uint64 // those of them that are not outvoted, in order
}

// tally returns that of a stream. What the delivery brought must be in the raw log already.
func (c *courier) tally(stream uuid.UUID) *tally {
	t := c.tallies[stream]
	if t == nil {
		t = &tally{judged: map[string]bool{}, outvoted: map[uint64]bool{}}
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

// before returns the nearest row from seq back that is not outvoted.
func (v *tally) before(seq uint64) uint64 {
	if !v.outvoted[seq] {
		return seq
	}
	b := v.contest(seq)
	i, _ := slices.BinarySearch(b.believed, seq)
	if i == 0 {
		return b.first
	}
	return b.believed[i-1]
}

// after returns the nearest row from seq on that is not outvoted.
func (v *tally) after(seq uint64) uint64 {
	if !v.outvoted[seq] {
		return seq
	}
	b := v.contest(seq)
	i, _ := slices.BinarySearch(b.believed, seq)
	if i == len(b.believed) {
		return b.last
	}
	return b.believed[i]
}

// contest returns the one in which a row is that is outvoted.
func (v *tally) contest(seq uint64) contest {
	i := slices.IndexFunc(v.contests, func(b contest) bool { return seq >= b.first && seq <= b.last })
	return v.contests[i]
}

// judge looks at the boots with rows from one seq to another, those that were not looked at
// yet.
func (c *courier) judge(ctx context.Context, stream uuid.UUID, from, to uint64, v *tally) error {
	type span struct {
		boot              string
		first, last       uint64
		zero, latest      int64 // when the clock that nobody can set stood at zero, by the comparisons
		monotonic, newest int64
	}
	// A boot's rows are beside each other: it is looked for where another begins.
	boots, err := collect(ctx, c, func(r *sql.Rows, b *span) error {
		return r.Scan(&b.boot, &b.first, &b.last, &b.zero, &b.latest, &b.monotonic, &b.newest)
	}, `SELECT boot, min(seq), max(seq), min(device_time + clock_offset - monotonic), max(device_time + clock_offset - monotonic), min(monotonic), max(monotonic)
		FROM raw_rows WHERE device = ?1 AND stream = ?2 AND boot != '' AND `+wellCompared+`
		AND seq > coalesce((SELECT seq FROM raw_rows WHERE device = ?1 AND stream = ?2 AND seq < ?3 AND seq > ?5
			AND boot != (SELECT boot FROM raw_rows WHERE device = ?1 AND stream = ?2 AND seq >= ?3 ORDER BY seq LIMIT 1) ORDER BY seq DESC LIMIT 1), ?5)
		AND seq < coalesce((SELECT seq FROM raw_rows WHERE device = ?1 AND stream = ?2 AND seq > ?4 AND seq < ?6
			AND boot != (SELECT boot FROM raw_rows WHERE device = ?1 AND stream = ?2 AND seq <= ?4 ORDER BY seq DESC LIMIT 1) ORDER BY seq LIMIT 1), ?6)
		GROUP BY boot`, c.d.Device, stream[:], int64(from), int64(to), int64(from)-int64(min(from, electorate))-1, int64(to+electorate)+1) //nolint:gosec // below 1<<62, and a little
	if err != nil {
		return fmt.Errorf("look for comparisons that contradict each other: %w", err)
	}
	for _, b := range boots {
		if v.judged[b.boot] {
			continue
		}
		v.judged[b.boot] = true
		if later(b.latest-b.zero+b.newest-b.monotonic, b.newest-b.monotonic) == 0 {
			continue
		}
		if err := c.count(ctx, stream, b.boot, b.first, b.last, v); err != nil {
			return err
		}
	}
	return nil
}

// count counts the votes of a boot, once with what the delivery brought and once without.
func (c *courier) count(ctx context.Context, stream uuid.UUID, boot string, from, to uint64, v *tally) error {
	type vote struct {
		seq uint64
		attendance.Stamp
	}
	votes, err := collect(ctx, c, func(r *sql.Rows, v *vote) error {
		raw := storedRow{boot: boot, trust: int(attendance.TrustEstimated)}
		err := r.Scan(&v.seq, &raw.kind, &raw.at, &raw.mono, &raw.offset, &raw.width, &raw.received)
		v.Stamp = attendance.Stamp{Clock: raw.clock(), Received: fromMicros(raw.received), Punch: device.Kind(raw.kind) == device.KindPunch}
		return err
	}, `SELECT seq, kind, device_time, monotonic, clock_offset, uncertainty, received_at FROM raw_rows
		WHERE device = ? AND stream = ? AND seq BETWEEN ? AND ? AND boot = ? AND `+wellCompared+` ORDER BY seq`,
		c.d.Device, stream[:], int64(from), int64(to), boot) //nolint:gosec // they came out as one
	if err != nil {
		return fmt.Errorf("look at comparisons that contradict each other: %w", err)
	}
	brought := map[uint64]bool{}
	for _, r := range c.kept {
		brought[r.Seq] = brought[r.Seq] || r.Stream == stream
	}
	var now, was []attendance.Stamp
	var here []uint64
	for _, one := range votes {
		now = append(now, one.Stamp)
		if !brought[one.seq] {
			was, here = append(was, one.Stamp), append(here, one.seq)
		}
	}
	b := contest{first: from, last: to}
	outvoted := attendance.Outvoted(now)
	for i, one := range votes {
		if outvoted != nil && outvoted[i] {
			v.outvoted[one.seq] = true
		} else {
			b.believed = append(b.believed, one.seq)
		}
	}
	if outvoted != nil {
		v.contests = append(v.contests, b)
	}
	before := attendance.Outvoted(was)
	for i, seq := range here {
		if v.outvoted[seq] == (before != nil && before[i]) {
			continue
		}
		if v.last == 0 {
			v.first = seq
		}
		v.first, v.last = min(v.first, seq), max(v.last, seq)
	}
	return nil
}
