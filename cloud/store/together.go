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

// spot is a place in a journal.
type spot struct {
	device attendance.DeviceID
	stream uuid.UUID
	seq    uint64
}

// stretch is a part of a journal without a gap.
type stretch struct {
	spot        // its first row
	last uint64 // the seq of its last
}

// together is a group of deliveries on its way into the store at once.
type together struct {
	*tx
	couriers []*courier
	hash     map[spot]device.Hash // rows that are there: those looked up, and those on their way
	ticks    map[spot]tick        // the clock that nobody can set, of those looked up
	stored   map[spot]bool        // of them, those that were there before
	through  map[spot]int64       // by stream, with seq 0
	aside    map[spot]bool        // streams of which something later lies in quarantine
	bodies   map[spot]bool        // streams of which something whole or broken lies there
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
// but what happened, of a tablet that is in no other delivery of the group.
func canGo(c *courier, times map[attendance.DeviceID]int) bool {
	if len(c.d.Broken) > 0 || len(c.d.Rows) == 0 || times[c.d.Device] > 1 || c.site == "" {
		return false
	}
	for _, r := range c.d.Rows {
		switch r.Kind {
		case device.KindPunch, device.KindRefusal, device.KindStarted, device.KindReader, device.KindClock:
		default:
			return false
		}
		if r.Seq == 0 || r.Seq >= 1<<62 || wrongText(r) {
			return false
		}
	}
	return true
}

// deliverTogether takes what it can of the deliveries and returns the others.
func (t *tx) deliverTogether(ctx context.Context, all []*courier) (others []*courier, err error) {
	g := &together{
		tx: t, hash: map[spot]device.Hash{}, ticks: map[spot]tick{}, stored: map[spot]bool{}, through: map[spot]int64{}, aside: map[spot]bool{}, bodies: map[spot]bool{},
		held: map[holding][]tenure{}, rows: rawRows(), punches: punchRows(), refusals: refusalRows(),
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

// follow tells whether each row of a delivery is new and follows the one before
// it, where that one is here, and came before the one after it.
func (g *together) follow(c *courier) bool {
	var mine []spot
	for i, r := range c.d.Rows {
		at := spot{c.d.Device, r.Stream, r.Seq}
		_, there := g.hash[at]
		before, known := g.hash[spot{c.d.Device, r.Stream, r.Seq - 1}]
		of := spot{c.d.Device, r.Stream, 0}
		// Whether it follows what lies in quarantine is looked at row by row.
		besides := !known && r.Seq > 1 && (g.aside[of] || r.Seq-1 <= uint64(g.through[of])) //nolint:gosec // never below 0
		if there || besides || !g.goesOn(c, i) || known && before != r.Prev || r.Seq == 1 && r.Prev != (device.Hash{}) {
			for _, m := range mine {
				delete(g.hash, m)
			}
			return false
		}
		g.hash[at] = r.Hash
		mine = append(mine, at)
	}
	return true
}

// goesOn tells whether a row of a delivery goes on from those beside it by all
// clocks, as far as these are known.
func (g *together) goesOn(c *courier, i int) bool {
	r := c.d.Rows[i]
	this := tickOf(r)
	agree := func(a, b tick) bool { return !a.backTo(b) && a.leadsTo(b) }
	if !stampOf(r, c.d).Compared() {
		return false
	}
	if i > 0 && beside(&c.d.Rows[i-1], &c.d.Rows[i]) && !agree(tickOf(c.d.Rows[i-1]), this) {
		return false
	}
	before, after := spot{c.d.Device, r.Stream, r.Seq - 1}, spot{c.d.Device, r.Stream, r.Seq + 1}
	if _, early := g.hash[after]; early {
		return false // whether that one goes on from this one is looked at row by row
	}
	if _, known := g.hash[before]; !known && r.Seq > 1 {
		return false // with which it is to agree is looked at row by row
	}
	return !g.stored[before] || agree(g.ticks[before], this)
}

// project notes what a delivery's rows tell, and how far its streams go now.
func (g *together) project(ctx context.Context, c *courier) error {
	c.group = g
	for i, r := range c.d.Rows {
		c.seqs[r.Stream] = append(c.seqs[r.Stream], r.Seq)
		g.rows.rows = append(g.rows.rows, rawRow(c.d, &c.d.Rows[i]))
		c.at = stampOf(r, c.d).Own()
		why, err := c.project(ctx, r)
		if err != nil {
			return fmt.Errorf("row %s/%d: project: %w", r.Stream, r.Seq, err)
		}
		if why != "" {
			c.told = append(c.told, device.Broken{Stream: r.Stream, Seq: r.Seq, Reason: why})
		}
	}
	for stream := range c.seqs {
		of := spot{c.d.Device, stream, 0}
		before := g.through[of]
		end, bridged := before, false
		for {
			at := spot{c.d.Device, stream, uint64(end + 1)}
			if _, there := g.hash[at]; !there {
				break
			}
			end, bridged = end+1, g.stored[at]
		}
		if g.aside[of] || bridged {
			continue // there is more behind it than was looked up
		}
		c.ended[stream] = uint64(end)
		if end != before {
			g.ends.add(c.d.Device, stream, end)
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
		return r.Scan(&f.what, &f.name, &f.org, &f.profile, &f.stream, &f.n, &f.m, &f.bytes, &f.trust, &f.at)
	}, lookup, q.args()...)
	if err != nil {
		return fmt.Errorf("look up: %w", err)
	}
	for _, f := range found {
		switch f.what {
		case aboutRow:
			at := spot{attendance.DeviceID(f.name), uuid.UUID(f.stream), uint64(f.n)}
			g.hash[at], g.stored[at] = device.Hash(f.bytes), true
			g.ticks[at] = tick{f.profile, f.m, f.trust, f.at}
		case aboutStream:
			of := spot{attendance.DeviceID(f.name), uuid.UUID(f.stream), 0}
			g.through[of], g.aside[of], g.bodies[of] = f.n, f.m&1 != 0, f.m&2 != 0
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
