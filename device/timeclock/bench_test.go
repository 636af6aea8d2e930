package timeclock_test

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/binary"
	"fmt"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"muster/attendance"
	"muster/device"
	"muster/device/journal"
	"muster/device/store"
	"muster/device/timeclock"
)

// BenchmarkPunch measures a tap from card number to receipt with 100,000 people
// in the roster, beside a bare commit of the same bytes to a file on the same
// disk, taken in turns. The goal is a ratio of at most 1.2.
func BenchmarkPunch(b *testing.B) {
	const people = 100_000
	dir := b.TempDir()
	clock, _ := benchClock(b, dir, people)
	bare, size := bareCommit(b, filepath.Join(dir, "bare.db"))
	var punches, commits time.Duration
	uid := make([]byte, 7)
	for i := range b.N {
		binary.BigEndian.PutUint32(uid[3:], uint32(i*7919%people))
		tap := attendance.Tap{UID: uid}
		began := time.Now()
		receipt := clock.Punch(b.Context(), tap)
		middle := time.Now()
		bare()
		ended := time.Now()
		if !receipt.Accepted && receipt.Reason != attendance.TooSoon {
			b.Fatalf("refused: %s", receipt.Reason)
		}
		punches += middle.Sub(began)
		commits += ended.Sub(middle)
	}
	b.ReportMetric(float64(punches.Nanoseconds())/float64(b.N), "ns/punch")
	b.ReportMetric(float64(commits.Nanoseconds())/float64(b.N), "ns/commit")
	b.ReportMetric(float64(size), "B/commit")
	b.ReportMetric(float64(punches)/float64(commits), "ratio")
	b.ReportMetric(0, "ns/op")
}

// benchClock is a time clock over a store with so many people, each with a card
// whose UID is their number.
func benchClock(b *testing.B, dir string, people int) (*timeclock.Clock, *store.Store) {
	b.Helper()
	ctx := context.Background()
	s, err := store.Open(ctx, filepath.Join(dir, "tablet"))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = s.Close() })
	identity := device.Identity{
		Device: attendance.NewID[attendance.DeviceID](), Org: attendance.NewID[attendance.OrgID](), Site: attendance.NewID[attendance.SiteID](),
	}
	settings := device.Settings{TimeZone: "Europe/Berlin", CardKey: attendance.NewCardKey(), Debounce: time.Second}
	if err := s.Activate(ctx, device.Grant{Identity: identity, Settings: settings}); err != nil {
		b.Fatal(err)
	}
	fill(b, s, settings.CardKey, people)
	system, err := journal.OpenSystem()
	if err != nil {
		b.Fatal(err)
	}
	j, err := journal.Open(ctx, s, journal.NewClock(system, device.ClockEstimate{}))
	if err != nil {
		b.Fatal(err)
	}
	return timeclock.New(timeclock.Config{
		Roster: s, History: s, Journal: j, Identity: identity, Logger: slog.New(slog.DiscardHandler),
		Settings: func() device.Settings { return settings }, Lock: func() device.Lock { return device.Lock{} }, Floor: func() time.Time { return time.Time{} },
	}), s
}

func fill(b *testing.B, s *store.Store, key attendance.CardKey, people int) {
	b.Helper()
	const page = 5000
	for first := 0; first < people; first += page {
		u := device.RosterUpdate{To: device.FeedPosition{Epoch: "e", Version: uint64(first + page)}, Complete: true}
		for i := first; i < min(first+page, people); i++ {
			p := attendance.Profile{
				ID: attendance.NewID[attendance.ProfileID](), Number: fmt.Sprint(i), FirstName: "First", LastName: fmt.Sprintf("Last%d", i),
			}
			uid := make([]byte, 7)
			binary.BigEndian.PutUint32(uid[3:], uint32(i))
			u.Changes = append(u.Changes, device.RosterChange{Profile: &p},
				device.RosterChange{Card: &attendance.Card{ID: key.ID(uid), Profile: p.ID, From: time.Unix(1, 0)}})
		}
		if err := s.ApplyFeed(b.Context(), u); err != nil {
			b.Fatal(err)
		}
	}
}

// bareCommit is the floor: one row of the size of a punch, appended to a table
// with nothing else, in a commit of its own.
func bareCommit(b *testing.B, path string) (commit func(), size int) {
	b.Helper()
	db, err := sql.Open("sqlite3", "file:"+path+"?_journal_mode=WAL&_synchronous=FULL")
	if err != nil {
		b.Fatal(err)
	}
	db.SetMaxOpenConns(1)
	b.Cleanup(func() { _ = db.Close() })
	if _, err := db.Exec(`CREATE TABLE rows (n INTEGER PRIMARY KEY, body BLOB NOT NULL)`); err != nil {
		b.Fatal(err)
	}
	insert, err := db.Prepare(`INSERT INTO rows (body) VALUES (?)`)
	if err != nil {
		b.Fatal(err)
	}
	// Payload (profile, card, site), identifiers, two hashes, boot id, numbers.
	body := make([]byte, 36+64+36+8+16+16+2*sha256.Size+36+6*8+36)
	return func() {
		if _, err := insert.Exec(body); err != nil {
			b.Fatal(err)
		}
	}, len(body)
}
