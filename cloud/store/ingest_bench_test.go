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
	from       device.Delivery
	last       device.Row
	body       []byte
	anna, card string
}

// newBenches returns tablets of one site.
func newBenches(b *testing.B, n int) []*bench {
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
	body, err := proto.Marshal(&wire.PunchPayload{ProfileId: string(anna.ID), CardId: string(card), SiteId: string(w.north.ID), Direction: wire.Direction_DIRECTION_IN})
	if err != nil {
		b.Fatal(err)
	}
	all := make([]*bench, n)
	for i := range all {
		dev := attendance.NewID[attendance.DeviceID]()
		_, err = w.write.ExecContext(ctx, `INSERT INTO devices (id, org, site, name, created_at) VALUES (?, ?, ?, 'Bench', 1)`, dev, w.admin.Org, w.north.ID)
		if err != nil {
			b.Fatal(err)
		}
		all[i] = &bench{
			world: w, from: device.Delivery{Org: w.admin.Org, Device: dev}, last: device.Row{Stream: uuid.New()}, body: body,
			anna: string(anna.ID), card: string(card),
		}
	}
	return all
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
// chain, punch and receipt, committed. On PostgreSQL bare loops run beside it and
// take turns with it, one statement for each message and no more: the same raw
// rows into a table of the same shape by INSERT ... unnest ... ON CONFLICT DO
// NOTHING ("bare"), and raw rows and punches into two ("bare2"). With messages of
// several tablets waiting, the store takes them in one transaction, as ingest
// does; the bare loops don't.
func BenchmarkDeliver(b *testing.B) {
	for _, c := range []struct{ rows, tablets int }{{10, 1}, {100, 1}, {10, 20}, {100, 20}} {
		b.Run(fmt.Sprintf("rows=%d/waiting=%d", c.rows, c.tablets), func(b *testing.B) { benchDeliver(b, c.rows, c.tablets) })
	}
}

func benchDeliver(b *testing.B, rows, tablets int) {
	benches := newBenches(b, tablets)
	w := benches[0]
	_, postgres := on.(*databases)
	var ours, bare, bare2 time.Duration
	if postgres {
		w.makeBare(b)
	}
	timed := func(sum *time.Duration, f func() error) {
		start := time.Now()
		if err := f(); err != nil {
			b.Fatal(err)
		}
		*sum += time.Since(start)
	}
	run := func() {
		waiting := make([]device.Delivery, tablets)
		for i, w := range benches {
			waiting[i] = w.from
			waiting[i].Rows, waiting[i].Received = w.next(rows), w.clock.now()
		}
		timed(&ours, func() error {
			_, err := w.Deliver(b.Context(), waiting)
			return err
		})
		for _, d := range waiting {
			if !postgres {
				break
			}
			raw := rawColumns(d)
			timed(&bare, func() error { return w.bare(b.Context(), "bare", raw, nil) })
			timed(&bare2, func() error { return w.bare(b.Context(), "bare2", raw, w.punchColumns(d)) })
		}
	}
	for range 20 { // connections, plans and caches
		run()
	}
	ours, bare, bare2 = 0, 0, 0
	for b.Loop() {
		run()
	}
	n := float64(b.N * rows * tablets)
	b.ReportMetric(n/ours.Seconds(), "rows/s")
	if postgres {
		b.ReportMetric(n/bare.Seconds(), "bare-rows/s")
		b.ReportMetric(bare.Seconds()/ours.Seconds(), "of-bare")
		b.ReportMetric(bare2.Seconds()/ours.Seconds(), "of-bare2")
	}
}

func (w *bench) makeBare(b *testing.B) {
	b.Helper()
	for _, q := range []string{
		`DROP TABLE IF EXISTS bare, bare2, bare_punches`, `CREATE TABLE bare (LIKE raw_rows INCLUDING ALL)`,
		`CREATE TABLE bare2 (LIKE raw_rows INCLUDING ALL)`, `CREATE TABLE bare_punches (LIKE punches INCLUDING ALL)`,
	} {
		if _, err := w.write.db.ExecContext(context.WithoutCancel(b.Context()), q); err != nil {
			b.Fatal(err)
		}
	}
}

// bare inserts rows into a table, and punches into another where there are any.
func (w *bench) bare(ctx context.Context, table string, raw, punches []any) error {
	q := `INSERT INTO ` + table + ` (device, stream, seq, id, org, kind, payload, device_time, monotonic, boot, clock_offset, uncertainty, trust, prev, hash, received_at)
	SELECT * FROM unnest($1::text[], $2::bytea[], $3::bigint[], $4::bytea[], $5::text[], $6::text[], $7::bytea[], $8::bigint[], $9::bigint[], $10::text[],
	$11::bigint[], $12::bigint[], $13::bigint[], $14::bytea[], $15::bytea[], $16::bigint[]) ON CONFLICT DO NOTHING`
	if punches != nil {
		q = `WITH r AS (` + q + `) INSERT INTO bare_punches (id, org, site, device, profile, card, direction, at, device_time, trust, received_at, uncertainty)
		SELECT * FROM unnest($17::text[], $18::text[], $19::text[], $20::text[], $21::text[], $22::text[], $23::text[], $24::bigint[], $25::bigint[],
		$26::bigint[], $27::bigint[], $28::bigint[]) ON CONFLICT DO NOTHING`
	}
	_, err := w.write.db.ExecContext(ctx, q, append(raw[:len(raw):len(raw)], punches...)...)
	return err
}

func rawColumns(d device.Delivery) []any {
	var rows [][]any
	for i := range d.Rows {
		rows = append(rows, rawRow(d, &d.Rows[i]))
	}
	return turned(rows)
}

func (w *bench) punchColumns(d device.Delivery) []any {
	var rows [][]any
	for _, r := range d.Rows {
		p := attendance.Punch{
			ID: attendance.PunchID(r.ID.String()), Profile: attendance.ProfileID(w.anna), Card: attendance.CardID(w.card), Site: w.north.ID,
			Direction: attendance.In, At: r.Clock.Cloud(), Clock: r.Clock,
		}
		rows = append(rows, punchRow(d, p))
	}
	return turned(rows)
}

// turned makes columns out of rows.
func turned(rows [][]any) []any {
	columns := make([]any, len(rows[0]))
	for i, v := range rows[0] {
		switch v.(type) {
		case string:
			columns[i] = columnOf[string](rows, i)
		case []byte:
			columns[i] = columnOf[[]byte](rows, i)
		default:
			columns[i] = columnOf[int64](rows, i)
		}
	}
	return columns
}

func columnOf[T any](rows [][]any, i int) []T {
	column := make([]T, len(rows))
	for n, r := range rows {
		column[n] = r[i].(T)
	}
	return column
}
