package reader_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"muster/attendance"
	"muster/device"
	"muster/nfc/pn532sim"
	"muster/nfc/reader"
)

// Whatever one answer does to libnfc, the card that lies there is tapped in the
// end, as itself, and so is the next.
func TestTapAfterEachFault(t *testing.T) {
	t.Parallel()
	for _, fault := range pn532sim.Faults() {
		t.Run(string(fault), func(t *testing.T) {
			t.Parallel()
			b := start(t)
			b.until(device.ReaderReady)
			b.wantTap(newCard(t)) // its number is what libnfc would fill gaps with
			b.sim.Inject(fault, 1)
			b.wantTap(newCard(t))
			b.wantTap(newCard(t))
		})
	}
}

// Two killer replies in a row must not make the reader sulk.
func TestCrashIsReportedAndMended(t *testing.T) {
	t.Parallel()
	b := start(t)
	b.until(device.ReaderReady)
	b.sim.Inject(pn532sim.ATSZero, 2)
	card := newCard(t)
	b.sim.Put(card)
	if detail := b.until(device.ReaderFailing); !strings.Contains(detail, "SIGSEGV") {
		t.Errorf("the crash is reported as %q", detail)
	}
	b.until(device.ReaderReady)
	if got := b.next().UID; string(got) != string(card.UID()) {
		t.Errorf("tapped % x, want % x", got, card.UID())
	}
}

// libnfc makes a number up when a reader leaves it out. None of that may become
// a tap of somebody, least of all of the person before.
func TestMadeUpNumbersAreUnreadable(t *testing.T) {
	t.Parallel()
	for _, fault := range []pn532sim.Fault{pn532sim.UIDLength, pn532sim.TruncatedTarget} {
		t.Run(string(fault), func(t *testing.T) {
			t.Parallel()
			b := start(t)
			b.until(device.ReaderReady)
			b.wantTap(newCard(t))
			b.sim.Inject(fault, pn532sim.UntilCleared)
			card := newCard(t)
			b.sim.Put(card)
			if tap := b.next(); attendance.ValidUID(tap.UID) {
				t.Errorf("tapped % x, want an unreadable card", tap.UID)
			}
			b.sim.Clear()
			if got := b.next().UID; string(got) != string(card.UID()) {
				t.Errorf("tapped % x, want % x", got, card.UID())
			}
		})
	}
}

func TestLastingFaultIsReported(t *testing.T) {
	t.Parallel()
	for _, fault := range []pn532sim.Fault{pn532sim.Silence, pn532sim.SilenceAfterAck, pn532sim.Garbage, pn532sim.BadChecksum, pn532sim.ErrorFrame} {
		t.Run(string(fault), func(t *testing.T) {
			t.Parallel()
			b := start(t)
			b.until(device.ReaderReady)
			b.sim.Inject(fault, pn532sim.UntilCleared)
			if b.until(device.ReaderFailing) == "" {
				t.Error("the fault is reported without a reason")
			}
			b.sim.Clear()
			b.until(device.ReaderReady)
			b.wantTap(newCard(t))
		})
	}
}

func TestUnplugAndPlug(t *testing.T) {
	t.Parallel()
	b := start(t)
	b.until(device.ReaderReady)
	for range 3 {
		b.sim.Unplug()
		if detail := b.until(device.ReaderMissing); !strings.Contains(detail, "is not there") {
			t.Errorf("the missing reader is reported as %q", detail)
		}
		if err := b.sim.Plug(); err != nil {
			t.Fatal(err)
		}
		b.until(device.ReaderReady)
		b.wantTap(newCard(t))
	}
}

func TestReaderThatComesLater(t *testing.T) {
	t.Parallel()
	link := filepath.Join(t.TempDir(), "reader")
	rd := run(t, reader.Config{Connstring: "pn532_uart:" + link, Command: []string{os.Args[0], childArg}})
	b := &bench{t: t, rd: rd}
	b.until(device.ReaderMissing)
	sim, err := pn532sim.Open(link)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(sim.Close)
	b.sim = sim
	b.until(device.ReaderReady)
	b.wantTap(newCard(t))
}

// child finds the reader process of a connection string.
func child(t *testing.T, connstring string) int {
	t.Helper()
	files, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			continue // ended meanwhile
		}
		if strings.Contains(string(b), "\x00"+childArg+"\x00"+connstring+"\x00") {
			pid, err := strconv.Atoi(filepath.Base(filepath.Dir(f)))
			if err != nil {
				t.Fatal(err)
			}
			return pid
		}
	}
	t.Fatal("no reader process found")
	return 0
}

func TestChildKilled(t *testing.T) {
	t.Parallel()
	b := start(t)
	b.until(device.ReaderReady)
	if err := syscall.Kill(child(t, b.sim.Connstring()), syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	if detail := b.until(device.ReaderFailing); !strings.Contains(detail, "killed") {
		t.Errorf("the killed process is reported as %q", detail)
	}
	b.until(device.ReaderReady)
	b.wantTap(newCard(t))
}

func TestChildHangs(t *testing.T) {
	t.Parallel()
	b := start(t, func(c *reader.Config) { c.Patience = time.Second })
	b.until(device.ReaderReady)
	if err := syscall.Kill(child(t, b.sim.Connstring()), syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	if detail := b.until(device.ReaderFailing); !strings.Contains(detail, "hung") {
		t.Errorf("the process that hangs is reported as %q", detail)
	}
	b.until(device.ReaderReady)
	b.wantTap(newCard(t))
}

// A parent that is killed leaves no reader process behind, or the next could not
// open the port.
func TestNoOrphan(t *testing.T) {
	t.Parallel()
	sim, err := pn532sim.Open(filepath.Join(t.TempDir(), "reader"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(sim.Close)
	ctx, cancel := context.WithTimeout(t.Context(), generous)
	defer cancel()
	parent := exec.CommandContext(ctx, os.Args[0], parentArg, sim.Connstring())
	out, err := parent.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := parent.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := fmt.Fscanln(out, new(string)); err != nil { // it says when the reader is ready
		t.Fatal(err)
	}
	pid := child(t, sim.Connstring())
	fd, err := unix.PidfdOpen(pid, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = unix.Close(fd) }()
	if err := parent.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = parent.Wait()
	n, err := unix.Poll([]unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}, int(generous.Milliseconds()))
	if n != 1 || err != nil {
		t.Errorf("the reader process lives on without its parent (poll %d, %v)", n, err)
	}
}

func TestPortInUse(t *testing.T) {
	t.Parallel()
	sim, err := pn532sim.Open(filepath.Join(t.TempDir(), "reader"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(sim.Close)
	unlock, err := reader.Lock(sim.Path())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := reader.Lock(sim.Path()); err == nil {
		t.Error("a port can be locked twice")
	}
	b := &bench{t: t, sim: sim, rd: run(t, reader.Config{Connstring: sim.Connstring(), Command: []string{os.Args[0], childArg}})}
	if detail := b.until(device.ReaderFailing); !strings.Contains(detail, "in use by another process") {
		t.Errorf("a port in use is reported as %q", detail)
	}
	unlock()
	b.until(device.ReaderReady)
}

// Whatever the child is or does, the parent reports it and goes on.
func TestChildThatIsNone(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ script, want string }{
		"ends at once":    {"exit 3", "exit status 3"},
		"crashes":         {"kill -SEGV $$", "segmentation fault"},
		"speaks nonsense": {"echo hello; exec sleep 60", "not a line"},
		"endless line":    {"exec tr '\\0' x </dev/zero", "token too long"},
		"silent":          {"exec sleep 60", "hung"},
		"card that can't": {`echo '{"kind":"card","uid":"AQI=","atqa":"AAQ="}'; exec sleep 60`, "not a line"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := &bench{t: t, rd: run(t, reader.Config{
				Connstring: "x", Command: []string{"/bin/sh", "-c", c.script}, Patience: 50 * time.Millisecond,
			})}
			if detail := b.until(device.ReaderFailing); !strings.Contains(detail, c.want) {
				t.Errorf("reported as %q, want %q in it", detail, c.want)
			}
		})
	}
	t.Run("no such program", func(t *testing.T) {
		t.Parallel()
		b := &bench{t: t, rd: run(t, reader.Config{Connstring: "x", Command: []string{filepath.Join(t.TempDir(), "none")}})}
		b.until(device.ReaderFailing)
	})
}

func TestSwitchedOff(t *testing.T) {
	t.Parallel()
	b := &bench{t: t, rd: run(t, reader.Config{Connstring: reader.None})}
	if detail := b.until(device.ReaderMissing); detail != "switched off" {
		t.Errorf("a reader switched off is reported as %q", detail)
	}
}

func TestProbe(t *testing.T) {
	t.Parallel()
	link := filepath.Join(t.TempDir(), "reader")
	cfg := reader.Config{Connstring: "pn532_uart:" + link, Command: []string{os.Args[0], childArg}}
	ctx, cancel := context.WithTimeout(t.Context(), generous)
	defer cancel()
	if name, err := reader.Probe(ctx, cfg); err == nil || !strings.Contains(err.Error(), "is not there") {
		t.Errorf("Probe without a reader = %q, %v", name, err)
	}
	sim, err := pn532sim.Open(link)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(sim.Close)
	if name, err := reader.Probe(ctx, cfg); err != nil || name != cfg.Connstring {
		t.Errorf("Probe = %q, %v", name, err)
	}
}
