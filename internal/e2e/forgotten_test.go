package e2e_test

import (
	"os/exec"
	"path/filepath"
	"testing"
)

// The cloud is set back to a backup from before a tablet was activated. The tablet
// says that it has to be activated again, though nobody has revoked it; what
// people saw accepted on it, sent and not yet sent, comes over on a stick, once.
func TestRestoredToBeforeTheActivation(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	anna := w.employee("Anna", "Petersen", uid(1))
	backup := w.backup()
	tab := w.tablet("none")
	w.activate(tab)
	w.check(tab.Stop())
	ticks := w.tapOffline(anna, 5)
	tab = w.tablet("none")
	w.eventually("they arrive", func() bool { return w.missing(ticks) == 0 })
	w.quietTablet(tab)
	w.check(tab.Stop())
	ticks = append(ticks, w.tapOffline(anna, 5)...)

	w.restore(backup)
	tab = w.tablet("none")
	w.scene(tab, "revoked")
	w.check(tab.Stop())
	stick := filepath.Join(w.dir, "stick.export")
	if out, err := exec.CommandContext(w.ctx, w.programs.Tablet, "export", "--all", "--data", filepath.Join(w.dir, "tablet"), stick).CombinedOutput(); err != nil {
		t.Fatalf("export: %v: %s", err, out)
	}
	for range 2 {
		if out, err := exec.CommandContext(w.ctx, w.programs.Cloud, "import", "--data", filepath.Join(w.dir, "cloud"), stick).CombinedOutput(); err != nil {
			t.Errorf("import: %v: %s", err, out)
		}
	}
	if n := w.missing(ticks); n != 0 {
		t.Errorf("%d of %d ticks are not there", n, len(ticks))
	}
	if n := len(w.punches()); n != len(ticks) {
		t.Errorf("%d punches for %d ticks", n, len(ticks))
	}
}
