package main

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"muster/device"
)

// How many punches a second go from the tablets' sockets into PostgreSQL and are
// acknowledged, beside what the same server takes meanwhile, in turns, from a raw
// loop: the raw log's columns and indexes and nothing else, one INSERT ... unnest
// ... ON CONFLICT DO NOTHING of a message's rows, columns made beforehand, each
// statement a transaction. of-raw is the ratio to the loop on as many connections
// as ingest writes on, of-raw1 to that on one.
func BenchmarkIngestPostgreSQL(b *testing.B) {
	for _, per := range []int{10, 100} {
		b.Run(fmt.Sprintf("rows=%d", per), func(b *testing.B) { benchPostgreSQL(b, per) })
	}
}

// A round of it: each of the tablets sends roundRows punches, at most window
// messages of a tablet are unacknowledged.
const (
	rateTablets = 40
	roundRows   = 1000
	rateWindow  = 8
	rateRounds  = 8
)

func benchPostgreSQL(b *testing.B, per int) {
	server, url := startPostgres(b)
	c := startCloudOn(b, b.TempDir(), url).found()
	c.clock.forward(-rateTablets * time.Minute)
	raw := newRawLoops(b, server.URL("cloud"), per, url.writers())
	var ours, one, many time.Duration
	rounds := 0
	for b.Loop() {
		if rounds > 0 {
			break // one measurement is many rounds already
		}
		senders := make([]*sender, rateTablets)
		for i := range senders {
			c.clock.forward(time.Minute) // not too many activations at once
			senders[i] = newSender(c, (rateRounds+1)*roundRows/per, per)
		}
		together := func(n int, f func(i int)) time.Duration {
			begin := time.Now()
			var wg sync.WaitGroup
			for i := range n {
				wg.Go(func() { f(i) })
			}
			wg.Wait()
			return time.Since(begin)
		}
		for ; rounds <= rateRounds; rounds++ {
			a := together(rateTablets, func(i int) { senders[i].send(b, roundRows/per, rateWindow) })
			raw[0].prepare(rateTablets * roundRows)
			o := together(1, func(i int) { raw[i].run(b) })
			for _, r := range raw {
				r.prepare(rateTablets * roundRows / len(raw))
			}
			m := together(len(raw), func(i int) { raw[i].run(b) })
			if rounds > 0 { // the first is for connections, plans and caches
				ours, one, many = ours+a, one+o, many+m
			}
		}
	}
	if rounds == 0 {
		return
	}
	n := rateRounds * roundRows * rateTablets
	if stored := c.count(`SELECT COUNT(*) FROM punches`); stored != n+roundRows*rateTablets {
		b.Fatalf("%d punches in the store of %d", stored, n)
	}
	b.ReportMetric(float64(n)/ours.Seconds(), "rows/s")
	b.ReportMetric(float64(n)/one.Seconds(), "raw1-rows/s")
	b.ReportMetric(float64(n)/many.Seconds(), "raw-rows/s")
	b.ReportMetric(one.Seconds()/ours.Seconds(), "of-raw1")
	b.ReportMetric(many.Seconds()/ours.Seconds(), "of-raw")
	b.ReportMetric(float64(c.edge.Dropped()), "dropped")
}

// rawLoop inserts rows like those of tablets over a connection of its own.
type rawLoop struct {
	conn    *pgx.Conn
	per     int
	last    device.Row
	waiting [][]any
}

func newRawLoops(b *testing.B, url string, per, n int) []*rawLoop {
	b.Helper()
	all := make([]*rawLoop, n)
	for i := range all {
		conn, err := pgx.Connect(b.Context(), url)
		if err != nil {
			b.Fatal(err)
		}
		b.Cleanup(func() { _ = conn.Close(context.Background()) }) //nolint:errcheck // the server ends next
		all[i] = &rawLoop{conn: conn, per: per, last: device.Row{Stream: uuid.New()}}
	}
	if _, err := all[0].conn.Exec(b.Context(), `CREATE TABLE bare (LIKE raw_rows INCLUDING ALL)`); err != nil {
		b.Fatal(err)
	}
	return all
}

// prepare makes the columns of the next n rows.
func (l *rawLoop) prepare(n int) {
	l.waiting = l.waiting[:0]
	for range n / l.per {
		var text [4][]string
		var raw [5][][]byte
		var number [7][]int64
		for range l.per {
			id := uuid.Must(uuid.NewV7())
			l.last.Seq++
			for i, v := range []string{l.last.Stream.String(), l.last.Stream.String(), "punch", l.last.Stream.String()} {
				text[i] = append(text[i], v)
			}
			hash := device.Row{ID: id}.Sum()
			for i, v := range [][]byte{l.last.Stream[:], id[:], make([]byte, 118), hash[:], hash[:]} {
				raw[i] = append(raw[i], v)
			}
			now := time.Now().UnixMicro()
			for i, v := range []int64{int64(l.last.Seq), now, now, 2_000_000, 1000, 1, now} { //nolint:gosec // it began at 1
				number[i] = append(number[i], v)
			}
		}
		l.waiting = append(l.waiting, []any{
			text[0], raw[0], number[0], raw[1], text[1], text[2], raw[2], number[1], number[2], text[3],
			number[3], number[4], number[5], raw[3], raw[4], number[6],
		})
	}
}

func (l *rawLoop) run(b *testing.B) {
	for _, args := range l.waiting {
		_, err := l.conn.Exec(b.Context(), `INSERT INTO bare (device, stream, seq, id, org, kind, payload, device_time, monotonic, boot,
			clock_offset, uncertainty, trust, prev, hash, received_at)
			SELECT * FROM unnest($1::text[], $2::bytea[], $3::bigint[], $4::bytea[], $5::text[], $6::text[], $7::bytea[], $8::bigint[], $9::bigint[], $10::text[],
			$11::bigint[], $12::bigint[], $13::bigint[], $14::bytea[], $15::bytea[], $16::bigint[]) ON CONFLICT DO NOTHING`, args...)
		if err != nil {
			b.Error(err)
			return
		}
	}
}
