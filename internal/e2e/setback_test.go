package e2e_test

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/uuid"

	"muster/attendance"
	"muster/device"
	"muster/device/journal"
	"muster/device/store"
	"muster/internal/stage"
	"muster/sync/wire"
)

// tapOffline writes punches into a tablet's journal as its program does, while
// that one is stopped: many at once, which taps are too slow for.
func (w *world) tapOffline(employee string, n int) (ids []string) {
	w.t.Helper()
	s, err := store.Open(w.ctx, filepath.Join(w.dir, "tablet"))
	w.check(err)
	defer s.Close() //nolint:errcheck // what was appended is committed
	src, err := journal.OpenSystem()
	w.check(err)
	estimate, err := s.ClockEstimate(w.ctx)
	w.check(err)
	j, err := journal.Open(w.ctx, s, journal.NewClock(src, estimate))
	w.check(err)
	for i := range n {
		p := attendance.Punch{Profile: attendance.ProfileID(employee), Site: attendance.SiteID(w.site), Direction: attendance.Direction(i%2 + 1)}
		row, err := j.Append(w.ctx, device.KindPunch, &wire.PunchPayload{
			ProfileId: employee, SiteId: w.site, Direction: wire.Direction(p.Direction),
		}, device.Effect{Punch: &p})
		w.check(err)
		ids = append(ids, row.ID.String())
	}
	return ids
}

// behead makes a tablet's store one that has to be salvaged.
func (w *world) behead() {
	w.t.Helper()
	path := filepath.Join(w.dir, "tablet", "tablet.db")
	text := readFile(w.t, path)
	copy(text, bytes.Repeat([]byte{0xa5}, 64))
	w.check(os.WriteFile(path, text, 0o600))
}

func (w *world) missing(ids []string) int {
	there := map[string]bool{}
	for _, p := range w.punches() {
		there[p.ID] = true
	}
	n := 0
	for _, id := range ids {
		if !there[id] {
			n++
		}
	}
	return n
}

func (w *world) quietTablet(tab *stage.Tablet) {
	w.t.Helper()
	w.eventually("nothing waits", func() bool {
		all := tab.All()
		for i := len(all) - 1; i >= 0; i-- {
			if s := all[i].Status; s != nil {
				return s.Online && s.Waiting == 0
			}
		}
		return false
	})
}

// A tablet that was set back to an older copy, and whose store is damaged before
// it has reached the cloud again: what people saw accepted in between arrives.
func TestSetBackAndDamaged(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	anna := w.employee("Anna", "Petersen", uid(1))
	tab := w.tablet("none")
	w.activate(tab)
	w.check(tab.Stop())
	ticks := w.tapOffline(anna, 150)
	tab = w.tablet("none")
	w.eventually("they arrive", func() bool { return w.missing(ticks) == 0 })
	w.quietTablet(tab)
	w.check(tab.Stop())
	data, old := filepath.Join(w.dir, "tablet"), filepath.Join(w.dir, "old")
	w.check(os.CopyFS(old, os.DirFS(data)))
	ticks = append(ticks, w.tapOffline(anna, 100)...)
	tab = w.tablet("none")
	w.eventually("they arrive", func() bool { return w.missing(ticks) == 0 })
	w.quietTablet(tab)
	w.check(tab.Stop())

	w.check(os.RemoveAll(data))
	w.check(os.CopyFS(data, os.DirFS(old)))
	ticks = append(ticks, w.tapOffline(anna, 80)...)
	w.behead()
	tab = w.tablet("none")
	w.scene(tab, "ready")
	time.Sleep(5 * time.Second)
	w.quietTablet(tab)
	var aside struct {
		Items []struct{ Reason string }
	}
	w.get("/api/v1/quarantine", &aside)
	if n := w.missing(ticks); n != 0 {
		t.Errorf("%d of %d ticks are not in the cloud; in quarantine: %v", n, len(ticks), aside.Items)
	}
	if n := len(w.punches()); n > len(ticks) {
		t.Errorf("%d punches for %d ticks", n, len(ticks))
	}
}

// restore puts a copy of the cloud's data in its place and starts it.
func (w *world) restore(backup string) {
	w.t.Helper()
	cloud := filepath.Join(w.dir, "cloud")
	w.check(w.cloud.Stop())
	w.check(os.RemoveAll(cloud))
	w.check(os.CopyFS(cloud, os.DirFS(backup)))
	if out, err := exec.CommandContext(w.ctx, w.programs.Cloud, "restored", "--data", cloud).CombinedOutput(); err != nil {
		w.t.Fatalf("restored: %v: %s", err, out)
	}
	w.startCloud()
}

// backup copies the cloud's data, and has it go on.
func (w *world) backup() (dir string) {
	w.t.Helper()
	w.check(w.cloud.Stop())
	dir = filepath.Join(w.dir, "backup")
	w.check(os.CopyFS(dir, os.DirFS(filepath.Join(w.dir, "cloud"))))
	w.startCloud()
	return dir
}

// A cloud that is restored to before a tablet told what was salvaged: the tablet
// still has it, and tells it again.
func TestRestoredAfterSalvage(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	anna := w.employee("Anna", "Petersen", uid(1))
	tab := w.tablet("none")
	w.activate(tab)
	w.quietTablet(tab)
	w.check(tab.Stop())
	backup := w.backup()
	ticks := w.tapOffline(anna, 5)
	w.behead()
	tab = w.tablet("none")
	w.eventually("they arrive", func() bool { return w.missing(ticks) == 0 })
	w.quietTablet(tab)
	w.check(tab.Stop())
	w.restore(backup)
	w.tablet("none")
	w.eventually("they arrive again", func() bool { return w.missing(ticks) == 0 })
}

// The same where rows are gone for good: those behind the gap arrive again too,
// though the cloud has everything up to the gap.
func TestRestoredToBeforeAGap(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	anna := w.employee("Anna", "Petersen", uid(1))
	tab := w.tablet("none")
	w.activate(tab)
	w.quietTablet(tab)
	w.check(tab.Stop())
	before := w.tapOffline(anna, 5)
	tab = w.tablet("none")
	w.eventually("they arrive", func() bool { return w.missing(before) == 0 })
	w.quietTablet(tab)
	w.check(tab.Stop())
	backup := w.backup()
	gone := w.tapOffline(anna, 3)
	w.tapOffline(anna, 3) // a row's neighbours may go with it
	behind := w.tapOffline(anna, 20)
	w.wreck(gone)
	w.behead()
	tab = w.tablet("none")
	w.eventually("what can be read arrives", func() bool { return w.missing(behind) == 0 })
	w.quietTablet(tab)
	w.check(tab.Stop())
	if n := w.missing(gone); n != len(gone) {
		t.Fatalf("%d of the %d rows that were to be lost are there", len(gone)-n, len(gone))
	}
	w.restore(backup)
	if n := w.missing(behind); n != len(behind) {
		t.Fatalf("the restored cloud has %d rows that it can't know of", len(behind)-n)
	}
	w.tablet("none")
	w.eventually("they arrive again", func() bool { return w.missing(append(before, behind...)) == 0 })
	seen := map[string]bool{}
	for _, p := range w.punches() {
		if seen[p.ID] {
			t.Errorf("%s is there twice", p.ID)
		}
		seen[p.ID] = true
	}
}

// wreck makes punches of the tablet unreadable, in all of its files.
func (w *world) wreck(ids []string) {
	w.t.Helper()
	for _, name := range []string{"tablet.db", "tablet.db-wal"} {
		path := filepath.Join(w.dir, "tablet", name)
		text, err := os.ReadFile(path)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		w.check(err)
		for _, id := range ids {
			bin := uuid.MustParse(id)
			for at := bytes.Index(text, bin[:]); at >= 0; at = bytes.Index(text, bin[:]) {
				// The row's record: its head is before the id, its text and hash behind.
				copy(text[max(0, at-24):], bytes.Repeat([]byte{0xa5}, 100))
			}
		}
		w.check(os.WriteFile(path, text, 0o600))
	}
}
