package protocol_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	_ "github.com/mattn/go-sqlite3" // to look at the databases from outside
	"google.golang.org/protobuf/proto"
	"pgregory.net/rapid"

	"muster/attendance"
	"muster/internal/protocol"
	"muster/sync/wire"
)

const (
	tablets = 2
	people  = 4
)

// letter is a message on its way.
type letter struct {
	tablet  int
	replica int // where to, on the way up
	leaf    wire.Leaf
	body    []byte
}

// tick is a punch that somebody saw confirmed.
type tick struct {
	id      string
	tablet  int
	gone    bool // with a tablet that was set back before it could send it, or with both sides' data
	alarmed bool // with the cloud's data, after the tablet had pruned it: that must raise the alarm
}

// world is the tablets, the cloud, the line between them and the true time.
type world struct {
	t        *rapid.T
	ctx      context.Context //nolint:containedctx // of one run
	dir      string
	now      time.Time
	template *template
	cloud    *cloud
	tablets  []*tablet
	up, down []letter
	shown    []*tick
	boots    int
	files    int
}

var prepared = sync.OnceValues(func() (*template, error) {
	return makeTemplate(context.Background(), filepath.Join(scratch, "template"))
})

// scratch is in memory where the machine allows it: what is tried here is not
// the disk.
var scratch string

func TestMain(m *testing.M) {
	var err error
	if scratch, err = os.MkdirTemp("/dev/shm", "protocol"); err != nil {
		scratch, err = os.MkdirTemp("", "protocol")
	}
	if err == nil {
		err = os.Mkdir(filepath.Join(scratch, "template"), 0o700)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	code := m.Run()
	_ = os.RemoveAll(scratch)
	os.Exit(code)
}

func newWorld(ctx context.Context, t *rapid.T) *world {
	p, err := prepared()
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, ctx: ctx, template: p, now: p.began.Add(time.Hour)}
	w.dir, err = os.MkdirTemp(scratch, "run")
	w.must(err)
	w.cloud = &cloud{w: w, path: filepath.Join(w.dir, "cloud.db")}
	w.copy(p.cloud, w.cloud.path)
	w.cloud.open()
	for i := range tablets {
		tab := &tablet{w: w, n: i, dir: filepath.Join(w.dir, fmt.Sprint("tablet", i)), self: p.at[i], at: wire.Address{Org: p.at[i].Org, Device: p.at[i].Device}}
		w.must(copyFolder(p.tablets[i], tab.dir))
		w.tablets = append(w.tablets, tab)
		tab.reboot()
		tab.start()
	}
	return w
}

func (w *world) end() {
	for _, t := range w.tablets {
		_ = t.Close()
	}
	for _, r := range w.cloud.replicas {
		_ = r.Close()
	}
	_ = w.cloud.peek.Close()
	_ = os.RemoveAll(w.dir)
}

func (w *world) must(err error) {
	if err != nil {
		w.t.Helper()
		w.t.Fatal(err)
	}
}

// time is the cloud's clock: the true one, but never the same twice.
func (w *world) time() time.Time {
	w.now = w.now.Add(time.Microsecond)
	return w.now
}

func (w *world) file(name string) string {
	w.files++
	return filepath.Join(w.dir, fmt.Sprint(name, w.files))
}

func (w *world) copy(from, to string) {
	b, err := os.ReadFile(from)
	w.must(err)
	w.must(os.WriteFile(to, b, 0o600))
}

// replace puts a backup in the place of a database.
func (w *world) replace(path, backup string) {
	for _, ending := range []string{"", "-wal", "-shm"} {
		if err := os.Remove(path + ending); !errors.Is(err, os.ErrNotExist) {
			w.must(err)
		}
	}
	w.copy(backup, path)
}

func (w *world) sqlite(path string) *sql.DB {
	db, err := sql.Open("sqlite3", "file:"+path+"?_busy_timeout=10000")
	w.must(err)
	return db
}

func (w *world) set(db *sql.DB, query string) map[string]bool {
	found, err := db.QueryContext(w.ctx, query)
	w.must(err)
	defer found.Close() //nolint:errcheck // it was only read
	all := map[string]bool{}
	for found.Next() {
		var s string
		w.must(found.Scan(&s))
		all[s] = true
	}
	w.must(found.Err())
	return all
}

func compact(id string) string { return strings.ReplaceAll(id, "-", "") }

func rowID(w *world, body []byte) string {
	var m wire.JournalRow
	w.must(proto.Unmarshal(body, &m))
	return fmt.Sprintf("%x", m.GetId())
}

// arrive brings messages to the replica that they are for.
func (w *world) arrive(letters ...letter) {
	if len(letters) == 0 {
		return
	}
	w.cloud.replicas[letters[0].replica].take(letters...)
	w.cloud.check()
}

// hear brings a message to its tablet, if it listens.
func (w *world) hear(l letter) {
	t := w.tablets[l.tablet]
	if t.session == nil {
		return
	}
	err := t.session.Receive(w.ctx, w.now, l.leaf, l.body)
	if errors.Is(err, protocol.ErrNewStream) {
		t.session = nil
	}
	if l.leaf != wire.DownAck {
		return
	}
	// What has left the outbox is in the cloud; one that was restored is told so
	// only by the next answer.
	if w.cloud.restores == 0 {
		if lacks := missing(t.settledPlaces(), w.cloud.places()); len(lacks) > 0 {
			w.t.Fatalf("%v left the outbox of tablet %d and the cloud doesn't have it", lacks, t.n)
		}
	}
}

// lose notes which of the punches that were shown are now nowhere, and why.
func (w *world) lose(why func(*tick)) {
	raw, aside := w.cloud.rows(), w.cloud.aside()
	has := make([]map[string]bool, tablets)
	for i, t := range w.tablets {
		has[i] = t.rows()
	}
	for _, s := range w.shown {
		if !raw[s.id] && !aside[s.id] && !has[s.tablet][s.id] {
			why(s)
		}
	}
}

func (w *world) restored(dev attendance.DeviceID) bool {
	return slices.ContainsFunc(w.tablets, func(t *tablet) bool { return t.at.Device == dev && t.restores > 0 })
}

// lostByCloud is for what a restored cloud has lost: that raises the alarm, unless
// the tablet has lost the memory of it as well.
func (w *world) lostByCloud(s *tick) {
	s.alarmed = w.cloud.restores > 0
	s.gone = s.gone || s.alarmed && w.tablets[s.tablet].restores > 0
}

// calm lets everything settle: disks have room, messages arrive in order.
func (w *world) calm() {
	w.cloud.full = false
	for _, t := range w.tablets {
		t.disk.full = false
	}
	for _, r := range w.cloud.replicas {
		r.mute = false
	}
	for round := range 300 {
		w.now = w.now.Add(time.Second * time.Duration(1+round))
		for _, t := range w.tablets {
			if t.session == nil {
				t.connect(round % replicas)
			}
			t.look()
			t.step()
		}
		for len(w.up)+len(w.down) > 0 {
			up := w.up
			w.up = nil
			for _, l := range up {
				w.arrive(l)
			}
			down := w.down
			w.down = nil
			for _, l := range down {
				w.hear(l)
			}
		}
		if round > 2 && w.settled() {
			return
		}
	}
	for _, t := range w.tablets {
		n, _, err := t.Waiting(w.ctx)
		w.t.Logf("tablet %d: %d wait (%v), feed at %v", t.n, n, err, t.roster.Position())
	}
	w.t.Fatal("it doesn't come to rest")
}

func (w *world) settled() bool {
	_, head, epoch := w.cloud.feed()
	for _, t := range w.tablets {
		n, _, err := t.Waiting(w.ctx)
		w.must(err)
		if at := t.roster.Position(); n > 0 || at.Version != head || at.Epoch != epoch {
			return false
		}
	}
	return true
}

// judge compares what people saw with what the cloud has, once all is quiet.
func (w *world) judge() {
	punches, aside := w.cloud.punches(), w.cloud.aside()
	for _, s := range w.shown {
		switch {
		case punches[s.id]: // by its key, once
		case aside[s.id]: // the alarm tells of it, and somebody can give it to the person
		case s.gone:
		case s.alarmed && w.cloud.alarmed(w.tablets[s.tablet]):
		default:
			w.t.Errorf("punch %s was shown by tablet %d and the cloud doesn't count it; in its log: %v, still on the tablet: %v, of which is told %+v",
				s.id, s.tablet, w.cloud.rows()[s.id], w.tablets[s.tablet].rows()[s.id], w.cloud.asides(s.id))
		}
	}
	var doubled int
	w.must(w.cloud.peek.QueryRowContext(w.ctx, `SELECT count(*) FROM (SELECT device, profile, device_time FROM punches GROUP BY device, profile, device_time, received_at, direction HAVING count(*) > 1)`).Scan(&doubled))
	if doubled > 0 {
		w.t.Errorf("%d punches count twice", doubled)
	}
	if len(punches) > len(w.shown) {
		w.t.Errorf("%d punches count of %d that were shown", len(punches), len(w.shown))
	}
	w.cloud.check()
	w.cloud.inOrder()
	w.cloud.verified()
	want, _, _ := w.cloud.feed()
	for _, t := range w.tablets {
		if got := t.knows(); !maps.Equal(got, want) {
			w.t.Errorf("tablet %d knows\n%v, the feed says\n%v", t.n, got, want)
		}
	}
}

// TestProtocol tries the whole of it, from the tap to the cloud's log, over a
// line and disks that do their worst. See docs/architecture.md.
func TestProtocol(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(context.Background(), t)
		defer w.end()
		t.Repeat(w.actions())
		w.calm()
		w.judge()
	})
}

func (w *world) actions() map[string]func(*rapid.T) {
	which := func(t *rapid.T) *tablet { return w.tablets[rapid.IntRange(0, tablets-1).Draw(t, "tablet")] }
	at := func(t *rapid.T, n int) int { return rapid.IntRange(0, n-1).Draw(t, "which") }
	pass := func(t *rapid.T, most time.Duration) {
		w.now = w.now.Add(time.Duration(rapid.Int64Range(1, most.Milliseconds()).Draw(t, "ms")) * time.Millisecond)
	}
	tap := func(t *rapid.T) {
		tab := which(t)
		for range rapid.IntRange(1, 4).Draw(t, "taps") {
			pass(t, 5*time.Second)
			tab.tap(rapid.IntRange(0, people).Draw(t, "person")) // the last is nobody
		}
		tab.step()
	}
	exchange := func(t *rapid.T) {
		tab := which(t)
		if tab.session == nil {
			tab.connect(rapid.IntRange(0, replicas-1).Draw(t, "replica"))
		}
		tab.step()
		for range 3 {
			var mine []letter
			w.up, mine = part(w.up, tab.n)
			for _, l := range mine {
				w.arrive(l)
			}
			w.down, mine = part(w.down, tab.n)
			for _, l := range mine {
				w.hear(l)
			}
			tab.step()
		}
	}
	return map[string]func(*rapid.T){
		"tap":            tap,
		"tap once more":  tap,
		"exchange":       exchange,
		"exchange again": exchange,
		"connect": func(t *rapid.T) {
			tab := which(t)
			tab.connect(rapid.IntRange(0, replicas-1).Draw(t, "replica"))
			tab.step()
		},
		"cut": func(t *rapid.T) { which(t).session = nil },
		"wait": func(t *rapid.T) {
			pass(t, 20*time.Minute)
			for _, tab := range w.tablets {
				tab.look()
				tab.step()
			}
		},
		"arrive": func(t *rapid.T) {
			if len(w.up) == 0 {
				t.Skip("nothing on the way")
			}
			// Several for the same replica may be committed together.
			first := w.up[at(t, len(w.up))]
			var group []letter
			keep := rapid.Bool().Draw(t, "again later")
			for n, i := rapid.IntRange(1, 3).Draw(t, "together"), len(w.up)-1; i >= 0 && len(group) < n; i-- {
				if w.up[i].replica == first.replica {
					group = append(group, w.up[i])
					if !keep {
						w.up = slices.Delete(w.up, i, i+1)
					}
				}
			}
			r := w.cloud.replicas[first.replica]
			switch rapid.IntRange(0, 5).Draw(t, "fate") {
			case 0: // it dies before its commit
				w.hangUp(first.replica)
			case 1: // it dies after its commit, before its answer
				r.mute = true
				w.arrive(group...)
				w.hangUp(first.replica)
			default:
				w.arrive(group...)
			}
		},
		"hear": func(t *rapid.T) {
			if len(w.down) == 0 {
				t.Skip("nothing on the way")
			}
			i := at(t, len(w.down))
			l := w.down[i]
			if !rapid.Bool().Draw(t, "again later") {
				w.down = slices.Delete(w.down, i, i+1)
			}
			w.hear(l)
			w.tablets[l.tablet].step()
		},
		"lose": func(t *rapid.T) {
			if len(w.up) > 0 {
				w.up = slices.Delete(w.up, 0, at(t, len(w.up))+1)
			}
			if len(w.down) > 0 {
				w.down = slices.Delete(w.down, 0, at(t, len(w.down))+1)
			}
		},
		"tablet dies": func(t *rapid.T) {
			tab := which(t)
			tab.stop()
			if rapid.Bool().Draw(t, "machine too") {
				tab.reboot()
			}
			tab.start()
		},
		"tablet's backup": func(t *rapid.T) { which(t).keepBackup() },
		"tablet is restored": func(t *rapid.T) {
			tab := which(t)
			if tab.backup == "" {
				t.Skip("no backup")
			}
			tab.restore()
			w.lose(func(s *tick) { s.gone = true })
		},
		"cloud's backup": func(*rapid.T) { w.cloud.keepBackup() },
		"cloud is restored": func(t *rapid.T) {
			if w.cloud.backup == "" {
				t.Skip("no backup")
			}
			w.up, w.down = nil, nil // its broker goes down with it
			for _, tab := range w.tablets {
				tab.session = nil
			}
			w.cloud.restore()
			w.lose(w.lostByCloud)
		},
		"clock is set": func(t *rapid.T) {
			tab := which(t)
			tab.skew = rapid.SampledFrom([]time.Duration{0, 3 * time.Hour, -2 * time.Hour, 400 * 24 * time.Hour, -26 * 365 * 24 * time.Hour}).Draw(t, "skew")
			if rapid.Bool().Draw(t, "while off") {
				tab.stop()
				tab.reboot()
				tab.start()
			}
		},
		"disk fills or is cleared": func(t *rapid.T) {
			if tab := which(t); rapid.Bool().Draw(t, "cloud's") {
				w.cloud.full = !w.cloud.full
			} else {
				tab.disk.full = !tab.disk.full
			}
		},
		"prune": func(t *rapid.T) {
			which(t).prune(rapid.SampledFrom([]time.Duration{0, time.Minute, time.Hour}).Draw(t, "keep"))
			w.lose(w.lostByCloud) // the tablet doesn't know yet that a cloud was restored
		},
		"roster changes": w.change,
		"push": func(t *rapid.T) {
			have := rapid.Uint64Range(0, 12).Draw(t, "back")
			_, head, _ := w.cloud.feed()
			page, err := w.cloud.replicas[0].SitePage(w.ctx, w.tablets[0].self.Site, head-min(head, have), pageSize)
			w.must(err)
			body, err := proto.Marshal(page)
			w.must(err)
			for i := range w.tablets {
				w.down = append(w.down, letter{tablet: i, leaf: wire.DownFeed, body: body})
			}
		},
	}
}

// hangUp ends a replica's process, and what hangs on it.
func (w *world) hangUp(replica int) {
	w.cloud.replicas[replica].start()
	for _, t := range w.tablets {
		if t.replica == replica {
			t.session = nil
		}
	}
}

// part takes a tablet's letters out of others.
func part(all []letter, tablet int) (rest, mine []letter) {
	for _, l := range all {
		if l.tablet == tablet {
			mine = append(mine, l)
		} else {
			rest = append(rest, l)
		}
	}
	return rest, mine
}

// change does what an administrator does to people and cards.
func (w *world) change(t *rapid.T) {
	who := rapid.IntRange(0, people-1).Draw(t, "person")
	s, p, actor := w.cloud.replicas[rapid.IntRange(0, replicas-1).Draw(t, "replica")], w.template, w.template.actor
	card := p.key.ID(uid(who))
	var err error
	switch rapid.IntRange(0, 4).Draw(t, "change") {
	case 0:
		err = s.ChangeProfile(w.ctx, actor, attendance.Profile{
			ID: p.people[who], Number: fmt.Sprint(9000 + who), FirstName: rapid.SampledFrom([]string{"Anna", "Bert"}).Draw(t, "name"), LastName: "Test",
			Blocked: rapid.Bool().Draw(t, "blocked"),
		}, []attendance.SiteID{w.tablets[0].self.Site})
	case 1:
		err = s.BlockCard(w.ctx, actor, p.people[who], card, rapid.Bool().Draw(t, "blocked"))
	case 2:
		err = s.EndCard(w.ctx, actor, p.people[who], card)
	default:
		err = s.AssignCard(w.ctx, actor, p.people[rapid.IntRange(0, people-1).Draw(t, "to")], card, "")
	}
	_ = err // refused where it can't be, as for anybody
}
