package e2e_test

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"muster/internal/stage"
)

// smallDisk names the environment variable that tells this test binary that it
// runs in a mount namespace of its own, and where the programs are.
const smallDisk = "MUSTER_TEST_DISK"

// The tablet's disk fills: people are refused and told why, the console knows,
// what was stored stays and is sent, and with room again all goes on by itself.
func TestFullDisk(t *testing.T) {
	t.Parallel()
	if os.Getenv(smallDisk) != "" {
		fullDisk(t)
		return
	}
	inMountNamespace(t, "TestFullDisk")
}

// inMountNamespace runs a test of this binary where it can mount a disk of its own.
func inMountNamespace(t *testing.T, test string) {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), exe, "-test.run=^"+test+"$", "-test.v", "-test.timeout=5m")
	cmd.Env = append(os.Environ(), smallDisk+"="+filepath.Dir(programs.Tablet))
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags:  syscall.CLONE_NEWUSER | syscall.CLONE_NEWNS,
		UidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}},
	}
	out, err := cmd.CombinedOutput()
	if errors.Is(err, syscall.EPERM) || errors.Is(err, syscall.EINVAL) || errors.Is(err, syscall.ENOSPC) || strings.Contains(string(out), cantMount) {
		t.Skipf("this machine allows no file system of one's own: %v %s", err, out)
	}
	t.Logf("%s", out)
	if err != nil {
		t.Error(err)
	}
}

const cantMount = "can't mount"

func fullDisk(t *testing.T) {
	const people = 60
	w := newWorld(t)
	disk := filepath.Join(w.dir, "tablet")
	w.check(os.Mkdir(disk, 0o700))
	if err := syscall.Mount("tmpfs", disk, "tmpfs", 0, "size=4m,mode=0700"); err != nil {
		t.Fatalf("%s: %v", cantMount, err)
	}
	t.Cleanup(func() { _ = syscall.Unmount(disk, syscall.MNT_DETACH) })
	for i := range people {
		w.employee("Person", fmt.Sprintf("%02d", i), uid(i+1))
	}
	r := w.reader()
	tab := w.tablet(r.Connstring)
	device := w.activate(tab)
	w.known(device, people)
	free := func() uint64 {
		var d struct {
			Online bool `json:"online"`
			Health struct {
				DiskFree uint64 `json:"disk_free"`
			} `json:"health"`
		}
		w.get("/api/v1/devices/"+device, &d)
		if !d.Online {
			return 1
		}
		return d.Health.DiskFree
	}

	next := 0
	ticks := map[string]string{}
	tap := func() stage.Shown {
		t.Helper()
		if next == people {
			t.Fatal("everybody has tapped, and the disk is not full")
		}
		w.check(r.Tap(w.ctx, uid(next+1)))
		s, err := tab.Await(w.ctx, "an answer", func(s stage.Shown) bool { return s.Scene == "accepted" || s.Scene == "refused" })
		w.check(err)
		if s.Scene == "accepted" {
			ticks[s.Punch] = s.Name
		}
		next++ // the same card at once would not even be a tap
		return s
	}
	// A tick may still come: the database has some room in its own files.
	untilRefused := func() {
		t.Helper()
		s := tap()
		for s.Scene == "accepted" {
			s = tap()
		}
		if s.Reason != "storage-full" || s.Code == "" {
			t.Errorf("on a full disk: %+v, want a refusal that says so", s)
		}
	}
	if s := tap(); s.Scene != "accepted" {
		t.Fatalf("with room there is no tick: %+v", s)
	}

	fill(t, disk)
	untilRefused()
	if again := tap(); again.Reason != "storage-full" {
		t.Errorf("the second time: %+v", again)
	}
	w.eventually("the console knows that there is no room", func() bool { return free() < 64<<10 })

	w.check(os.Remove(filepath.Join(disk, "ballast")))
	for range 3 {
		if s := tap(); s.Scene != "accepted" {
			t.Fatalf("with room again: %+v", s)
		}
	}
	w.eventually("the console knows that there is room", func() bool { return free() > 1<<20 })

	t.Log("the power goes on a full disk, and comes back before there is room")
	fill(t, disk)
	w.check(tab.Kill())
	tab = w.tablet(r.Connstring)
	said, err := tab.Await(w.ctx, "what the tablet says on a full disk", func(s stage.Shown) bool { return s.Scene == "fault" || s.Scene == "ready" })
	w.check(err)
	if said.Scene == "fault" && !strings.Contains(said.Detail, "full") {
		t.Errorf("it says %+v", said)
	}
	if said.Scene == "ready" { // it could open without writing
		untilRefused()
	}
	w.check(os.Remove(filepath.Join(disk, "ballast")))
	if said.Scene == "fault" {
		w.scene(tab, "ready") // by itself
	}
	for range 3 {
		if s := tap(); s.Scene != "accepted" {
			t.Fatalf("after the restart: %+v", s)
		}
	}

	w.eventually("every tick has arrived", func() bool { return len(w.punches()) >= len(ticks) })
	got := w.punches()
	for _, p := range got {
		if ticks[p.ID] != p.Name {
			t.Errorf("punch %s of %s has no tick", p.ID, p.Name)
		}
	}
	if len(got) != len(ticks) {
		t.Errorf("%d punches, %d ticks", len(got), len(ticks))
	}
	w.check(tab.Stop())
	if out, err := exec.CommandContext(w.ctx, w.programs.Tablet, "verify", "--data", disk).CombinedOutput(); err != nil {
		t.Errorf("muster-tablet verify: %v: %s", err, out)
	}
}

// fill leaves no byte on a small disk.
func fill(t *testing.T, dir string) {
	t.Helper()
	f, err := os.Create(filepath.Join(dir, "ballast"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close() //nolint:errcheck // it is filled or not, that is seen here
	for block := make([]byte, 1<<16); len(block) > 0; {
		if _, err := f.Write(block); errors.Is(err, syscall.ENOSPC) {
			block = block[:len(block)/2]
		} else if err != nil {
			t.Fatal(err)
		}
	}
}
