package e2e_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"muster/internal/stage"
)

const (
	adminEmail    = "ada@example.org"
	adminPassword = "correct horse battery staple"
)

// world is one running product with an organisation, an admin and a site.
type world struct {
	t    testing.TB
	ctx  context.Context
	dir  string
	log  *logBuffer
	opts stage.CloudOptions

	programs  stage.Binaries
	tabletEnv []string // of tablets that are started from now on

	cloud *stage.Cloud
	api   *stage.API
	site  string
}

// newWorld starts a cloud and sets it up. Everything ends with the test; when it
// fails, what the programs logged is printed.
func newWorld(t testing.TB, more ...string) *world {
	t.Helper()
	ctx := patient(t)
	w := &world{t: t, ctx: ctx, dir: t.TempDir(), log: &logBuffer{}, programs: programs}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("what the programs said:\n%s", w.log)
		}
		if s := w.log.String(); strings.Contains(s, "DATA RACE") {
			t.Errorf("a program has a data race:\n%s", s)
		}
	})
	w.opts = stage.CloudOptions{Data: filepath.Join(w.dir, "cloud"), More: more, Log: w.log}
	w.startCloud()

	w.api = &stage.API{Base: w.cloud.HTTP}
	var setUp struct {
		Token string `json:"token"`
	}
	w.post("/api/v1/setup", map[string]any{
		"token": w.cloud.SetUpToken(), "organisation": "Example", "email": adminEmail,
		"name": "Ada", "password": adminPassword, "language": "en",
	}, &setUp)
	w.api.Token = setUp.Token
	w.site = w.newID("/api/v1/sites", map[string]any{"name": "Nord", "time_zone": "Europe/Berlin", "language": "en"})
	return w
}

// startCloud starts it, the second time at the addresses of the first.
func (w *world) startCloud() {
	w.t.Helper()
	c, err := stage.StartCloud(w.ctx, w.programs, w.opts)
	if err != nil {
		w.t.Fatal(err)
	}
	w.cloud = c
	w.opts.HTTP = strings.TrimPrefix(c.HTTP, "http://")
	w.opts.Device = strings.TrimPrefix(c.Device, "https://")
	w.opts.MQTT = c.MQTT
	w.t.Cleanup(func() { _ = c.Kill() })
}

// reader starts a simulated reader.
func (w *world) reader() *stage.Reader {
	w.t.Helper()
	r, err := stage.StartReader(w.ctx, w.programs, filepath.Join(w.dir, "reader"), "", w.log)
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { _ = r.Stop() })
	return r
}

// tablet starts a tablet, for the first time or again.
func (w *world) tablet(connstring string) *stage.Tablet {
	w.t.Helper()
	tab, err := stage.StartTablet(w.programs, stage.TabletOptions{
		Data: filepath.Join(w.dir, "tablet"), Cloud: w.cloud.Device, Authority: w.cloud.Authority,
		Connstring: connstring, Env: w.tabletEnv, Log: w.log,
	})
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { _ = tab.Kill() })
	return tab
}

// activate approves a tablet that shows its code, and waits until it is ready.
func (w *world) activate(tab *stage.Tablet) (device string) {
	w.t.Helper()
	shown, err := tab.Await(w.ctx, "a code", func(s stage.Shown) bool { return s.Scene == "activation" && s.UserCode != "" })
	if err != nil {
		w.t.Fatal(err)
	}
	device = w.newID("/api/v1/claims/"+shown.UserCode+"/approve", map[string]any{"site": w.site, "name": "Gate 2"})
	w.scene(tab, "ready")
	return device
}

// employee adds a person; uid is the number of a card, or empty.
func (w *world) employee(first, last, uid string) (id string) {
	w.t.Helper()
	id = w.newID("/api/v1/employees", map[string]any{"first_name": first, "last_name": last, "sites": []string{w.site}})
	if uid != "" {
		w.post("/api/v1/employees/"+id+"/cards", map[string]any{"uid": uid}, nil)
	}
	return id
}

// known waits until the tablet has caught up with the cloud's roster, by asking
// the cloud what the tablet last told of itself.
func (w *world) known(device string, profiles int) {
	w.t.Helper()
	w.eventually(fmt.Sprintf("the tablet knows %d people", profiles), func() bool {
		var d struct {
			Health struct {
				Employees int `json:"employees"`
			} `json:"health"`
		}
		w.get("/api/v1/devices/"+device, &d)
		return d.Health.Employees == profiles
	})
}

// punch is one line of the API's list.
type punch struct {
	ID        string    `json:"id"`
	Employee  string    `json:"employee"`
	Name      string    `json:"name"`
	Direction string    `json:"direction"`
	At        time.Time `json:"at"`
}

// punches lists all punches, oldest first.
func (w *world) punches() []punch {
	w.t.Helper()
	var page struct {
		Items []punch `json:"items"`
	}
	w.get("/api/v1/punches?limit=1000", &page)
	all := page.Items
	for i, j := 0, len(all)-1; i < j; i, j = i+1, j-1 {
		all[i], all[j] = all[j], all[i]
	}
	return all
}

func (w *world) scene(tab *stage.Tablet, name string) stage.Shown {
	w.t.Helper()
	s, err := tab.AwaitScene(w.ctx, name)
	if err != nil {
		w.t.Fatal(err)
	}
	return s
}

// newID posts something and returns the identifier of what was made.
func (w *world) newID(path string, in any) string {
	w.t.Helper()
	var made struct {
		ID string `json:"id"`
	}
	w.post(path, in, &made)
	if made.ID == "" {
		w.t.Fatalf("POST %s gave no id", path)
	}
	return made.ID
}

func (w *world) post(path string, in, out any) {
	w.t.Helper()
	w.check(w.api.Do(w.ctx, http.MethodPost, path, in, out))
}

func (w *world) get(path string, out any) {
	w.t.Helper()
	w.check(w.api.Do(w.ctx, http.MethodGet, path, nil, out))
}

func (w *world) check(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// eventually asks again and again until the answer is yes or time is up. Only
// what can't be waited for otherwise, another program's state, is asked so.
func (w *world) eventually(what string, yes func() bool) {
	w.t.Helper()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for !yes() {
		select {
		case <-tick.C:
		case <-w.ctx.Done():
			w.t.Fatalf("waited in vain until %s", what)
		}
	}
}

// logBuffer collects what several programs write at once.
type logBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *logBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

func (l *logBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

var _ io.Writer = (*logBuffer)(nil)

// uid returns the number of the n-th card of a story: seven bytes, as NXP's.
func uid(n int) string { return fmt.Sprintf("04%012x", n) }

// readFile is for what a program left on the disk.
func readFile(t testing.TB, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
