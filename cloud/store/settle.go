package store

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"slices"

	"github.com/google/uuid"

	"muster/attendance"
	"muster/device"
)

// Bounds of what is looked at to tell when a row happened.
const (
	margin  = 64      // rows beyond the nearest compared ones, whose clocks may contradict
	horizon = 100_000 // rows to look for a compared one
)

// settled are the moments of rows, by the id of the row.
type settled map[uuid.UUID]attendance.Moment

func stampOf(r device.Row, d device.Delivery) attendance.Stamp {
	return attendance.Stamp{Clock: r.Clock, Received: d.Received}
}

// sure tells whether rows of one stream, in order, need nobody else's clock:
// each was compared, and none is before the one before it. Then each row's own
// moment is the one that attendance.Moments would give.
func sure(rows []device.Row, d device.Delivery) bool {
	for i, r := range rows {
		if !stampOf(r, d).Compared() {
			return false
		}
		if i > 0 {
			before, at := tickOf(rows[i-1]), tickOf(r)
			if !before.leadsTo(at) || !before.agrees(at) {
				return false
			}
		}
	}
	return true
}

// settle tells when the rows that were kept of the delivery happened. What lies far from
// the rest of it is looked at by itself: a delivery may have rows from both ends of a long
// journal. Rows that were here before and now have another moment are told anew.
func (c *courier) settle(ctx context.Context) (settled, error) {
	moments := settled{}
	streams := map[uuid.UUID][]device.Row{}
	for _, r := range c.kept {
		moments[r.ID] = stampOf(r, c.d).Own()
		streams[r.Stream] = append(streams[r.Stream], r)
	}
	for stream, rows := range streams {
		slices.SortFunc(rows, func(a, b device.Row) int { return cmp.Compare(a.Seq, b.Seq) })
		owes, err := c.owes(ctx, stream)
		if err != nil {
			return nil, err
		}
		ordinary := !owes && sure(rows, c.d) // what waits to be told anew says nothing of others
		for i := 0; ordinary && i < len(rows); i++ {
			var err error
			if ordinary, err = c.fits(ctx, rows, i); err != nil {
				return nil, err
			}
		}
		if ordinary {
			continue
		}
		if err := c.settleParts(ctx, stream, rows, moments); err != nil {
			return nil, fmt.Errorf("times of stream %s: %w", stream, err)
		}
	}
	return moments, c.noteRedated(ctx)
}

// fits tells whether a row agrees with those nearest to it that are not in the
// delivery. What was between them may lie in quarantine for good.
func (c *courier) fits(ctx context.Context, rows []device.Row, i int) (bool, error) {
	r := rows[i]
	if i == 0 || rows[i-1].Seq+1 != r.Seq {
		before, seq, ok, err := c.tickBefore(ctx, r.Stream, r.Seq)
		agrees := before.agrees(tickOf(r))
		if err == nil && ok {
			var told int64
			var stands bool
			told, stands, err = c.toldAt(ctx, r, seq, seq-min(seq, margin), before.boot)
			before.at, agrees = max(before.at, told), agrees && stands
		}
		if err != nil || ok && !(agrees && before.leadsTo(tickOf(r))) {
			return false, err
		}
	}
	if i == len(rows)-1 || rows[i+1].Seq != r.Seq+1 {
		after, seq, ok, err := c.tickAfter(ctx, r.Stream, r.Seq)
		agrees := tickOf(r).agrees(after)
		if err == nil && ok {
			// It may have been put in order before others that come after it.
			var told int64
			var stands bool
			if told, stands, err = c.toldAt(ctx, r, seq, seq-1, after.boot); err == nil && told > 0 {
				after.at, agrees = min(after.at, told), agrees && stands
			} else if after.boot == r.Clock.BootID {
				agrees = false // nothing tells whether its comparison counts
			}
		}
		if err != nil || ok && !(agrees && tickOf(r).leadsTo(after)) {
			return false, err
		}
	}
	return true, nil
}

// toldAt returns the latest time that is told of a row and of those of its boot before
// it, down to one; 0: none is. It may differ from what the rows' own clocks have: they
// were put in order. Whoever comes later can't have been earlier. stands is false where
// that time is not the one that the row was compared to have, or it was not compared, or
// its comparison and that of the row beside contradict each other.
func (c *courier) toldAt(ctx context.Context, beside device.Row, seq, after uint64, boot string) (at int64, stands bool, err error) {
	type one struct {
		id []byte
		tick
	}
	rows, err := collect(ctx, c, func(r *sql.Rows, v *one) error { return r.Scan(&v.id, &v.boot, &v.mono, &v.trust, &v.at) },
		`SELECT id, boot, monotonic, CASE WHEN `+wellCompared+` THEN 1 ELSE 0 END, device_time + clock_offset
		FROM raw_rows WHERE device = ? AND stream = ? AND seq <= ? AND seq > ? AND boot = ? AND kind IN ('punch', 'refusal') ORDER BY seq DESC`,
		c.d.Device, beside.Stream[:], int64(seq), int64(after), boot) //nolint:gosec // below 1<<62
	if err != nil {
		return 0, false, fmt.Errorf("look at the rows before: %w", err)
	}
	for _, r := range rows {
		id, err := uuid.FromBytes(r.id)
		if err != nil {
			return 0, false, err
		}
		err = c.hot.one(ctx, `SELECT coalesce((SELECT at FROM punches WHERE id = ?1), (SELECT at FROM refusals WHERE id = ?1), 0)`, []any{id.String()}, &at)
		if err != nil || at > 0 {
			return at, r.trust == attendance.TrustEstimated && r.stands(at) && r.agrees(tickOf(beside)), err
		}
	}
	// Of none of so many: who came before those may have been told otherwise than all of them say.
	var further bool
	err = c.hot.one(ctx, `SELECT coalesce((SELECT boot FROM raw_rows WHERE device = ? AND stream = ? AND seq <= ? ORDER BY seq DESC LIMIT 1), '') = ?`,
		[]any{c.d.Device, beside.Stream[:], int64(after), boot}, &further) //nolint:gosec // below 1<<62
	return 0, !further, err
}

// resettle reckons the moments of the rows from one seq to another, and of those
// around them that may take their time from these or give them theirs. What it
// finds of rows in moments goes there; other rows whose punch or refusal has
// another time now are told anew, the first of them at once.
func (c *courier) resettle(ctx context.Context, stream uuid.UUID, from, to uint64, moments settled) error {
	if err := c.spend(spendTurn); err != nil {
		return err
	}
	all, err := c.reckon(ctx, stream, from, to)
	if err != nil {
		return err
	}
	v := c.tally(stream)
	told, low, high := uint64(0), v.low, v.high
	same, err := c.unchanged(ctx, all)
	if err != nil {
		return err
	}
	for _, a := range all {
		if _, wanted := moments[a.row.ID]; wanted {
			moments[a.row.ID] = a.at
			continue
		}
		if same[a.row.ID.String()] || !timed(a.row.Kind) {
			continue
		}
		if told++; told > c.atOnce {
			if high == 0 {
				low = a.row.Seq
			}
			low, high = min(low, a.row.Seq), max(high, a.row.Seq)
			continue
		}
		if err := c.retell(ctx, a.row, a.at, a.received); err != nil {
			return fmt.Errorf("row %d: %w", a.row.Seq, err)
		}
	}
	if high > 0 {
		return c.owe(ctx, stream, low, high)
	}
	return nil
}

// reckoned is a row with when it happened.
type reckoned struct {
	row      device.Row
	at       attendance.Moment
	received int64
}

// reckon tells when the rows from one seq to another happened, and those around
// them.
func (c *courier) reckon(ctx context.Context, stream uuid.UUID, from, to uint64) ([]reckoned, error) {
	v := c.tally(stream)
	first, last, outerFirst, outerLast, err := c.spans(ctx, stream, from, to, v)
	if err != nil {
		return nil, err
	}
	rows, stamps, err := c.stretch(ctx, stream, outerFirst, outerLast)
	if err != nil {
		return nil, err
	}
	for i, r := range rows {
		stamps[i].Outvoted = v.outvoted(r.Seq)
	}
	var all []reckoned
	for i, m := range attendance.Moments(stamps) {
		if r := rows[i]; r.Seq >= first && r.Seq <= last || m.Source == attendance.Compared {
			all = append(all, reckoned{r, m, micros(stamps[i].Received)})
		}
	}
	return all, nil
}

// spans returns between which rows those are that may take their time from the rows from one
// seq to another or give them theirs, and between which those are by which these are told.
func (c *courier) spans(ctx context.Context, stream uuid.UUID, from, to uint64, v *tally) (first, last, outerFirst, outerLast uint64, err error) {
	if first, last, err = c.span(ctx, stream, from, to, v); err != nil {
		return 0, 0, 0, 0, err
	}
	// Rows beyond may be put in order by these. Their own nearest compared ones are
	// looked at too, so that nothing is said of them that isn't so.
	first, last = first-min(first, margin), last+margin
	outerFirst, outerLast, err = c.span(ctx, stream, first, last, v)
	return first, last, outerFirst, outerLast, err
}

// around returns the seqs of the nearest rows before and after that were compared,
// or how far was looked for them.
func (c *courier) around(ctx context.Context, stream uuid.UUID, from, to uint64) (first, last uint64, err error) {
	err = c.hot.one(ctx, `SELECT coalesce((SELECT seq FROM raw_rows WHERE device = ?1 AND stream = ?2 AND seq < ?3 AND seq >= ?5 AND `+wellCompared+` ORDER BY seq DESC LIMIT 1), 0),
		coalesce((SELECT seq FROM raw_rows WHERE device = ?1 AND stream = ?2 AND seq > ?4 AND seq <= ?6 AND `+wellCompared+` ORDER BY seq LIMIT 1), 0)`,
		[]any{c.d.Device, stream[:], int64(from), int64(to), int64(from - min(from, horizon)), int64(to + horizon)}, &first, &last) //nolint:gosec // below 1<<62, and a little
	if err != nil {
		return 0, 0, fmt.Errorf("look for compared rows: %w", err)
	}
	if first == 0 {
		first = from - min(from, horizon)
	}
	if last == 0 {
		last = to + horizon
	}
	return first, last, nil
}

func (c *courier) stretch(ctx context.Context, stream uuid.UUID, from, to uint64) (rows []device.Row, stamps []attendance.Stamp, err error) {
	c.looked(from, to)
	found, err := collect(ctx, c, func(r *sql.Rows, v *storedRow) error { return r.Scan(v.into()...) },
		`SELECT `+storedColumns+` FROM raw_rows r WHERE r.device = ? AND r.stream = ? AND r.seq BETWEEN ? AND ? ORDER BY r.seq LIMIT ?`,
		c.d.Device, stream[:], int64(from), int64(to), c.affords()) //nolint:gosec // below 1<<62, and a little
	if err != nil {
		return nil, nil, fmt.Errorf("read the raw log: %w", err)
	}
	if err := c.spend(spendRow * len(found)); err != nil {
		return nil, nil, err
	}
	for _, v := range found {
		r, err := v.row()
		if err != nil {
			return nil, nil, fmt.Errorf("row %d: %w", v.seq, err)
		}
		rows = append(rows, r)
		stamps = append(stamps, attendance.Stamp{Clock: r.Clock, Received: fromMicros(v.received)})
	}
	return rows, stamps, nil
}

// retell gives what a row told the time that it turned out to have. What was in
// quarantine for its time is tried again.
func (c *courier) retell(ctx context.Context, r device.Row, m attendance.Moment, received int64) error {
	switch r.Kind {
	case device.KindPunch:
		p, why := readPunch(r, m)
		if why != "" {
			return nil
		}
		var at, width int64
		var source attendance.TimeSource
		var by string
		err := known(c.hot.one(ctx, `SELECT at, uncertainty, clock_source, profile, assigned_by FROM punches WHERE id = ? AND org = ? AND device = ?`,
			[]any{p.ID, c.d.Org, c.d.Device}, &at, &width, &source, &p.Profile, &by))
		switch {
		case isNotFound(err):
			return c.retryForTime(ctx, r, m, received)
		case err != nil:
			return fmt.Errorf("look at the punch: %w", err)
		case at == p.At.UnixMicro() && width == microsOf(m.Uncertainty) && source == m.Source:
			return nil
		}
		if by == "" {
			told, _ := readPunch(r, m)
			who, certain, err := c.holder(ctx, told)
			if err != nil {
				return err
			}
			if certain { // otherwise it stays whose it was taken for when more was certain
				p.Profile = who
			}
		}
		if _, err := c.hot.exec(ctx, `UPDATE punches SET at = ?, uncertainty = ?, clock_source = ?, profile = ? WHERE id = ?`,
			p.At.UnixMicro(), microsOf(m.Uncertainty), m.Source, p.Profile, p.ID); err != nil {
			return fmt.Errorf("correct the punch: %w", err)
		}
		if source.Sure() {
			c.redated.add(p.At.Sub(fromMicros(at)))
		}
		c.out.News = append(c.out.News, device.News{Topic: "punch", ID: string(p.ID)}) // once: each row is told anew once
	case device.KindRefusal:
		if !plausible(m, r.Clock) {
			return nil
		}
		n, err := c.hot.exec(ctx, `UPDATE refusals SET at = ? WHERE id = ? AND at != ?`, m.At.UnixMicro(), r.ID.String(), m.At.UnixMicro())
		if err != nil {
			return fmt.Errorf("correct the refusal: %w", err)
		}
		if n > 0 {
			c.out.News = append(c.out.News, device.News{Topic: "refusal", ID: r.ID.String()})
			return nil
		}
		return c.retryForTime(ctx, r, m, received)
	case device.KindAnswer, device.KindOrder: // what it came to stands, if it did
		if plausible(m, r.Clock) {
			return c.retryForTime(ctx, r, m, received)
		}
	}
	return nil
}

// retryForTime takes a row out of quarantine that lies there for want of its time
// only.
func (c *courier) retryForTime(ctx context.Context, r device.Row, m attendance.Moment, received int64) error {
	var id int64
	var reason string
	err := known(c.hot.one(ctx, `SELECT id, reason FROM quarantine WHERE device = ? AND stream = ? AND seq = ? AND reason IN ('implausible-time', '`+uncertainHolder+`') AND body IS NULL AND resolved_at = 0`,
		[]any{c.d.Device, r.Stream[:], int64(r.Seq)}, &id, &reason)) //nolint:gosec // it came out as one
	if isNotFound(err) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("look into the quarantine: %w", err)
	}
	before := c.d.Received
	defer func() { c.d.Received = before }()
	if _, err := c.retry(ctx, id, reason, r, received, m); err != nil {
		return err
	}
	c.news("quarantine", "")
	return nil
}

// when tells when a row happened that has been here for a while.
func (c *courier) when(ctx context.Context, r device.Row, received int64) (attendance.Moment, error) {
	own := attendance.Stamp{Clock: r.Clock, Received: fromMicros(received)}.Own()
	if own.Source == attendance.Compared {
		v := c.tallyNear(r.Stream, r.Seq)
		if !v.judged[r.Clock.BootID] {
			if err := c.judge(ctx, r.Stream, r.Seq, r.Seq, v); err != nil {
				return own, err
			}
		}
		if !v.outvoted(r.Seq) {
			return own, nil
		}
	}
	all, err := c.reckonFew(ctx, r.Stream, r.Seq, r.Seq)
	for _, a := range all {
		if a.row.ID == r.ID {
			return a.at, nil
		}
	}
	return own, err
}
