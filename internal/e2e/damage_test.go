package e2e_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"muster/internal/stage"
)

// A store that is damaged is never replaced behind anybody's back: the kiosk says
// so, the file stays as it is, and only a person who decides so starts anew.
func TestDamagedStore(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.employee("Anna", "Petersen", uid(1))
	r := w.reader()
	tab := w.tablet(r.Connstring)
	w.known(w.activate(tab), 1)
	w.check(r.Tap(w.ctx, uid(1)))
	tick := w.scene(tab, "accepted")
	w.eventually("the punch has arrived", func() bool { return len(w.punches()) == 1 })
	w.check(tab.Stop())

	data := filepath.Join(w.dir, "tablet")
	path := filepath.Join(data, "tablet.db")
	damaged := readFile(t, path)
	const page = 4096
	for at := page; at < len(damaged); at += page {
		copy(damaged[at:], bytes.Repeat([]byte{0xa5}, 64))
	}
	w.check(os.WriteFile(path, damaged, 0o600))

	tab = w.tablet(r.Connstring)
	fault, err := tab.Await(w.ctx, "a fault", func(s stage.Shown) bool { return s.Scene != "" })
	w.check(err)
	if fault.Scene != "fault" || !strings.Contains(fault.Detail, "damaged") {
		t.Errorf("a damaged store shows %+v", fault)
	}
	w.check(tab.Stop())
	if !bytes.Equal(readFile(t, path), damaged) {
		t.Error("the damaged file was changed")
	}
	if out, err := exec.CommandContext(w.ctx, w.programs.Tablet, "verify", "--data", data).CombinedOutput(); err == nil {
		t.Errorf("muster-tablet verify finds nothing wrong: %s", out)
	}

	if out, err := exec.CommandContext(w.ctx, w.programs.Tablet, "set-aside", "--yes", "--data", data).CombinedOutput(); err != nil {
		t.Fatalf("set-aside: %v: %s", err, out)
	}
	aside, err := filepath.Glob(path + ".aside-*")
	if err != nil || len(aside) != 1 || !bytes.Equal(readFile(t, aside[0]), damaged) {
		t.Errorf("set aside: %v, want the damaged file as it was (%v)", aside, err)
	}
	tab = w.tablet(r.Connstring)
	w.known(w.activate(tab), 1)
	w.check(r.Tap(w.ctx, uid(1)))
	again := w.scene(tab, "accepted")
	w.eventually("the new punch has arrived", func() bool { return len(w.punches()) == 2 })
	if got := w.punches(); got[0].ID != tick.Punch || got[1].ID != again.Punch {
		t.Errorf("the cloud has %+v, want the punch from before and the new one", got)
	}
}
