package store

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/google/uuid"
	"google.golang.org/protobuf/proto"

	"muster/attendance"
	"muster/device"
	"muster/sync/wire"
)

// bench is a tablet whose journal is written before the clock runs.
type bench struct {
	*world
	from device.Delivery
	last device.Row
	body []byte
}

func newBench(b *testing.B) *bench {
	b.Helper()
	w := newWorld(b)
	ctx := b.Context()
	anna, err := w.AddProfile(ctx, w.admin.Actor(), attendance.Profile{FirstName: "Anna", LastName: "Berg"}, []attendance.SiteID{w.north.ID})
	if err != nil {
		b.Fatal(err)
	}
	card := attendance.NewCardKey().ID([]byte{4, 1, 2, 3})
	if err := w.AssignCard(ctx, w.admin.Actor(), anna.ID, card, ""); err != nil {
		b.Fatal(err)
	}
	dev := attendance.NewID[attendance.DeviceID]()
	_, err = w.write.ExecContext(ctx, `INSERT INTO devices (id, org, site, name, created_at) VALUES (?, ?, ?, 'Bench', 1)`, dev, w.admin.Org, w.north.ID)
	if err != nil {
		b.Fatal(err)
	}
	body, err := proto.Marshal(&wire.PunchPayload{ProfileId: string(anna.ID), CardId: string(card), SiteId: string(w.north.ID), Direction: wire.Direction_DIRECTION_IN})
	if err != nil {
		b.Fatal(err)
	}
	return &bench{world: w, from: device.Delivery{Org: w.admin.Org, Device: dev}, last: device.Row{Stream: uuid.New()}, body: body}
}

func (w *bench) next(n int) []device.Row {
	rows := make([]device.Row, n)
	for i := range rows {
		r := device.Row{
			Stream: w.last.Stream, Seq: w.last.Seq + 1, ID: uuid.Must(uuid.NewV7()), Kind: device.KindPunch, Payload: w.body, Prev: w.last.Hash,
			Clock: attendance.ClockReading{Device: time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC), BootID: "boot", Trust: attendance.TrustEstimated},
		}
		r.Hash = r.Sum()
		rows[i], w.last = r, r
	}
	return rows
}

// BenchmarkDeliver is what it costs to keep punches, message by message: raw row,
// chain, punch and receipt, committed. On PostgreSQL a bare loop runs beside it
// and takes turns with it: the same raw rows into a table of the same shape, one
// INSERT ... unnest ... ON CONFLICT DO NOTHING for each message and no more.
func BenchmarkDeliver(b *testing.B) {
	for _, n := range []int{10, 100} {
		b.Run(fmt.Sprint("rows=", n), func(b *testing.B) {
			w := newBench(b)
			_, bare := on.(*databases)
			var ours, theirs time.Duration
			if bare {
				w.makeBare(b)
			}
			for range b.N {
				d, other := w.from, w.next(n)
				d.Rows, d.Received = other, w.clock.now()
				start := time.Now()
				if _, err := w.Deliver(b.Context(), []device.Delivery{d}); err != nil {
					b.Fatal(err)
				}
				ours += time.Since(start)
				if !bare {
					continue
				}
				columns := rawColumns(d)
				start = time.Now()
				if _, err := w.write.db.ExecContext(b.Context(), bareInsert, columns...); err != nil {
					b.Fatal(err)
				}
				theirs += time.Since(start)
			}
			if got := w.last.Seq; got != uint64(b.N*n) {
				b.Fatal("rows are missing")
			}
			b.ReportMetric(float64(b.N*n)/ours.Seconds(), "rows/s")
			if bare {
				b.ReportMetric(float64(b.N*n)/theirs.Seconds(), "bare-rows/s")
				b.ReportMetric(theirs.Seconds()/ours.Seconds(), "of-bare")
			}
		})
	}
}

func (w *bench) makeBare(b *testing.B) {
	b.Helper()
	for _, q := range []string{`DROP TABLE IF EXISTS bare`, `CREATE TABLE bare (LIKE raw_rows INCLUDING ALL)`} {
		if _, err := w.write.db.ExecContext(context.WithoutCancel(b.Context()), q); err != nil {
			b.Fatal(err)
		}
	}
}

const bareInsert = `INSERT INTO bare (device, stream, seq, id, org, kind, payload, device_time, monotonic, boot, clock_offset, uncertainty, trust, prev, hash, received_at)
	SELECT * FROM unnest($1::text[], $2::bytea[], $3::bigint[], $4::bytea[], $5::text[], $6::text[], $7::bytea[], $8::bigint[], $9::bigint[], $10::text[],
	$11::bigint[], $12::bigint[], $13::bigint[], $14::bytea[], $15::bytea[], $16::bigint[]) ON CONFLICT DO NOTHING`

func rawColumns(d device.Delivery) []any {
	var c rawRows
	for _, r := range d.Rows {
		c.add(d, r)
	}
	return c.args()
}
