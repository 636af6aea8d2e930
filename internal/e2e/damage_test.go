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

// A damaged store: the kiosk says so, saves every row that can be read, puts the
// file aside as it is, and goes on as the same tablet. What people saw accepted
// arrives, and the console knows that something happened.
func TestDamagedStore(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.employee("Anna", "Petersen", uid(1))
	w.employee("Bo", "Lind", uid(2))
	r := w.reader()
	tab := w.tablet(r.Connstring)
	dev := w.activate(tab)
	w.known(dev, 2)
	w.check(r.Tap(w.ctx, uid(1)))
	first := w.scene(tab, "accepted")
	w.eventually("the punch has arrived", func() bool { return len(w.punches()) == 1 })
	w.check(w.cloud.Stop())
	w.check(r.Tap(w.ctx, uid(2)))
	second := w.scene(tab, "accepted")
	w.check(tab.Stop())

	data := filepath.Join(w.dir, "tablet")
	path := filepath.Join(data, "tablet.db")
	damaged := readFile(t, path)
	const page = 4096
	for at := 0; at < len(damaged); at += page {
		copy(damaged[at:], bytes.Repeat([]byte{0xa5}, 64))
	}
	w.check(os.WriteFile(path, damaged, 0o600))
	if out, err := exec.CommandContext(w.ctx, w.programs.Tablet, "verify", "--data", data).CombinedOutput(); err == nil {
		t.Errorf("muster-tablet verify finds nothing wrong: %s", out)
	}
	stick := filepath.Join(w.dir, "stick")
	if out, err := exec.CommandContext(w.ctx, w.programs.Tablet, "export", "--data", data, stick).CombinedOutput(); err != nil {
		t.Errorf("a damaged store can't be exported: %v %s", err, out)
	}
	if !bytes.Equal(readFile(t, path), damaged) {
		t.Error("the damaged file was changed")
	}

	w.startCloud()
	tab = w.tablet(r.Connstring)
	fault, err := tab.Await(w.ctx, "a fault", func(s stage.Shown) bool { return s.Scene != "" })
	w.check(err)
	if fault.Scene != "fault" || !strings.Contains(fault.Detail, "damaged") {
		t.Errorf("a damaged store shows %+v", fault)
	}
	w.scene(tab, "ready")
	w.eventually("the saved punch has arrived", func() bool { return len(w.punches()) == 2 })
	w.known(dev, 2)
	w.check(r.Tap(w.ctx, uid(1)))
	third := w.scene(tab, "accepted")
	w.eventually("the new punch has arrived", func() bool { return len(w.punches()) == 3 })
	for i, want := range []stage.Shown{first, second, third} {
		if got := w.punches()[i]; got.ID != want.Punch {
			t.Errorf("punch %d is %+v, want %s", i, got, want.Punch)
		}
	}
	aside, err := filepath.Glob(path + ".aside-*")
	if err != nil || len(aside) != 1 || !bytes.Equal(readFile(t, aside[0]), damaged) {
		t.Errorf("set aside: %v, want the damaged file as it was (%v)", aside, err)
	}
	w.eventually("the console knows", func() bool {
		var aside struct{ Items []struct{ Reason string } }
		w.get("/api/v1/quarantine", &aside)
		return len(aside.Items) == 1 && aside.Items[0].Reason == "salvaged"
	})
	// The stick brings nothing that isn't there.
	w.importFile(stick, "new 0,")
	if n := len(w.punches()); n != 3 {
		t.Errorf("%d punches after the import", n)
	}
}

// importFile takes an export in beside the running cloud, and wants its answer to
// have certain words.
func (w *world) importFile(file, want string) {
	w.t.Helper()
	out, err := exec.CommandContext(w.ctx, w.programs.Cloud, "import", "--data", filepath.Join(w.dir, "cloud"), file).CombinedOutput()
	if err != nil || !strings.Contains(string(out), want) {
		w.t.Errorf("import: %v: %s; want %q", err, out, want)
	}
}

// The network is dead: what waits goes to the cloud on a stick while the tablet
// runs, and when the line is back the tablet hears that it is there.
func TestExportWithoutNetwork(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.employee("Anna", "Petersen", uid(1))
	r := w.reader()
	tab := w.tablet(r.Connstring)
	dev := w.activate(tab)
	w.known(dev, 1)
	w.check(w.cloud.Stop())
	w.check(r.Tap(w.ctx, uid(1)))
	tick := w.scene(tab, "accepted")
	stick := filepath.Join(w.dir, "stick")
	out, err := exec.CommandContext(w.ctx, w.programs.Tablet, "export", "--data", filepath.Join(w.dir, "tablet"), stick).CombinedOutput()
	if err != nil {
		t.Fatalf("export: %v: %s", err, out)
	}
	w.importFile(stick, "already there 0, broken or unsigned (to quarantine) 0,") // before the tablet can
	w.importFile(stick, "new 0,")
	w.startCloud()
	if got := w.punches(); len(got) != 1 || got[0].ID != tick.Punch {
		t.Errorf("the cloud has %+v, want %s", got, tick.Punch)
	}
	w.eventually("the tablet has heard of it", func() bool {
		var d struct{ Health struct{ Waiting int } }
		w.get("/api/v1/devices/"+dev, &d)
		return d.Health.Waiting == 0
	})
	if n := len(w.punches()); n != 1 {
		t.Errorf("%d punches", n)
	}
}

// A revoked tablet is activated again at its own screen. What it had not sent is
// exported out of what was set aside, and counts.
func TestRevokedTabletBeginsAnew(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.employee("Anna", "Petersen", uid(1))
	r := w.reader()
	tab := w.tablet(r.Connstring)
	dev := w.activate(tab)
	w.known(dev, 1)
	w.check(w.cloud.Stop())
	w.check(r.Tap(w.ctx, uid(1)))
	tick := w.scene(tab, "accepted")
	w.check(tab.Stop())
	w.startCloud()
	w.post("/api/v1/devices/"+dev+"/revoke", map[string]any{}, nil)
	tab = w.tablet(r.Connstring)
	w.scene(tab, "revoked")
	w.check(tab.Type("activate-anew"))
	again := w.activate(tab)
	if again == dev {
		t.Error("the revoked tablet is the same again")
	}
	stick := filepath.Join(w.dir, "stick")
	out, err := exec.CommandContext(w.ctx, w.programs.Tablet, "export", "--data", filepath.Join(w.dir, "tablet"), stick).CombinedOutput()
	if err != nil {
		t.Fatalf("export: %v: %s", err, out)
	}
	files, err := filepath.Glob(stick + "*")
	w.check(err)
	for _, file := range files {
		out, err := exec.CommandContext(w.ctx, w.programs.Cloud, "import", "--data", filepath.Join(w.dir, "cloud"), file).CombinedOutput()
		if err != nil {
			t.Errorf("import %s: %v: %s", file, err, out)
		}
	}
	if got := w.punches(); len(got) != 1 || got[0].ID != tick.Punch {
		t.Errorf("the cloud has %+v, want %s of the revoked tablet", got, tick.Punch)
	}
}
