package main

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	mqtt "github.com/eclipse/paho.mqtt.golang"
	"github.com/google/uuid"
	"google.golang.org/protobuf/proto"

	"muster/device"
	"muster/sync/wire"
)

// How many punches a second go from the tablets' sockets into the store and are
// acknowledged, beside what the same SQLite takes from a bare loop that inserts
// the same raw rows, one table, 500 to a transaction. floor/x is the ratio.
func BenchmarkIngest(b *testing.B) {
	for _, perMessage := range []int{1, 10, 50} {
		b.Run(fmt.Sprintf("rows=%d", perMessage), func(b *testing.B) {
			c := startCloud(b)
			const tablets, window = 20, 16
			messages := (b.N + perMessage - 1) / perMessage
			each := (messages + tablets - 1) / tablets
			senders := make([]*sender, tablets)
			for i := range senders {
				senders[i] = newSender(c, each, perMessage)
			}
			b.ResetTimer()
			begin := time.Now()
			var wg sync.WaitGroup
			for _, s := range senders {
				wg.Go(func() { s.run(b, window) })
			}
			wg.Wait()
			rows := tablets * each * perMessage
			rate := float64(rows) / time.Since(begin).Seconds()
			b.StopTimer()
			if n := c.count(`SELECT COUNT(*) FROM punches`); n != rows {
				b.Fatalf("%d punches in the store of %d", n, rows)
			}
			floor := c.bareLoop(senders[0].rows, max(rows, 20_000))
			b.ReportMetric(rate, "rows/s")
			b.ReportMetric(floor, "floor-rows/s")
			b.ReportMetric(floor/rate, "floor/x")
			b.ReportMetric(float64(c.edge.Dropped()), "dropped")
		})
	}
}

// sender is a tablet with its journal written beforehand.
type sender struct {
	d       *tablet
	rows    []device.Row
	batches [][]byte
	sent    int // of batches
	through atomic.Uint64
	acked   chan struct{}
	per     int
}

func newSender(c *cloud, messages, per int) *sender {
	s := &sender{d: newTablet(c.t, c), acked: make(chan struct{}, 1), per: per}
	s.d.activate()
	o := s.d.options()
	o.SetDefaultPublishHandler(func(_ mqtt.Client, m mqtt.Message) {
		var ack wire.JournalAck
		if _, leaf, err := wire.ParseDown(m.Topic()); err != nil || leaf != wire.DownAck || proto.Unmarshal(m.Payload(), &ack) != nil {
			return
		}
		s.through.Store(ack.GetThrough())
		select {
		case s.acked <- struct{}{}:
		default:
		}
	})
	if err := s.d.dial(o); err != nil {
		c.t.Fatal(err)
	}
	s.d.subscribe(s.d.address().DownAll(), 0, true)
	for range messages {
		var rows []device.Row
		for range per {
			rows = append(rows, s.d.punch())
		}
		s.rows = append(s.rows, rows...)
		body, err := proto.Marshal(batch(rows...))
		if err != nil {
			c.t.Fatal(err)
		}
		s.batches = append(s.batches, body)
	}
	return s
}

// run sends everything with at most window messages unacknowledged.
func (s *sender) run(b *testing.B, window int) { s.send(b, len(s.batches), window) }

// send sends the next n messages and waits for their acknowledgement.
func (s *sender) send(b *testing.B, n, window int) {
	topic := s.d.address().Up(wire.UpJournal)
	for range n {
		for s.sent-int(s.through.Load())/s.per >= window {
			<-s.acked
		}
		s.d.client.Publish(topic, 1, false, s.batches[s.sent])
		s.sent++
	}
	for want := uint64(s.sent * s.per); s.through.Load() < want; {
		select {
		case <-s.acked:
		case <-time.After(patience):
			b.Errorf("acknowledged through %d of %d", s.through.Load(), want)
			return
		}
	}
}

// bareLoop inserts n rows like these and returns how many a second it does.
func (c *cloud) bareLoop(like []device.Row, n int) float64 {
	c.t.Helper()
	c.exec(`CREATE TABLE bare AS SELECT * FROM raw_rows LIMIT 0`)
	c.exec(`CREATE UNIQUE INDEX bare_place ON bare (device, stream, seq)`)
	c.exec(`CREATE UNIQUE INDEX bare_id ON bare (id)`)
	c.exec(`PRAGMA synchronous = FULL`)
	begin := time.Now()
	for done := 0; done < n; {
		tx, err := c.db.Begin()
		if err != nil {
			c.t.Fatal(err)
		}
		stmt, err := tx.Prepare(`INSERT INTO bare VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`)
		if err != nil {
			c.t.Fatal(err)
		}
		for range min(500, n-done) {
			r := like[done%len(like)]
			id := uuid.New()
			_, err := stmt.Exec(string(c.org), r.Stream[:], done, id[:], string(c.org), string(r.Kind), r.Payload, r.Clock.Device.UnixMicro(),
				r.Clock.Monotonic.Microseconds(), r.Clock.BootID, 0, 0, 1, r.Prev[:], r.Hash[:], 1)
			if err != nil {
				c.t.Fatal(err)
			}
			done++
		}
		if err := tx.Commit(); err != nil {
			c.t.Fatal(err)
		}
	}
	return float64(n) / time.Since(begin).Seconds()
}
