package ui_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"fyne.io/fyne/v2/test"

	"muster/ui"
)

var update = flag.Bool("update", false, "write the golden files anew")

// golden compares with a file that a person has looked at.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v (go test -update writes it; look at what it wrote)", err)
	}
	if got != string(want) {
		t.Errorf("%s has changed:\n%s", name, difference(string(want), got))
	}
}

// difference shows the first lines that are not the same.
func difference(want, got string) string {
	a, b := strings.Split(want, "\n"), strings.Split(got, "\n")
	for i := range max(len(a), len(b)) {
		x, y := "", ""
		if i < len(a) {
			x = a[i]
		}
		if i < len(b) {
			y = b[i]
		}
		if x != y {
			return fmt.Sprintf("line %d\nwas %s\nis  %s", i+1, x, y)
		}
	}
	return ""
}

// TestMarkup holds every kind of screen to its objects, places and colours.
func TestMarkup(t *testing.T) {
	names := []string{
		"ready", "ready-offline", "accepted-in", "accepted-out", "accepted-long", "accepted-approval", "refused-unknown-card", "capture", "capture-done",
		"capture-failed", "ready-menu", "accepted-invited", "invitation-card", "invitation-question", "invitation-yes", "ready-both-menus", "invites-ticked", "invites-confirm", "invites-result", "invites-denied", "fault-missing", "locked", "revoked", "activation-", "activation-asking", "activation-denied",
		"activation-fetching", "entry",
	}
	for _, e := range exhibits(t) {
		if e.lang != "en" || !slices.Contains(names, e.name) {
			continue
		}
		s := open(t, ui.Options{Language: e.lang}, sizes["1280x800"])
		s.show(e)
		golden(t, filepath.Join("markup", strings.TrimSuffix(e.name, "-")+".xml"), test.RenderToMarkup(s.canvas))
	}
}

// TestWords holds everything the kiosk says, screen by screen, to a script for
// each language that a person can read through.
func TestWords(t *testing.T) {
	scripts := map[string]*strings.Builder{}
	for _, lang := range ui.Languages {
		scripts[lang] = &strings.Builder{}
	}
	for _, e := range exhibits(t) {
		s := open(t, ui.Options{Language: e.lang}, sizes["1280x800"])
		s.show(e)
		fmt.Fprintf(scripts[e.lang], "== %s\n%s\n\n", e.name, strings.Join(s.texts(), "\n"))
	}
	for lang, script := range scripts {
		golden(t, "words."+lang+".txt", script.String())
	}
}
