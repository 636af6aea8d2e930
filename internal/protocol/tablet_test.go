package protocol_test

import (
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/google/uuid"
	"google.golang.org/protobuf/proto"

	"muster/attendance"
	"muster/device"
	"muster/device/journal"
	"muster/device/roster"
	"muster/device/store"
	"muster/device/timeclock"
	"muster/internal/protocol"
	"muster/sync/inbox"
	"muster/sync/outbox"
	"muster/sync/wire"
)

// tablet is everything between a tap and the line, without a window.
type tablet struct {
	w    *world
	n    int
	dir  string
	at   wire.Address
	self device.Identity

	skew   time.Duration // of the wall clock
	booted time.Time
	boot   string

	*store.Store       // the real one
	disk         *disk // on a disk that may be full
	clock        *journal.Clock
	journal      *journal.Journal
	roster       *roster.Roster
	punches      *timeclock.Clock
	compared     inbox.Estimator

	session  *protocol.Session
	replica  int
	sent     []bool // the batches of one step: whether they were backlog
	backup   image
	rotten   bool    // the disk spoiled a row
	peek     *sql.DB // looks at the database from outside
	restores int
	doubled  bool // a copy of it runs beside it, or it is one
}

// disk refuses writes while it is full.
type disk struct {
	*store.Store
	full bool
}

func (d *disk) room() error {
	if d.full {
		return fmt.Errorf("write: %w", device.ErrStorageFull)
	}
	return nil
}

func (d *disk) Append(ctx context.Context, e device.Effect, rows ...device.Row) error {
	if err := d.room(); err != nil {
		return err
	}
	return d.Store.Append(ctx, e, rows...)
}

func (d *disk) Restream(ctx context.Context) error {
	if err := d.room(); err != nil {
		return err
	}
	return d.Store.Restream(ctx)
}

func (d *disk) ApplyFeed(ctx context.Context, u device.RosterUpdate) error {
	if err := d.room(); err != nil {
		return err
	}
	return d.Store.ApplyFeed(ctx, u)
}

func (d *disk) Rewind(ctx context.Context, of uuid.UUID, through uint64) (bool, error) {
	if err := d.room(); err != nil {
		return false, err
	}
	return d.Store.Rewind(ctx, of, through)
}

func (d *disk) Confirm(ctx context.Context, of uuid.UUID, through uint64, sparse []uint64) error {
	if err := d.room(); err != nil {
		return err
	}
	return d.Store.Confirm(ctx, of, through, sparse)
}

// Wall implements journal.Source.
func (t *tablet) Wall() time.Time { return t.w.now.Add(t.skew) }

// Monotonic implements journal.Source.
func (t *tablet) Monotonic() time.Duration { return t.w.now.Sub(t.booted) }

// BootID implements journal.Source.
func (t *tablet) BootID() string { return t.boot }

func activate(ctx context.Context, dir string, id device.Identity, key attendance.CardKey) error {
	s, err := store.Open(ctx, dir)
	if err != nil {
		return err
	}
	if err := s.Activate(ctx, device.Grant{Identity: id, Settings: device.Settings{Org: "Acme", Site: "North", TimeZone: "Europe/Berlin", CardKey: key}}); err != nil {
		return err
	}
	return s.Close()
}

// start opens everything that an activated tablet works with, as its program does.
func (t *tablet) start() {
	opened, err := store.Open(t.w.ctx, t.dir)
	t.w.must(err)
	t.Store = opened
	if t.peek == nil {
		t.peek, err = sql.Open("sqlite3", "file:"+t.path()+"?_query_only=true&_busy_timeout=10000&_stmt_cache_size=20")
		t.w.must(err)
	}
	full := t.disk != nil && t.disk.full
	t.disk = &disk{t.Store, full}
	estimate, err := t.ClockEstimate(t.w.ctx)
	t.w.must(err)
	t.clock = journal.NewClock(t, estimate)
	t.journal, err = journal.Open(t.w.ctx, t.disk, t.clock)
	t.w.must(err)
	log := slog.New(slog.DiscardHandler)
	t.roster, err = roster.Open(t.w.ctx, t.disk, t.self.Device, func() time.Time { return t.journal.Now().Cloud() }, log)
	t.w.must(err)
	t.compared = inbox.Estimator{}
	t.punches = timeclock.New(timeclock.Config{
		Roster: t.Store, History: t.Store, Journal: t.journal, Identity: t.self, Settings: t.roster.Settings,
		Lock: func() device.Lock { return device.Lock{} }, Floor: func() time.Time { return t.w.template.began }, Logger: log,
	})
	_, err = t.journal.Append(t.w.ctx, device.KindStarted, &wire.StartedPayload{Version: "test"}, device.Effect{})
	if err != nil && !full {
		t.w.t.Fatal(err)
	}
}

// stop ends the program, without a farewell.
func (t *tablet) stop() {
	t.session = nil
	t.w.must(t.Close())
}

// reboot starts the machine anew: a boot of its own, and the wall clock as the
// battery left it.
func (t *tablet) reboot() {
	t.w.boots++
	t.booted, t.boot = t.w.now, fmt.Sprintf("boot%d", t.w.boots)
}

func (t *tablet) path() string { return filepath.Join(t.dir, "tablet.db") }

func (t *tablet) keepBackup() { t.backup = t.w.image(t.path()) }

// restore sets the tablet back to its backup.
func (t *tablet) restore() {
	t.stop()
	t.w.must(t.peek.Close())
	t.peek = nil
	t.w.put(t.backup, t.path())
	t.restores++
	t.rotten = false
	t.reboot()
	t.start()
}

// clone starts another tablet on a copy of this one's data, beside it.
func (t *tablet) clone() {
	c := &tablet{w: t.w, n: len(t.w.tablets), dir: t.w.file(fmt.Sprint("clone", t.n)), self: t.self, at: t.at, doubled: true}
	t.doubled = true
	t.w.must(os.Mkdir(c.dir, 0o700))
	t.w.put(t.w.image(t.path()), c.path())
	t.w.tablets = append(t.w.tablets, c)
	c.reboot()
	c.start()
}

func (t *tablet) connect(replica int) {
	t.replica = replica
	t.compared = inbox.Estimator{}
	t.session = protocol.New(protocol.Config{
		Journal: t.journal, Roster: t.roster, Rows: t.disk,
		Limits:   outbox.Limits{Batch: 3, Live: 4, Backlog: 6, Patience: 5 * time.Second, Tries: 3},
		Pulse:    t.pulse,
		Compared: t.answered,
		Command:  func(context.Context, *wire.Command) error { return nil },
		Fed:      func(device.RosterState, device.RosterState, bool) {},
		Settled:  func(context.Context) {},
		Publish:  t.publish,
	}, t.w.now)
}

func (t *tablet) pulse(context.Context) *wire.Pulse {
	now := t.journal.Now()
	t.compared.Sent(now.Device.UnixMicro(), now.Monotonic)
	return &wire.Pulse{SentUs: now.Device.UnixMicro()}
}

func (t *tablet) answered(ctx context.Context, r *wire.PulseReply) error {
	now := t.journal.Now()
	offset, width, ok := t.compared.Answered(r, now.Device, now.Monotonic)
	if !ok {
		return nil
	}
	t.clock.Compared(offset, width)
	e, _ := t.clock.Estimate()
	if err := t.disk.room(); err != nil {
		return err
	}
	return t.KeepClockEstimate(ctx, e)
}

func (t *tablet) publish(leaf wire.Leaf, body []byte) error {
	t.w.up = append(t.w.up, letter{tablet: t.n, replica: t.replica, leaf: leaf, body: body})
	var b wire.JournalBatch
	if leaf == wire.UpJournal && proto.Unmarshal(body, &b) == nil && len(b.GetRows()) > 0 {
		t.sent = append(t.sent, b.GetBacklog())
	}
	return nil
}

// step lets the session do what is due.
func (t *tablet) step() {
	if t.session == nil {
		return
	}
	t.sent = nil
	if _, err := t.session.Step(t.w.ctx, t.w.now); err != nil {
		t.session = nil
	}
	for i := 1; i < len(t.sent); i++ {
		if t.sent[i-1] && !t.sent[i] {
			t.w.t.Fatal("a live row waits behind the backlog")
		}
	}
}

// tap presents a card, and takes down what is shown.
func (t *tablet) tap(person int) {
	receipt := t.punches.Punch(t.w.ctx, attendance.Tap{UID: uid(person), At: t.w.now})
	if !receipt.Accepted {
		return
	}
	if t.disk.full {
		t.w.t.Fatal("a tick on a full disk")
	}
	id := string(receipt.Punch.ID)
	t.w.shown = append(t.w.shown, &tick{id: compact(id), tablet: t.n})
	if !t.rows()[compact(id)] {
		t.w.t.Fatalf("punch %s was shown and is not in the journal", id)
	}
}

func (t *tablet) set(query string, args ...any) map[string]bool {
	found, err := t.peek.QueryContext(t.w.ctx, query, args...)
	t.w.must(err)
	return t.w.set(found)
}

// rows are the ids of all rows that are still in the journal, for whoever looks
// at it from outside: no more than what is committed.
func (t *tablet) rows() map[string]bool {
	return t.set(`SELECT lower(hex(id)) FROM journal`)
}

// settledRows are the ids of rows that have left the outbox.
func (t *tablet) settledRows() map[string]bool {
	waiting, err := t.Unconfirmed(t.w.ctx, 0, 1<<62, -1)
	t.w.must(err)
	stream := t.journal.Stream()
	gone := t.set(`SELECT lower(hex(j.id)) FROM journal j JOIN streams s ON s.no = j.stream WHERE s.id = ?`, stream[:])
	for _, r := range waiting {
		delete(gone, hexID(r.ID))
	}
	return gone
}

// knows is the tablet's roster.
func (t *tablet) knows() map[string]string {
	found, err := t.peek.QueryContext(t.w.ctx, `SELECT id, first_name || iif(blocked, 'true', 'false') FROM profiles UNION ALL
		SELECT card || profile || from_us, to_us || iif(blocked, ' true', ' false') FROM cards`)
	t.w.must(err)
	defer found.Close() //nolint:errcheck // it was only read
	all := map[string]string{}
	for found.Next() {
		var k, v string
		t.w.must(found.Scan(&k, &v))
		all[k] = v
	}
	t.w.must(found.Err())
	return all
}

// look does what the tablet's machinery does beside taps and sessions.
func (t *tablet) look() {
	if err := t.journal.Look(t.w.ctx); err != nil && !t.disk.full {
		t.w.t.Fatal(err)
	}
}

// prune drops what is older than keep and confirmed, by a clock that can be believed.
func (t *tablet) prune(keep time.Duration) {
	now := t.journal.Now()
	if now.Trust != attendance.TrustEstimated || t.disk.full {
		return
	}
	before := t.streamsOf()
	_, err := t.Prune(t.w.ctx, now.Cloud().Add(-keep).UnixMicro())
	t.w.must(err)
	still := t.rows()
	for _, s := range t.w.shown {
		if stream, was := before[s.id]; was && s.tablet == t.n && !still[s.id] {
			s.pruned = stream
		}
	}
	t.w.lose(t.w.lostByCloud) // the tablet doesn't know yet that a cloud was restored
}

// streamsOf tells in which stream each row of the journal stands, by its id.
func (t *tablet) streamsOf() map[string]uuid.UUID {
	found, err := t.peek.QueryContext(t.w.ctx, `SELECT lower(hex(j.id)), s.id FROM journal j JOIN streams s ON s.no = j.stream`)
	t.w.must(err)
	defer found.Close() //nolint:errcheck // it was only read
	all := map[string]uuid.UUID{}
	for found.Next() {
		var id string
		var stream []byte
		t.w.must(found.Scan(&id, &stream))
		all[id] = uuid.UUID(stream)
	}
	t.w.must(found.Err())
	return all
}

func copyFolder(from, to string) error {
	return os.CopyFS(to, os.DirFS(from))
}
