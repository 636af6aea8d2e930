package e2e_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"muster/internal/stage"
)

// The tablet loses its power, and what puts the file system in order throws its
// write-ahead log away: the screen says so, the console hears what is missing, people
// are known as before though the cloud is away, and everything from then on counts.
func TestVanishedLog(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.employee("Anna", "Petersen", uid(1))
	w.employee("Bert", "Sommer", uid(2))
	r := w.reader()
	tab := w.tablet(r.Connstring)
	dev := w.activate(tab)
	w.known(dev, 2)
	w.check(r.Tap(w.ctx, uid(1)))
	first := w.scene(tab, "accepted")
	w.eventually("the first punch has arrived", func() bool { return len(w.punches()) == 1 })
	w.check(tab.Stop()) // which brings the log into the database
	w.check(w.cloud.Stop())
	tab = w.tablet(r.Connstring)
	w.scene(tab, "ready")
	w.check(r.Tap(w.ctx, uid(2)))
	lost := w.scene(tab, "accepted")
	w.check(tab.Kill())
	data := filepath.Join(w.dir, "tablet")
	w.check(os.Remove(filepath.Join(data, "tablet.db-wal")))
	if out, err := exec.CommandContext(w.ctx, w.programs.Tablet, "verify", "--data", data).CombinedOutput(); err == nil || !strings.Contains(string(out), "damaged") {
		t.Errorf("muster-tablet verify: %v %s", err, out)
	}

	tab = w.tablet(r.Connstring)
	fault, err := tab.Await(w.ctx, "a fault", func(s stage.Shown) bool { return s.Scene != "" })
	w.check(err)
	if fault.Scene != "fault" || !strings.Contains(fault.Detail, "damaged") {
		t.Errorf("a tablet without its log shows %+v", fault)
	}
	w.scene(tab, "ready")
	w.check(r.Tap(w.ctx, uid(2))) // the cloud is still away
	second := w.scene(tab, "accepted")
	w.startCloud()
	w.eventually("the new punch has arrived", func() bool { return len(w.punches()) == 2 })
	for i, want := range []stage.Shown{first, second} {
		if got := w.punches()[i]; got.ID != want.Punch || got.ID == lost.Punch {
			t.Errorf("punch %d is %+v, want %s", i, got, want.Punch)
		}
	}
	w.eventually("the console knows", func() bool {
		var aside struct{ Items []struct{ Reason string } }
		w.get("/api/v1/quarantine", &aside)
		return len(aside.Items) == 1 && aside.Items[0].Reason == "salvaged"
	})
	w.quietTablet(tab)
}
