package store

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/google/uuid"

	"muster/attendance"
	"muster/device"
)

// old is a journal that has been here for long: all of it is one boot, a minute from row to
// row, and at some rows the cloud's clock was an hour back.
type old struct {
	*bench
	begin time.Time
	wrong func(seq uint64) bool
}

// row returns the row of a number. Nobody checks its hash against rows that aren't beside it.
func (o *old) row(seq uint64, id uuid.UUID) device.Row {
	r := device.Row{
		Stream: o.last.Stream, Seq: seq, ID: id, Kind: device.KindPunch, Payload: o.body, Prev: device.Hash{1},
		Clock: attendance.ClockReading{
			Device: o.begin.Add(time.Duration(seq) * time.Minute), Monotonic: time.Duration(seq) * time.Minute, BootID: "boot",
			Trust: attendance.TrustEstimated, Uncertainty: 20 * time.Millisecond,
		},
	}
	if o.wrong(seq) {
		r.Clock.Offset = -time.Hour
	}
	r.Hash = r.Sum()
	return r
}

// next returns the row after the last one.
func (o *old) next() device.Row {
	r := o.row(o.last.Seq+1, uuid.New())
	r.Prev = o.last.Hash
	r.Hash = r.Sum()
	o.last = r
	return r
}

// fill has the rows here from 1 to a number, but for those in without, told when they happened.
func (o *old) fill(b *testing.B, to uint64, without map[uint64]bool) {
	b.Helper()
	raw, punches := rawRows(), punchRows()
	for seq := uint64(1); seq <= to; seq++ {
		if without[seq] {
			continue
		}
		r := o.row(seq, uuid.New())
		o.last = r
		d := o.from
		d.Received = r.Clock.Device.Add(time.Second)
		raw.rows = append(raw.rows, rawRow(d, &r))
		p := attendance.Punch{
			ID: attendance.PunchID(r.ID.String()), Profile: attendance.ProfileID(o.anna), Card: attendance.CardID(o.card), Site: o.north.ID,
			Direction: attendance.In, At: r.Clock.Device, Clock: r.Clock,
		}
		source := attendance.Compared
		if o.wrong(seq) {
			source = attendance.Carried
		}
		p.Moment = attendance.Moment{At: r.Clock.Device, Uncertainty: 20 * time.Millisecond, Source: source}
		punches.rows = append(punches.rows, append(punchRow(d, p), string(source)))
	}
	punches.columns = append(punches.columns, "clock_source")
	err := o.change(context.Background(), func(t *tx) error {
		for _, rows := range []*bulkRows{&raw, &punches} {
			if t.bulk() {
				if err := rows.write(b.Context(), t.conn); err != nil {
					return err
				}
				continue
			}
			q, marks := "INSERT INTO "+rows.table+" (", ") VALUES ("
			for i, c := range rows.columns {
				if i > 0 {
					q, marks = q+", ", marks+", "
				}
				q, marks = q+c, marks+"?"
			}
			hot := prepare(t.speaker)
			for _, r := range rows.rows {
				if _, err := hot.exec(b.Context(), q+marks+")", r...); err != nil {
					return err
				}
			}
		}
		_, err := t.ExecContext(b.Context(), `INSERT INTO streams (device, stream, through) VALUES (?, ?, ?) ON CONFLICT DO NOTHING`, o.from.Device, o.last.Stream[:], int64(to))
		return err
	})
	if err != nil {
		b.Fatal(err)
	}
}

func (o *old) delivery(rows ...device.Row) device.Delivery {
	d := o.from
	d.Rows, d.Received = rows, o.begin.Add(time.Duration(rows[len(rows)-1].Seq)*time.Minute+time.Second)
	return d
}

// BenchmarkContestedFar is a delivery of a tablet that was taken over: 500 rows anywhere in
// a journal of 500,000 of one boot, whose comparisons contradict each other.
func BenchmarkContestedFar(b *testing.B) {
	o := &old{bench: newBenches(b, 1)[0], begin: time.Date(2020, 3, 2, 0, 0, 0, 0, time.UTC), wrong: func(seq uint64) bool { return seq/1000%3 == 1 }}
	const size, each = 500_000, 500
	without := map[uint64]bool{}
	var sent [][]uint64
	for range 20 {
		var some []uint64
		for len(some) < each {
			seq := 2 + rand.Uint64N(size-2)
			if !without[seq-1] && !without[seq] && !without[seq+1] {
				some = append(some, seq)
				without[seq-1], without[seq], without[seq+1] = true, true, true
			}
		}
		sent = append(sent, some)
	}
	o.clock.forward(10 * 365 * 24 * time.Hour)
	o.fill(b, size, without)
	var most time.Duration
	for b.Loop() {
		var rows []device.Row
		for _, seq := range sent[0] {
			rows = append(rows, o.row(seq, uuid.New()))
		}
		sent = sent[1:]
		began := time.Now()
		if _, err := o.Deliver(b.Context(), []device.Delivery{o.delivery(rows...)}); err != nil {
			b.Fatal(err)
		}
		most = max(most, time.Since(began))
	}
	b.ReportMetric(most.Seconds(), "s-most")
}

// BenchmarkContestedFleet is a live punch of each tablet of a group, while the cloud's clock is
// wrong: each has a boot of which a part contradicts the rest.
func BenchmarkContestedFleet(b *testing.B) {
	for _, c := range []struct {
		tablets int
		boot    uint64
	}{{1, 3000}, {1, 20_000}, {50, 3000}} {
		b.Run(fmt.Sprintf("tablets=%d/boot=%d", c.tablets, c.boot), func(b *testing.B) {
			var fleet []*old
			for _, t := range newBenches(b, c.tablets) {
				o := &old{bench: t, begin: time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC), wrong: func(seq uint64) bool { return seq > c.boot-100 }}
				o.fill(b, c.boot, nil)
				fleet = append(fleet, o)
			}
			fleet[0].clock.forward(365 * 24 * time.Hour)
			var most, first time.Duration
			for b.Loop() {
				var all []device.Delivery
				for _, o := range fleet {
					all = append(all, o.delivery(o.next()))
				}
				began := time.Now()
				if _, err := fleet[0].Deliver(b.Context(), all); err != nil {
					b.Fatal(err)
				}
				if first == 0 {
					first = time.Since(began)
				} else {
					most = max(most, time.Since(began))
				}
			}
			b.ReportMetric(float64(first.Milliseconds()), "ms-first")
			b.ReportMetric(float64(most.Milliseconds()), "ms-most")
			b.ReportMetric(float64(b.N*c.tablets)/b.Elapsed().Seconds(), "rows/s")
		})
	}
}
