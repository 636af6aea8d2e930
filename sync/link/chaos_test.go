package link_test

import (
	"context"
	"crypto/tls"
	"log/slog"
	"math/rand/v2"
	"net"
	"sync"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"

	"muster/device"
	"muster/device/journal"
	"muster/device/store"
	"muster/sync/link"
	"muster/sync/outbox"
	"muster/sync/wire"
)

// ledger is a cloud that commits rows and says so, on a bad day: it loses some
// of what it hears and some of what it says.
type ledger struct {
	b *broker

	mu   sync.Mutex
	has  map[uint64]device.Row
	dice *rand.Rand
	lose float64
	got  int
	all  chan struct{} // closed when it has want rows
	want int
}

func (l *ledger) take(body []byte) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.dice.Float64() < l.lose {
		return
	}
	var batch wire.JournalBatch
	if err := proto.Unmarshal(body, &batch); err != nil {
		l.b.t.Error(err)
		return
	}
	ack := &wire.JournalAck{}
	for _, m := range batch.GetRows() {
		row, err := wire.ToRow(m)
		if err != nil {
			l.b.t.Error(err)
			return
		}
		if old, there := l.has[row.Seq]; there && old.Hash != row.Hash {
			l.b.t.Errorf("row %d came with two faces", row.Seq)
		}
		l.has[row.Seq] = row
		l.got++
		ack.Stream, ack.Sparse = m.GetStream(), append(ack.Sparse, row.Seq)
	}
	for l.has[ack.GetThrough()+1].Seq != 0 {
		ack.Through++
	}
	if len(l.has) == l.want && l.all != nil {
		close(l.all)
		l.all = nil
	}
	if l.dice.Float64() < l.lose {
		return
	}
	answer, err := proto.Marshal(ack)
	if err != nil {
		l.b.t.Error(err)
	}
	l.b.say(wire.DownAck, answer)
}

// Rows are written while the line loses a tenth of all messages, connections are
// cut and the broker starts anew. In the end the cloud has every row, as it was
// written, and the tablet knows.
func TestEveryRowArrivesOverABadLine(t *testing.T) {
	t.Parallel()
	const rows = 400
	p := newPapers(t)
	b := startBroker(t, p, nil)
	cloud := &ledger{b: b, has: map[uint64]device.Row{}, dice: rand.New(rand.NewPCG(1, 2)), lose: 0.1, all: make(chan struct{}), want: rows}
	all := cloud.all
	b.hear("muster.1.*.*.up.journal", cloud.take)
	s, j := chain(t)
	cert := p.issue(string(self.Device), time.Hour)
	limits := outbox.Limits{Batch: 10, Live: 30, Backlog: 30, Patience: 100 * time.Millisecond, Tries: 4}
	written, confirmed := make(chan struct{}, 1), make(chan struct{}, 1)
	sessions := make(chan struct{}, 1000)
	var l *link.Link
	var line cable
	l = link.New(link.Config{
		Dial: line.dial, Address: self, Brokers: func() []string { return []string{b.addr} }, Now: time.Now, Logger: slog.New(slog.DiscardHandler),
		TLS: func() (func(string) *tls.Config, error) {
			return func(string) *tls.Config { return p.client(cert) }, nil
		},
		State: func(st device.Link) {
			if !st.Online {
				l.Retry() // no patience in a test
			}
		},
		Refused: func(context.Context, error) {},
		Serve: func(ctx context.Context, session *link.Session) error {
			sessions <- struct{}{}
			return serve(ctx, session, s, j, limits, written, confirmed)
		},
	})
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { defer close(ended); l.Run(ctx) }()
	defer func() { cancel(); <-ended }()

	take(t, sessions)
	for i := range rows {
		if _, err := j.Append(t.Context(), device.KindStarted, &wire.StartedPayload{}, device.Effect{}); err != nil {
			t.Fatal(err)
		}
		select {
		case written <- struct{}{}:
		default:
		}
		switch {
		case i == rows/2:
			b.stop()
			b.start()
			b.hear("muster.1.*.*.up.journal", cloud.take)
			take(t, sessions)
		case i%50 == 49 && line.cut():
			take(t, sessions)
		}
	}
	take(t, all)
	for {
		n, _, err := s.Waiting(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if n == 0 {
			break
		}
		take(t, confirmed)
	}
	cloud.mu.Lock()
	defer cloud.mu.Unlock()
	t.Logf("%d rows, %d received", rows, cloud.got)
	for seq := uint64(2); seq <= rows; seq++ {
		if cloud.has[seq].Prev != cloud.has[seq-1].Hash {
			t.Fatalf("row %d doesn't follow the one before it", seq)
		}
	}
}

func chain(t *testing.T) (*store.Store, *journal.Journal) {
	t.Helper()
	s, err := store.Open(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	if err := s.Activate(t.Context(), device.Grant{}); err != nil {
		t.Fatal(err)
	}
	system, err := journal.OpenSystem()
	if err != nil {
		t.Fatal(err)
	}
	j, err := journal.Open(t.Context(), s, journal.NewClock(system, device.ClockEstimate{}))
	if err != nil {
		t.Fatal(err)
	}
	return s, j
}

// serve is the tablet's side of a session, as far as the outbox goes.
func serve(ctx context.Context, session *link.Session, s *store.Store, j *journal.Journal, limits outbox.Limits, written <-chan struct{}, confirmed chan<- struct{}) error {
	box := outbox.New(s, limits, j.Stream(), j.Head(), func(b []byte) error { return session.Publish(wire.UpJournal, b) })
	for {
		now := time.Now()
		if box.Check(now) {
			return context.DeadlineExceeded
		}
		if err := box.Send(ctx, j.Head(), now); err != nil {
			return err
		}
		var late <-chan time.Time
		if d := box.Deadline(); !d.IsZero() {
			late = time.After(time.Until(d))
		}
		select {
		case m := <-session.Messages():
			var ack wire.JournalAck
			if err := proto.Unmarshal(m.Payload, &ack); err != nil {
				return err
			}
			if _, err := box.Confirmed(ctx, &ack, j.Head()); err != nil {
				return err
			}
			select {
			case confirmed <- struct{}{}:
			default:
			}
		case <-written:
		case <-late:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// cable is what a tablet hangs on. It is cut in the middle: a broker that is told to end
// a connection which is just subscribing has a race of its own.
type cable struct {
	mu   sync.Mutex
	conn net.Conn
}

func (c *cable) dial(ctx context.Context, network, address string) (net.Conn, error) {
	conn, err := new(net.Dialer).DialContext(ctx, network, address)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.conn = conn
	return conn, err
}

// cut tells whether there was anything to cut.
func (c *cable) cut() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.conn == nil {
		return false
	}
	_ = c.conn.Close()
	c.conn = nil
	return true
}
