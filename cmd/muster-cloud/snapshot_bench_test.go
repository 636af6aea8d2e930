package main

import (
	"compress/gzip"
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/hex"
	"fmt"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"

	"muster/attendance"
	"muster/device/roster"
	devstore "muster/device/store"
	"muster/sync/wire"
)

// How many profiles a second, each with a card and the reference to a photo, a
// new tablet gets by snapshot: read from the cloud's store, packed, sent through
// the broker over TLS, unpacked, checked and committed page by page with
// synchronous=FULL; beside the bare insert of the same rows into the same tables,
// with the same pragmas and as many rows to a transaction. x/floor is the ratio;
// wire/gzip compares what went over the wire with gzip of the same rows in one
// piece.
func BenchmarkSnapshot(b *testing.B) {
	const people = 100_000
	c := startCloud(b)
	rows := c.populate(people)
	changes := make([][]byte, len(rows))
	var plain []byte
	for i, r := range rows {
		body, err := proto.Marshal(r)
		if err != nil {
			b.Fatal(err)
		}
		changes[i], plain = body, wire.AppendChange(plain, body)
	}
	c.feedAll(rows, changes)
	gz := zipped(b, plain)
	for b.Loop() {
		b.StopTimer()
		d := newTablet(b, c).activate()
		d.connect()
		d.subscribe(d.address().DownAll(), 0, true)
		b.StartTimer()
		begin := time.Now()
		bytes, pages := d.snapshot(people)
		took := time.Since(begin)
		b.StopTimer()
		d.client.Disconnect(0)
		floor := bareInsert(b, rows, len(rows)/pages)
		b.ReportMetric(people/took.Seconds(), "profiles/s")
		b.ReportMetric(people/floor.Seconds(), "floor-profiles/s")
		b.ReportMetric(floor.Seconds()/took.Seconds(), "x/floor")
		b.ReportMetric(float64(bytes), "wire-bytes")
		b.ReportMetric(float64(gz), "gzip-bytes")
		b.ReportMetric(float64(bytes)/float64(gz), "wire/gzip")
		b.ReportMetric(float64(pages), "pages")
		b.StartTimer()
	}
}

// populate makes up people and their cards.
func (c *cloud) populate(n int) []*wire.Change {
	first := []string{"Anna", "Jürgen", "Светлана", "Mehmet", "Zoë", "Li", "Giulia", "Владимир"}
	last := []string{"Berg", "Müller-Lüdenscheidt", "Кузнецова", "Yılmaz", "Andersson", "Wang", "Esposito", "Петров"}
	var rows []*wire.Change
	for i := range n {
		id := string(attendance.NewID[attendance.ProfileID]())
		rows = append(rows, &wire.Change{Of: &wire.Change_Profile{Profile: &wire.Profile{
			Id: id, Number: fmt.Sprint(100_000 + i), FirstName: first[i%len(first)], LastName: fmt.Sprint(last[i/7%len(last)], " ", i%997),
			Language: "de", Photo: random(),
		}}}, &wire.Change{Of: &wire.Change_Card{Card: &wire.Card{CardId: random(), ProfileId: id, FromUs: 1_700_000_000_000_000 + int64(i)*1_234_567}}})
	}
	return rows
}

// random returns 32 random bytes in hexadecimal, as ids of cards and photos are.
func random() string {
	var b [32]byte
	_, _ = rand.Read(b[:])
	return hex.EncodeToString(b[:])
}

// feedAll puts changes into the site's feed.
func (c *cloud) feedAll(rows []*wire.Change, bodies [][]byte) {
	c.t.Helper()
	tx, err := c.db.Begin()
	if err != nil {
		c.t.Fatal(err)
	}
	head := c.count(`SELECT feed_head FROM sites WHERE id = ?`, c.site)
	for i, r := range rows {
		key := "profile/" + r.GetProfile().GetId()
		if k := r.GetCard(); k != nil {
			key = "card/" + k.GetCardId()
		}
		head++
		if _, err := tx.Exec(`INSERT INTO feed (site, key, version, change) VALUES (?, ?, ?, ?)`, c.site, key, head, bodies[i]); err != nil {
			c.t.Fatal(err)
		}
	}
	if _, err := tx.Exec(`UPDATE sites SET feed_head = ? WHERE id = ?`, head, c.site); err != nil {
		c.t.Fatal(err)
	}
	if err := tx.Commit(); err != nil {
		c.t.Fatal(err)
	}
}

// snapshot follows the feed into a store of its own until it is current.
func (d *tablet) snapshot(people int) (bytes, pages int) {
	d.t.Helper()
	ctx := context.Background()
	dir := d.t.TempDir()
	s, err := devstore.Open(ctx, dir)
	if err != nil {
		d.t.Fatal(err)
	}
	defer s.Close() //nolint:errcheck // it is this test's own
	r, err := roster.Open(ctx, s, d.address().Device, time.Now, slog.New(slog.DiscardHandler))
	if err != nil {
		d.t.Fatal(err)
	}
	d.send(wire.UpPull, r.Pull())
	for more := true; more; pages++ {
		page := new(wire.FeedPage)
		d.receive(wire.DownFeed, page)
		bytes += proto.Size(page)
		if next := r.PullBehind(page); next != nil {
			d.send(wire.UpPull, next)
		}
		if more, err = r.Apply(ctx, page); err != nil {
			d.t.Fatal(err)
		}
	}
	if n, err := s.Profiles(ctx); err != nil || n != people+1 { // and Anna
		d.t.Fatalf("%d people after the snapshot (%v)", n, err)
	}
	return bytes, pages
}

// bareInsert puts the same rows into the same tables.
func bareInsert(b *testing.B, rows []*wire.Change, together int) time.Duration {
	dir := b.TempDir()
	s, err := devstore.Open(b.Context(), dir)
	if err != nil {
		b.Fatal(err)
	}
	if err := s.Close(); err != nil {
		b.Fatal(err)
	}
	db, err := sql.Open("sqlite3", filepath.Join(dir, "tablet.db")+"?_journal_mode=WAL&_synchronous=FULL&_txlock=immediate")
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close() //nolint:errcheck // it is this test's own
	db.SetMaxOpenConns(1)
	profile, err := db.Prepare(`INSERT INTO profiles (id, number, first_name, last_name, language, photo, blocked, generation) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`)
	if err != nil {
		b.Fatal(err)
	}
	card, err := db.Prepare(`INSERT INTO cards (card, profile, from_us, to_us, blocked, generation) VALUES (?, ?, ?, ?, ?, ?)`)
	if err != nil {
		b.Fatal(err)
	}
	begin := time.Now()
	for len(rows) > 0 {
		n := min(together, len(rows))
		tx, err := db.Begin()
		if err != nil {
			b.Fatal(err)
		}
		p, k := tx.Stmt(profile), tx.Stmt(card)
		for _, r := range rows[:n] {
			if m := r.GetProfile(); m != nil {
				_, err = p.Exec(m.GetId(), m.GetNumber(), m.GetFirstName(), m.GetLastName(), m.GetLanguage(), m.GetPhoto(), m.GetBlocked(), 1)
			} else {
				m := r.GetCard()
				_, err = k.Exec(m.GetCardId(), m.GetProfileId(), m.GetFromUs(), m.GetToUs(), m.GetBlocked(), 1)
			}
			if err != nil {
				b.Fatal(err)
			}
		}
		if err := tx.Commit(); err != nil {
			b.Fatal(err)
		}
		rows = rows[n:]
	}
	return time.Since(begin)
}

func zipped(b *testing.B, plain []byte) int {
	var n counter
	w := gzip.NewWriter(&n)
	if _, err := w.Write(plain); err != nil {
		b.Fatal(err)
	}
	if err := w.Close(); err != nil {
		b.Fatal(err)
	}
	return int(n)
}

// counter counts what is written to it.
type counter int

func (c *counter) Write(p []byte) (int, error) {
	*c += counter(len(p))
	return len(p), nil
}
