package store

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/google/uuid"
	"pgregory.net/rapid"

	"muster/attendance"
	"muster/device"
	"muster/sync/wire"
)

// A tablet writes; a network drops, doubles and reorders batches and
// acknowledgements; the tablet sends again what isn't acknowledged. Whatever
// happens: what is acknowledged is kept, and in the end each row is kept once
// and each good punch counts once.
func TestDeliveryOverABadNetwork(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	anna := w.person(t, "Anna", "Berg", w.north.ID)
	rapid.Check(t, func(r *rapid.T) {
		net := &badNetwork{world: w, r: r, ctx: t.Context(), p: w.pen(t, w.admin.Org, w.north.ID), pending: map[uint64]device.Row{}}
		for range rapid.IntRange(1, 12).Draw(r, "steps") {
			net.write(anna.ID)
			net.send()
		}
		net.exchange(slices.Collect(maps.Values(net.pending)), true) // the network is fine again
		if len(net.pending) > 0 {
			r.Errorf("%d rows still wait", len(net.pending))
		}
		net.check(t)
	})
}

type badNetwork struct {
	*world
	r       *rapid.T
	ctx     context.Context //nolint:containedctx // of one run
	p       *pen
	pending map[uint64]device.Row
	written []device.Row
	punches int
}

// write adds a few rows to the journal, good and poisonous.
func (n *badNetwork) write(anna attendance.ProfileID) {
	for range rapid.IntRange(0, 8).Draw(n.r, "rows") {
		var row device.Row
		switch rapid.IntRange(0, 5).Draw(n.r, "kind") {
		case 0:
			row = n.p.writeRaw(device.KindPunch, []byte{0xff})
		case 1:
			row = n.p.write(device.KindReader, &wire.ReaderPayload{State: "missing"})
		case 2:
			row = n.p.write(device.KindRefusal, &wire.RefusalPayload{Reason: string(attendance.UnknownCard)})
		default:
			row = n.p.punch(anna, "")
			n.punches++
		}
		n.written = append(n.written, row)
		n.pending[row.Seq] = row
	}
}

// some picks rows to send, in any order, some of them twice, some that are
// acknowledged already.
func (n *badNetwork) some(atMost int) []device.Row {
	var rows []device.Row
	for _, row := range n.written {
		if _, waits := n.pending[row.Seq]; (waits || rapid.IntRange(0, 5).Draw(n.r, "stale") == 0) && len(rows) < atMost {
			rows = append(rows, row)
		}
	}
	if len(rows) == 0 {
		return nil
	}
	rows = rapid.Permutation(rows).Draw(n.r, "order")
	if rapid.Bool().Draw(n.r, "twice") {
		rows = append(rows, rows[0])
	}
	return rows
}

func (n *badNetwork) send() {
	for range rapid.IntRange(0, 3).Draw(n.r, "batches") {
		n.exchange(n.some(rapid.IntRange(1, 10).Draw(n.r, "size")), rapid.Bool().Draw(n.r, "answer arrives"))
	}
}

// exchange delivers rows in one transaction or several, and takes the receipts
// in unless they are lost.
func (n *badNetwork) exchange(rows []device.Row, answered bool) {
	if len(rows) == 0 {
		return
	}
	cut := rapid.IntRange(0, len(rows)).Draw(n.r, "cut")
	out, err := n.Deliver(n.ctx, []device.Delivery{n.p.delivery(rows[:cut]...), n.p.delivery(rows[cut:]...)})
	if err != nil {
		n.r.Fatal(err)
	}
	for _, o := range out {
		for _, receipt := range o.Receipts {
			n.receive(receipt, answered)
		}
	}
}

func (n *badNetwork) receive(receipt device.Receipt, answered bool) {
	safe := map[uint64]bool{}
	for seq := uint64(1); seq <= receipt.Through; seq++ {
		safe[seq] = true
	}
	for _, seq := range receipt.Sparse {
		if seq <= receipt.Through {
			n.r.Errorf("%d is sparse, but everything through %d is safe", seq, receipt.Through)
		}
		safe[seq] = true
	}
	for seq := range safe {
		var kept bool
		err := n.read.QueryRowContext(context.Background(), `SELECT EXISTS (SELECT 1 FROM raw_rows WHERE stream = ? AND seq = ?)`, receipt.Stream[:], int64(seq)).Scan(&kept)
		if err != nil || !kept {
			n.r.Errorf("row %d is acknowledged and not kept: %v", seq, err)
		}
		if answered {
			delete(n.pending, seq)
		}
	}
}

func (n *badNetwork) check(t *testing.T) {
	stream := n.p.last.Stream
	if got := n.number(t, `SELECT count(*) FROM raw_rows WHERE stream = ?`, stream[:]); got != len(n.written) {
		n.r.Errorf("%d rows kept of %d", got, len(n.written))
	}
	for _, row := range n.written {
		if err := n.same(stream, row); err != nil {
			n.r.Error(err)
		}
	}
	if got := n.number(t, `SELECT count(*) FROM punches WHERE device = ?`, n.p.from.Device); got != n.punches {
		n.r.Errorf("%d punches count, %d were made", got, n.punches)
	}
	through := 0
	if len(n.written) > 0 {
		through = n.number(t, `SELECT through FROM streams WHERE stream = ?`, stream[:])
	}
	if through != len(n.written) {
		n.r.Errorf("through %d of %d", through, len(n.written))
	}
}

// same tells whether the row that is kept is the one that was written.
func (n *badNetwork) same(stream uuid.UUID, row device.Row) error {
	var hash []byte
	err := n.read.QueryRowContext(context.Background(), `SELECT hash FROM raw_rows WHERE stream = ? AND seq = ?`, stream[:], int64(row.Seq)).Scan(&hash)
	if err != nil || device.Hash(hash) != row.Hash {
		return fmt.Errorf("row %d is not as it was written: %w", row.Seq, err)
	}
	return nil
}
