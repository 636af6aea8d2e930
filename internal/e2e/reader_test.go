package e2e_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"muster/internal/stage"
)

// Whatever happens to the reader, the kiosk says so and the next tap works.
func TestTheReaderComesBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	cards := 0
	next := func() string {
		cards++
		w.employee("Person", fmt.Sprint(cards), uid(cards))
		return uid(cards)
	}
	r := w.reader()
	var uids []string
	for range 20 {
		uids = append(uids, next())
	}
	tab := w.tablet(r.Connstring)
	w.known(w.activate(tab), len(uids))
	tap := func(after string) {
		t.Helper()
		card := uids[0]
		uids = uids[1:]
		w.check(r.Tap(w.ctx, card))
		if _, err := tab.AwaitScene(w.ctx, "accepted"); err != nil {
			t.Fatalf("the tap after %s: %v", after, err)
		}
		w.scene(tab, "ready") // a receipt is shown to its end before anything else
	}
	fault := func() {
		t.Helper()
		w.scene(tab, "fault")
	}
	back := func() {
		t.Helper()
		_, err := tab.Await(w.ctx, "the reader to be ready", func(s stage.Shown) bool {
			return s.Status != nil && s.Status.Reader == "ready"
		})
		w.check(err)
	}

	tap("starting")
	w.check(r.Unplug(w.ctx))
	fault()
	w.check(r.Plug(w.ctx))
	back()
	tap("plugging it in again")

	child := readerChild(t, tab.PID())
	if err := syscall.Kill(child, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	fault()
	back()
	tap("its process was killed")

	for _, kind := range []string{
		"nad-status", "ats-zero", "uid-length", "truncated-target", "truncated-frame",
		"garbage", "bad-checksum", "bad-length", "error-frame", "foreign-reply", "silence", "silence-after-ack",
	} {
		w.check(r.Fault(w.ctx, kind))
		// The fault hits a tap, which gets no answer or a refusal; the next one works.
		w.check(r.Put(w.ctx, uid(9000)))
		if kind != "nad-status" { // the reader never sends the command whose answer has that byte
			w.eventually(kind+" has happened", func() bool {
				n, err := r.Armed(w.ctx)
				w.check(err)
				return n == 0
			})
		}
		w.check(r.Off(w.ctx))
		w.check(r.Fault(w.ctx, "clear"))
		tap(kind)
	}
}

// readerChild finds the process in which libnfc runs for a tablet.
func readerChild(t *testing.T, tablet int) int {
	t.Helper()
	procs, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range procs {
		stat, err := os.ReadFile(p)
		if err != nil {
			continue // it has ended
		}
		// pid (name) state ppid ...; the name may hold anything but ends at the last ")".
		after := stat[bytes.LastIndexByte(stat, ')')+1:]
		if f := strings.Fields(string(after)); len(f) > 1 && f[1] == strconv.Itoa(tablet) {
			pid, _ := strconv.Atoi(filepath.Base(filepath.Dir(p)))
			if cmd, _ := os.ReadFile(filepath.Join(filepath.Dir(p), "cmdline")); bytes.Contains(cmd, []byte("reader-child")) {
				return pid
			}
		}
	}
	t.Fatal("the tablet has no reader process")
	return 0
}
