package main

import (
	"context"
	"database/sql"
	"errors"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/uuid"
	"google.golang.org/protobuf/proto"

	"muster/access"
	"muster/attendance"
	"muster/cloud/ingest"
	"muster/cloud/store"
	"muster/cloud/store/sqlite"
	"muster/device"
	"muster/sync/wire"
)

// ear hears the acknowledgements of one tablet.
type ear struct{ acks chan *wire.JournalAck }

func (e ear) Send(_ wire.Address, leaf wire.Leaf, body []byte) error {
	if len(body) > wire.MaxMessage {
		return errors.New("too large")
	}
	if leaf != wire.DownAck {
		return nil
	}
	ack := new(wire.JournalAck)
	if err := proto.Unmarshal(body, ack); err != nil {
		return err
	}
	e.acks <- ack
	return nil
}

func (ear) Announce(attendance.OrgID, string, string) {}
func (ear) Cut(attendance.DeviceID)                   {}

// Whatever a tablet sends, the cloud neither falls over nor stops serving it:
// an honest row that comes afterwards is acknowledged. The store is the real one.
func FuzzHandle(f *testing.F) {
	path := filepath.Join(f.TempDir(), "cloud.db")
	db, err := sqlite.Open(f.Context(), path)
	if err != nil {
		f.Fatal(err)
	}
	s := store.New(db.Write, db.Read, db, time.Now)
	f.Cleanup(func() {
		if err := s.Close(); err != nil {
			f.Error(err)
		}
	})
	from := wire.Address{Org: attendance.NewID[attendance.OrgID](), Device: attendance.NewID[attendance.DeviceID]()}
	addTablet(f, path, s, from)
	e := ear{make(chan *wire.JournalAck, 100_000)}
	in := ingest.New(ingest.Config{
		Journal: s, Feed: s, Health: s, Downlink: e, Attend: func(context.Context, attendance.DeviceID) {},
		Now: time.Now, Logger: slog.New(slog.DiscardHandler),
	})
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { in.Run(ctx); close(done) }()
	f.Cleanup(func() { cancel(); <-done })

	for leaf := range ingest.Leaves() {
		f.Add(byte(leaf), []byte{})
		f.Add(byte(leaf), []byte{0xff, 0xff})
	}
	for leaf, m := range []proto.Message{
		batch(started()), &wire.FeedPull{Have: 1 << 63}, &wire.Pulse{Version: "1"}, &wire.Presence{Session: "s", Online: true},
	} {
		body, err := proto.Marshal(m)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(byte(leaf), body)
	}
	f.Fuzz(func(t *testing.T, leaf byte, body []byte) {
		leaves := ingest.Leaves()
		in.Handle(t.Context(), from, leaves[int(leaf)%len(leaves)], body)
		honest := started()
		after, err := proto.Marshal(batch(honest))
		if err != nil {
			t.Fatal(err)
		}
		in.Handle(t.Context(), from, wire.UpJournal, after)
		for deadline := time.After(patience); ; {
			select {
			case ack := <-e.acks:
				if uuid.UUID(ack.GetStream()) == honest.Stream {
					if ack.GetThrough() != 1 {
						t.Errorf("ack %v", ack)
					}
					return
				}
			case <-deadline:
				t.Fatal("the honest row is not acknowledged")
			}
		}
	})
}

// addTablet makes a tablet with its organisation and site.
func addTablet(tb testing.TB, path string, s *store.Store, a wire.Address) attendance.SiteID {
	tb.Helper()
	db, err := sql.Open("sqlite3", path+"?_busy_timeout=10000")
	if err != nil {
		tb.Fatal(err)
	}
	defer db.Close() //nolint:errcheck // it was for these lines
	key := attendance.NewCardKey()
	if _, err := db.Exec(`INSERT INTO orgs (id, name, card_key, created_at) VALUES (?, 'Acme', ?, 1)`, a.Org, key[:]); err != nil {
		tb.Fatal(err)
	}
	site, err := s.AddSite(tb.Context(), access.Actor{Org: a.Org, Role: access.OrgAdmin}, attendance.Site{Name: "Here", TimeZone: "UTC"})
	if err != nil {
		tb.Fatal(err)
	}
	_, err = db.Exec(`INSERT INTO devices (id, org, site, name, created_at) VALUES (?, ?, ?, 'Gate', 1)`, a.Device, a.Org, site.ID)
	if err != nil {
		tb.Fatal(err)
	}
	return site.ID
}

// started is the first row of a new journal.
func started() device.Row {
	r := device.Row{
		Stream: uuid.New(), Seq: 1, ID: uuid.Must(uuid.NewV7()), Kind: device.KindStarted,
		Clock: attendance.ClockReading{Device: time.UnixMicro(time.Now().UnixMicro())},
	}
	r.Hash = r.Sum()
	return r
}
