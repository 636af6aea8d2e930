package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"muster/access"
	"muster/attendance"
	"muster/device"
)

// errOneByOne: something came in the way that only shows row by row.
var errOneByOne = errors.New("not together")

// strand is a stream of a tablet.
type strand struct {
	device attendance.DeviceID
	stream uuid.UUID
}

// stretch is a part of a journal without a gap.
type stretch struct {
	strand
	first, last uint64
}

// together is a group of deliveries on its way into the store at once.
type together struct {
	*tx
	couriers []*courier
	journals map[strand]*journal
	held     map[holding][]tenure
	rows     bulkRows
	punches  bulkRows
	refusals bulkRows
	ends     streamRows
}

// holding is a card of an organisation; tenure is the time somebody had it.
type (
	holding struct {
		org  attendance.OrgID
		card string
	}
	tenure struct {
		profile  string
		from, to int64 // to is 0 while it lasts
	}
)

// canGo tells whether a delivery can go with others: only rows that say nothing
// but what happened, or a question, of a tablet that is in no other delivery of the
// group.
func canGo(c *courier, times map[attendance.DeviceID]int) bool {
	if len(c.d.Broken) > 0 || len(c.d.Rows)+len(c.d.Standing) == 0 || times[c.d.Device] > 1 || c.site == "" {
		return false
	}
	for _, r := range c.d.Rows {
		switch r.Kind {
		case device.KindPunch, device.KindRefusal, device.KindStarted, device.KindReader, device.KindClock:
		default:
			return false
		}
		if r.Seq == 0 || r.Seq >= 1<<62 || !plain(r.Clock.BootID, 64) {
			return false
		}
	}
	return true
}

// deliverTogether takes what it can of the deliveries and returns the others.
func (t *tx) deliverTogether(ctx context.Context, all []*courier) (others []*courier, err error) {
	g := &together{
		tx: t, journals: map[strand]*journal{}, held: map[holding][]tenure{}, rows: rawRows(), punches: punchRows(), refusals: refusalRows(),
	}
	times := map[attendance.DeviceID]int{}
	for _, c := range all {
		times[c.d.Device]++
	}
	var asked question
	for _, c := range all {
		if canGo(c, times) {
			asked.add(c)
			g.couriers = append(g.couriers, c)
		} else {
			others = append(others, c)
		}
	}
	if len(g.couriers) == 0 {
		return others, nil
	}
	if err := g.ask(ctx, &asked); err != nil {
		return nil, err
	}
	ordinary := g.couriers[:0]
	for _, c := range g.couriers {
		if g.follow(c) {
			ordinary = append(ordinary, c)
		} else {
			others = append(others, c)
		}
	}
	g.couriers = ordinary
	for _, c := range g.couriers {
		if err := g.project(ctx, c); err != nil {
			return nil, fmt.Errorf("deliver from %s: %w", c.d.Device, err)
		}
	}
	if err := g.write(ctx); err != nil {
		return nil, err
	}
	for _, c := range g.couriers {
		if err := c.receipts(ctx); err != nil {
			return nil, fmt.Errorf("deliver from %s: %w", c.d.Device, err)
		}
	}
	return others, nil
}

// project notes what a delivery's new rows tell, and how far its streams go now.
func (g *together) project(ctx context.Context, c *courier) error {
	c.group = g
	for i := range c.d.Rows {
		c.seqs[c.d.Rows[i].Stream] = append(c.seqs[c.d.Rows[i].Stream], c.d.Rows[i].Seq)
	}
	for _, r := range c.fresh {
		g.rows.rows = append(g.rows.rows, rawRow(c.d, r))
		c.at = stampOf(*r, c.d).Own()
		why, err := c.project(ctx, *r)
		if err != nil {
			return fmt.Errorf("row %s/%d: project: %w", r.Stream, r.Seq, err)
		}
		if why != "" {
			c.told = append(c.told, device.Broken{Stream: r.Stream, Seq: r.Seq, Reason: why})
		}
	}
	for stream := range c.seqs {
		j := g.journals[strand{c.d.Device, stream}]
		end, sure := j.end()
		if !sure {
			continue // there is more behind it than was looked up
		}
		c.ended[stream] = end
		if end != j.through {
			g.ends.add(c.d.Device, stream, int64(end)) //nolint:gosec // below 1<<62
		}
	}
	for _, s := range c.d.Standing {
		// Of other streams, the place was looked up that the tablet takes for their end.
		j := g.journals[strand{c.d.Device, s.Stream}]
		if _, here := c.seqs[s.Stream]; here || j == nil || s.Through == 0 || j.through != s.Through {
			continue
		}
		if end, sure := j.end(); sure {
			c.ended[s.Stream] = end
		}
	}
	return nil
}

// holder is courier's, out of what was looked up.
func (g *together) holder(org attendance.OrgID, card, told string, at time.Time) string {
	who := told
	for _, h := range g.held[holding{org, card}] {
		if h.from > at.UnixMicro() || h.to != 0 && h.to <= at.UnixMicro() {
			continue
		}
		if h.profile == told {
			return told
		}
		who = h.profile
	}
	return who
}

// punch notes a punch that is to be kept.
func (g *together) punch(d device.Delivery, p attendance.Punch) {
	g.punches.rows = append(g.punches.rows, punchRow(d, p))
}

// ask looks everything up that the deliveries lead to.
func (g *together) ask(ctx context.Context, q *question) error {
	found, err := collect(ctx, g, func(r *sql.Rows, f *answer) error {
		return r.Scan(&f.what, &f.name, &f.org, &f.profile, &f.stream, &f.n, &f.m, &f.bytes, &f.trust, &f.at, &f.told)
	}, lookup, q.args()...)
	if err != nil {
		return fmt.Errorf("look up: %w", err)
	}
	for _, f := range found {
		switch f.what {
		case aboutRow:
			j := g.journal(attendance.DeviceID(f.name), f.stream)
			p, err := f.place()
			if err != nil {
				return fmt.Errorf("look up: %w", err)
			}
			j.places = append(j.places, p)
		case aboutStream:
			j := g.journal(attendance.DeviceID(f.name), f.stream)
			j.through, j.aside, j.bodies, j.waits = uint64(f.n), f.m&1 != 0, f.m&2 != 0, f.m&4 != 0 //nolint:gosec // it went in as one
		case aboutSite:
			g.couriers[0].seen["sites/"+f.org+"/"+f.name] = true
		case aboutProfile:
			g.couriers[0].seen["profiles/"+f.org+"/"+f.name] = true
		case aboutCard:
			h := holding{attendance.OrgID(f.org), f.name}
			g.held[h] = append(g.held[h], tenure{f.profile, f.n, f.m})
		}
	}
	return nil
}

// write keeps everything.
func (g *together) write(ctx context.Context) error {
	for _, rows := range []*bulkRows{&g.rows, &g.punches, &g.refusals} {
		switch err := rows.write(ctx, g.conn); {
		case errors.Is(err, access.ErrConflict):
			return errOneByOne // another row has one of the ids
		case err != nil:
			return err
		}
	}
	if len(g.ends.device) > 0 {
		if _, err := g.ExecContext(ctx, moveEnds, g.ends.args()...); err != nil {
			return fmt.Errorf("move streams on: %w", err)
		}
	}
	for _, c := range g.couriers {
		for _, b := range c.told {
			if err := c.quarantine(ctx, b); err != nil {
				return err
			}
		}
	}
	return nil
}
