package protocol_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"path/filepath"
	"strings"
	"time"

	"github.com/google/uuid"

	"muster/access"
	"muster/attendance"
	"muster/cloud/ingest"
	cloudstore "muster/cloud/store"
	"muster/device"
	"muster/sync/wire"
)

// replicas is how many clouds answer over one database.
const replicas = 2

// pageSize is the size of a page of the feed, in bytes: a few changes.
const pageSize = 400

var errDiskFull = errors.New("database or disk is full")

// cloud is the real store and the real ingest, on a disk that may be full.
type cloud struct {
	w        *world
	place    place
	db       *connections
	replicas [replicas]*replica
	full     bool
	kept     bool // there is a backup
	restores int
}

// replica is one running cloud.
type replica struct {
	*cloudstore.Store
	cloud *cloud
	in    *ingest.Ingest
	mute  bool // it died after its commit, before it could answer
}

// open starts both replicas. They share the connections, because one thing happens
// at a time here: what one of them knows and the other doesn't is in their memory.
func (c *cloud) open() {
	var err error
	c.db, err = c.place.open()
	c.w.must(err)
	for i := range c.replicas {
		c.replicas[i] = &replica{cloud: c, Store: cloudstore.New(c.db.write, c.db.read, c.db, c.w.time, cloudstore.PasswordCost(64, 1, 1))}
	}
}

func (c *cloud) close() { c.w.must(c.place.close(c.db)) }

// query asks the database for what is committed.
func (c *cloud) query(query string, args ...any) *sql.Rows {
	found, err := c.db.read.QueryContext(c.w.ctx, c.place.words(query), args...)
	c.w.must(err)
	return found
}

// set is a column of what a query finds.
func (c *cloud) set(query string, args ...any) map[string]bool {
	return c.w.set(c.query(query, args...))
}

// count is the number that a query finds.
func (c *cloud) count(query string, args ...any) (n int) {
	c.w.must(c.db.read.QueryRowContext(c.w.ctx, c.place.words(query), args...).Scan(&n))
	return n
}

// start begins a new process: whatever waited in the one before is gone. It is
// made when it is first needed.
func (r *replica) start() { r.mute, r.in = false, nil }

func (r *replica) ingest() *ingest.Ingest {
	if r.in == nil {
		r.in = ingest.New(ingest.Config{
			Journal: r, Feed: r, Health: nobody{}, Downlink: r, Attend: func(context.Context, attendance.DeviceID) {},
			Asking: 10, Now: r.cloud.w.time, Logger: slog.New(slog.DiscardHandler),
		})
	}
	return r.in
}

// take brings messages to a replica, which handles and commits them as one group.
func (r *replica) take(letters ...letter) {
	in := r.ingest()
	for _, l := range letters {
		in.Handle(r.cloud.w.ctx, r.cloud.w.tablets[l.tablet].at, l.leaf, l.body)
	}
	in.AnswerAsked(r.cloud.w.ctx)
	over, end := context.WithCancel(r.cloud.w.ctx)
	end()
	in.Run(over) // commits what was handed over, and returns
}

// Deliver implements ingest.Journal.
func (r *replica) Deliver(ctx context.Context, d []device.Delivery) ([]device.Outcome, error) {
	if r.cloud.full {
		return nil, errDiskFull
	}
	return r.Store.Deliver(ctx, d)
}

// FeedPage implements ingest.Feed, with small pages.
func (r *replica) FeedPage(ctx context.Context, from wire.Address, pull *wire.FeedPull, _ int) (*wire.FeedPage, error) {
	return r.Store.FeedPage(ctx, from, pull, pageSize)
}

// Send implements ingest.Downlink.
func (r *replica) Send(to wire.Address, leaf wire.Leaf, body []byte) error {
	for i, t := range r.cloud.w.tablets {
		if t.at == to && !r.mute {
			r.cloud.w.down = append(r.cloud.w.down, letter{tablet: i, leaf: leaf, body: body})
		}
	}
	return nil
}

// Announce implements ingest.Downlink.
func (*replica) Announce(attendance.OrgID, string, string) {}

// Cut isn't asked for: nothing is moved to another database here.
func (*replica) Cut(attendance.DeviceID) {}

// nobody keeps no health: it is no part of what is tried here.
type nobody struct{}

func (nobody) Presence(context.Context, wire.Address, *wire.Presence) (bool, error) {
	return false, nil
}

func (nobody) Pulses(context.Context, map[wire.Address]*wire.Pulse) (device.Heard, error) {
	return device.Heard{}, nil
}

// keepBackup copies the database as it is.
func (c *cloud) keepBackup() {
	c.w.must(c.place.keep())
	c.kept = true
}

// restore puts the backup in place of the database, as an operator does: with all
// clouds stopped, and told to begin the feeds anew.
func (c *cloud) restore() {
	c.close()
	c.w.must(c.place.restore())
	c.restores++
	c.open()
	c.w.must(c.replicas[0].BeginFeedsAnew(c.w.ctx))
}

// held is what the cloud has, by the row's id: how often as a punch, whether in
// the raw log, and whether only in quarantine.
func (c *cloud) rows() map[string]bool {
	return c.set(`SELECT lower(hex(id)) FROM raw_rows`)
}

// everything is the ids of all rows that are here, in the log or in quarantine.
func (c *cloud) everything() map[string]bool {
	all := c.rows()
	found := c.query(`SELECT body FROM quarantine WHERE seq IS NOT NULL AND length(body) > 0`)
	defer found.Close() //nolint:errcheck // the test is over where it fails
	for found.Next() {
		var body []byte
		c.w.must(found.Scan(&body))
		all[rowID(c.w, body)] = true
	}
	c.w.must(found.Err())
	return all
}

func (c *cloud) punches() map[string]bool {
	return c.set(`SELECT replace(id, '-', '') FROM punches`)
}

// aside are the ids of rows that lie in quarantine, whole, with an alarm.
func (c *cloud) aside() map[string]bool {
	all := map[string]bool{}
	found := c.query(`SELECT body FROM quarantine WHERE reason IN ('clone', 'broken-chain') AND resolved_at = 0`)
	defer found.Close() //nolint:errcheck // the test is over where it fails
	for found.Next() {
		var body []byte
		c.w.must(found.Scan(&body))
		all[rowID(c.w, body)] = true
	}
	c.w.must(found.Err())
	return all
}

// uncertain are the ids of punches that wait for somebody who knows whether they
// were before or after their card changed hands: nothing of their boot was compared.
func (c *cloud) uncertain() map[string]bool {
	return c.set(`SELECT lower(hex(r.id)) FROM quarantine q JOIN raw_rows r ON r.device = q.device AND r.stream = q.stream AND r.seq = q.seq
		WHERE q.reason = 'uncertain-holder' AND q.body IS NULL AND q.resolved_at = 0
		AND NOT EXISTS (SELECT 1 FROM raw_rows o WHERE o.device = r.device AND o.stream = r.stream AND o.boot = r.boot AND o.trust = 1)`)
}

// asides are the reasons for which something of a row lies in quarantine.
func (c *cloud) asides(id string) map[string]bool {
	return c.set(`SELECT q.reason || '/' || q.resolved_at FROM quarantine q LEFT JOIN raw_rows r ON r.device = q.device AND r.stream = q.stream AND r.seq = q.seq
		WHERE lower(hex(r.id)) = '` + id + `' OR instr(lower(hex(q.body)), '` + id + `') > 0`)
}

// alarmed tells whether an alarm is open about what is lost of a stream of a tablet.
func (c *cloud) alarmed(t *tablet, stream uuid.UUID) bool { return len(c.alarms(t, stream)) > 0 }

func (c *cloud) alarms(t *tablet, stream uuid.UUID) (about []string) {
	found := c.query(`SELECT body FROM quarantine WHERE device = ? AND reason = 'lost' AND resolved_at = 0 ORDER BY id`, string(t.at.Device))
	defer found.Close() //nolint:errcheck // the test is over where it fails
	for found.Next() {
		var body []byte
		c.w.must(found.Scan(&body))
		if strings.HasPrefix(string(body), "stream "+stream.String()+":") {
			about = append(about, string(body))
		}
	}
	c.w.must(found.Err())
	return about
}

// people are those with a card: the feed's contents as the tablets should have it.
func (c *cloud) feed() (roster map[string]string, head uint64, epoch string) {
	page, err := c.replicas[0].Store.FeedPage(c.w.ctx, c.w.tablets[0].at, &wire.FeedPull{}, 1<<30)
	c.w.must(err)
	roster = map[string]string{}
	for _, ch := range page.GetChanges() {
		if p := ch.GetProfile(); p != nil {
			roster[p.GetId()] = fmt.Sprint(p.GetFirstName(), p.GetBlocked())
		}
		if k := ch.GetCard(); k != nil {
			roster[fmt.Sprint(k.GetCardId(), k.GetProfileId(), k.GetFromUs())] = fmt.Sprint(k.GetToUs(), k.GetBlocked())
		}
	}
	return roster, page.GetHead(), page.GetEpoch()
}

// check looks whether any stream's through passes a gap.
func (c *cloud) check() {
	bad := c.count(`SELECT count(*) FROM streams s WHERE s.through != (SELECT count(*) FROM (
		SELECT seq FROM raw_rows r WHERE r.device = s.device AND r.stream = s.stream AND r.seq <= s.through UNION
		SELECT seq FROM quarantine q WHERE q.device = s.device AND q.stream = s.stream AND q.seq <= s.through AND q.reason NOT IN ('clone', 'broken-chain')) AS all_of_it)`)
	if bad > 0 {
		c.w.t.Fatalf("%d streams are confirmed through a gap", bad)
	}
}

// inOrder looks whether punches of one boot come in the order of the journal.
func (c *cloud) inOrder() {
	found := c.query(`SELECT r.stream, r.boot, r.seq, p.at FROM raw_rows r JOIN punches p ON replace(p.id, '-', '') = lower(hex(r.id)) ORDER BY r.stream, r.seq`)
	defer found.Close() //nolint:errcheck // the test is over where it fails
	type place struct {
		stream, boot string
	}
	last := map[place]int64{}
	for found.Next() {
		var p place
		var seq, at int64
		c.w.must(found.Scan(&p.stream, &p.boot, &seq, &at))
		if at < last[p] {
			c.w.t.Fatalf("row %d of stream %x, boot %s, is dated %s before the punch that came before it", seq, p.stream, p.boot, time.Duration(last[p]-at)*time.Microsecond)
		}
		last[p] = at
	}
	c.w.must(found.Err())
}

// verified looks at the chains as "muster-cloud verify" does. What is in
// quarantine, and rows that are awaited, are for people to judge.
func (c *cloud) verified() {
	err := c.replicas[0].Verify(c.w.ctx, "", func(j cloudstore.Journal) error {
		for _, f := range j.Faults {
			switch f.Kind {
			case cloudstore.Backwards:
				if c.w.restored(j.Device) {
					continue // rows from before and after, with a gap between: that is how it is noticed
				}
				return fmt.Errorf("stream %s: %s", j.Stream, f)
			case cloudstore.Changed, cloudstore.Unlinked, cloudstore.Foreign, cloudstore.Missing:
				return fmt.Errorf("stream %s: %s", j.Stream, f)
			}
		}
		return nil
	})
	c.w.must(err)
}

// template is a cloud with an organisation, a site and people, and its tablets.
type template struct {
	tablets []string // their folders
	at      []device.Identity
	actor   access.Actor
	people  []attendance.ProfileID
	key     attendance.CardKey
	began   time.Time
}

func makeTemplate(ctx context.Context, dir string) (*template, error) {
	p := &template{began: time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)}
	return p, on.template(ctx, dir, func(c *connections) error { return p.fill(ctx, dir, c) })
}

func (p *template) fill(ctx context.Context, dir string, c *connections) error {
	at := p.began
	s := cloudstore.New(c.write, c.read, c, func() time.Time { at = at.Add(time.Microsecond); return at }, cloudstore.PasswordCost(64, 1, 1))
	secret, err := s.IssueSetup(ctx)
	if err != nil {
		return err
	}
	admin, err := s.SetUp(ctx, secret, access.SetUp{Organisation: "Acme", Email: "a@example.org", Name: "Ada", Password: "correct horse battery", Language: "en"})
	if err != nil {
		return err
	}
	p.actor = admin.Actor()
	site, err := s.AddSite(ctx, p.actor, attendance.Site{Name: "North", TimeZone: "Europe/Berlin", Language: "de"})
	if err != nil {
		return err
	}
	var key []byte
	if err := c.read.QueryRowContext(ctx, c.Translate(`SELECT card_key FROM orgs WHERE id = ?`), admin.Org).Scan(&key); err != nil {
		return err
	}
	p.key = attendance.CardKey(key)
	for i := range people {
		who, err := s.AddProfile(ctx, p.actor, attendance.Profile{FirstName: fmt.Sprint("P", i), LastName: "Test"}, []attendance.SiteID{site.ID})
		if err != nil {
			return err
		}
		if err := s.AssignCard(ctx, p.actor, who.ID, p.key.ID(uid(i)), ""); err != nil {
			return err
		}
		p.people = append(p.people, who.ID)
	}
	for i := range tablets {
		id := device.Identity{Device: attendance.NewID[attendance.DeviceID](), Org: admin.Org, Site: site.ID, Name: fmt.Sprint("Gate ", i)}
		if _, err := c.write.ExecContext(ctx, c.Translate(`INSERT INTO devices (id, org, site, name, created_at) VALUES (?, ?, ?, ?, 1)`), id.Device, id.Org, id.Site, id.Name); err != nil {
			return err
		}
		folder := filepath.Join(dir, fmt.Sprint("tablet", i))
		if err := activate(ctx, folder, id, p.key); err != nil {
			return err
		}
		p.at, p.tablets = append(p.at, id), append(p.tablets, folder)
	}
	return nil
}

func uid(person int) []byte { return []byte{4, 1, 2, byte(person)} }

func hexID(id uuid.UUID) string { return fmt.Sprintf("%x", id[:]) }

func missing(want, have map[string]bool) (lacks []string) {
	for id := range maps.Keys(want) {
		if !have[id] {
			lacks = append(lacks, id)
		}
	}
	return lacks
}
