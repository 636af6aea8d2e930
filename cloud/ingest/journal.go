package ingest

import (
	"context"
	"hash/fnv"
	"time"

	"google.golang.org/protobuf/proto"

	"muster/device"
	"muster/internal/failpoint"
	"muster/sync/wire"
)

// delivery is one message on its way into the store.
type delivery struct {
	from wire.Address
	rows device.Delivery
	body []byte // what it was, until it is opened
	wire.Glance
}

// open takes the message apart. It tells whether there is anything in it.
func (d *delivery) open() bool {
	if d.body != nil {
		at := d.rows
		d.rows = wire.UnpackBatch(d.body)
		d.rows.Org, d.rows.Device, d.rows.Received = at.Org, at.Device, at.Received
		d.body = nil
	}
	return len(d.rows.Rows)+len(d.rows.Broken)+len(d.rows.Standing) > 0
}

func (in *Ingest) journal(ctx context.Context, from wire.Address, payload []byte) {
	d := delivery{from: from, body: payload, Glance: wire.GlanceAt(payload)}
	d.rows.Org, d.rows.Device, d.rows.Received = from.Org, from.Device, in.Now()
	// What waited may wait until it is its turn; with thousands of tablets that takes
	// less memory than its rows.
	if !d.Backlog && !d.open() {
		return
	}
	failpoint.Pass(failpoint.Received)
	if !in.turnOf(from).put(ctx, d) {
		in.Logger.Warn("too much waits for the store", "device", from.Device)
	}
}

// turnOf returns the queue of a tablet. It is always the same, so that two
// transactions never wait for each other over a tablet's rows, and these stay in
// their order.
func (in *Ingest) turnOf(from wire.Address) *turn {
	h := fnv.New32a()
	h.Write([]byte(from.Device))                     //nolint:errcheck // a hash takes everything
	return in.turns[h.Sum32()%uint32(len(in.turns))] //nolint:gosec // a handful
}

// commit takes deliveries of one lane to the store until ctx ends. While one transaction
// is being committed the next one gathers: no message ever waits for company, and under
// load the cost of a commit is shared by many.
func (in *Ingest) commit(ctx context.Context, t *turn, l *lane, take func() []delivery) {
	last := context.WithoutCancel(ctx)
	for ctx.Err() == nil {
		if in.keep(last, t, l, take()) {
			continue
		}
		select {
		case <-l.ready:
		case <-ctx.Done():
		}
	}
}

// finish takes to the store what is left when nobody else does any more: what is live
// first.
func (in *Ingest) finish(ctx context.Context, t *turn) {
	for in.keep(ctx, t, &t.live, t.takeLive()) || in.keep(ctx, t, &t.backlog, t.takeBacklog()) {
	}
}

// keep stores what was taken from a lane in one transaction, if that is anything.
func (in *Ingest) keep(ctx context.Context, t *turn, l *lane, taken []delivery) bool {
	if len(taken) == 0 {
		return false
	}
	began, rows := time.Now(), 0
	group := gather(taken)
	for _, d := range group {
		rows += len(d.rows.Rows)
	}
	in.store(ctx, group)
	t.done(l, taken, rows, time.Since(began))
	return true
}

// gather makes one delivery of those of one tablet, with one answer.
func gather(taken []delivery) []delivery {
	var group []delivery
	place := map[wire.Address]int{}
	for _, d := range taken {
		if !d.open() {
			continue
		}
		i, there := place[d.from]
		if !there {
			place[d.from] = len(group)
			group = append(group, d)
			continue
		}
		together := &group[i].rows
		together.Rows, together.Broken = append(together.Rows, d.rows.Rows...), append(together.Broken, d.rows.Broken...)
		together.Standing, together.Asks = append(together.Standing, d.rows.Standing...), together.Asks || d.rows.Asks
	}
	return group
}

func (in *Ingest) acknowledge(to wire.Address, out device.Outcome) {
	for _, r := range out.Receipts {
		ack := &wire.JournalAck{
			Stream: r.Stream[:], Through: r.Through, Sparse: r.Sparse, ServerTimeUs: in.Now().UnixMicro(),
			Again: r.Again, Forked: r.Forked, Asked: &r.Asked,
		}
		if r.Linked > 0 {
			ack.Linked, ack.Hash = r.Linked, r.Hash[:]
		}
		for i := range r.Hashes {
			if r.Hashes[i] == (device.Hash{}) {
				ack.SparseHashes = append(ack.SparseHashes, nil)
			} else {
				ack.SparseHashes = append(ack.SparseHashes, r.Hashes[i][:])
			}
		}
		ack.AsideAfter = r.AsideAfter
		for _, a := range r.Aside {
			m := &wire.Aside{Seq: a.Seq}
			if a.Before != (device.Hash{}) {
				m.Before = a.Before[:]
			}
			for i := range a.Sums {
				m.Sums = append(m.Sums, a.Sums[i][:])
			}
			ack.Aside = append(ack.Aside, m)
		}
		in.send(to, wire.DownAck, ack)
	}
	failpoint.Pass(failpoint.Answered)
	for _, n := range out.News {
		in.Downlink.Announce(to.Org, n.Topic, n.ID)
	}
}

// send sends a message and only logs when it can't: tablets ask again.
func (in *Ingest) send(to wire.Address, leaf wire.Leaf, m proto.Message) {
	body, err := proto.Marshal(m)
	if err == nil {
		err = in.Downlink.Send(to, leaf, body)
	}
	if err != nil {
		in.Logger.Warn("send", "device", to.Device, "leaf", leaf, "err", err)
	}
}
