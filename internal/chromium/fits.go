package chromium

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// Axe reads the checker of pages that Fits runs. root is the folder of the module.
func Axe(t testing.TB, root string) []byte {
	t.Helper()
	script, err := os.ReadFile(filepath.Join(root, "node_modules", "axe-core", "axe.min.js"))
	if err != nil {
		t.Fatal("run scripts/console-assets first: ", err)
	}
	return script
}

// Fits fails the test where the browser complained of the page in the window, where
// it has to be scrolled sideways, or where axe finds what keeps people out.
func (win *Window) Fits(axe []byte) {
	win.t.Helper()
	win.Quiet()
	at := Run(win, chromedp.Evaluate[string]("location.pathname + location.search"))
	if over := Run(win, chromedp.Evaluate[int](`document.documentElement.scrollWidth - innerWidth`)); over > 0 {
		win.t.Errorf("%s is %d pixels wider than the window", at, over)
	}
	Run(win, chromedp.Evaluate[chromedp.Void](string(axe)))
	found := Run(win, chromedp.Evaluate[string](`axe.run(document, {resultTypes: ["violations"]}).then(r => JSON.stringify(r.violations.map(v =>
		({id: v.id, impact: v.impact, help: v.help, at: v.nodes.map(n => n.target.join(" ") + ": " + (n.any[0]?.message || n.failureSummary))}))))`, chromedp.EvalAwaitPromise))
	var violations []struct {
		ID, Impact, Help string
		At               []string
	}
	if err := json.Unmarshal([]byte(found), &violations); err != nil {
		win.t.Fatal(err)
	}
	for _, v := range violations {
		win.t.Errorf("%s: %s (%s): %s\n\t%s", at, v.ID, v.Impact, v.Help, strings.Join(v.At[:min(3, len(v.At))], "\n\t"))
	}
}
