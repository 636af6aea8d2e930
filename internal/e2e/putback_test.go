package e2e_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"muster/cloud/store/sqlite"
	"muster/internal/failpoint"
	"muster/internal/stage"
)

// beforeAndAfter makes the folder of a cloud that was killed with Anna and Bo in it, and a
// backup from before Bo.
func (w *world) beforeAndAfter() (killed, backup string) {
	w.t.Helper()
	w.employee("Anna", "Petersen", "")
	backup = w.backup()
	w.employee("Bo", "Lund", "")
	w.check(w.cloud.Kill())
	killed = filepath.Join(w.dir, "cloud")
	if readFile(w.t, filepath.Join(killed, "cloud.db-wal")) == nil {
		w.t.Fatal("the cloud was killed and has no log")
	}
	return killed, filepath.Join(backup, "cloud.db")
}

// people starts the cloud of a folder and returns how many people it knows, or what it
// says instead of starting.
func (w *world) people(data string) (n int, refused string) {
	w.t.Helper()
	said := &logBuffer{}
	o := w.opts
	o.Data, o.Log = data, said
	c, err := stage.StartCloud(w.ctx, programs, o)
	if err != nil {
		return 0, said.String()
	}
	defer func() { w.check(c.Stop()) }()
	if c.SetUpURL != "" {
		return 0, ""
	}
	w.cloud = c
	var all struct {
		Total int `json:"total"`
	}
	w.get("/api/v1/employees?limit=1", &all)
	return all.Total, ""
}

// inFile returns how many people a folder's database has, without a cloud: to start one takes
// longer than all else here.
func (w *world) inFile(data string) (n int) {
	w.t.Helper()
	db, err := sqlite.Connect(filepath.Join(data, "cloud.db"))
	w.check(err)
	w.check(db.Read.QueryRowContext(w.ctx, `SELECT count(*) FROM profiles`).Scan(&n))
	w.check(db.Close())
	return n
}

func (w *world) copied(dir string) (data string) {
	w.t.Helper()
	data = filepath.Join(w.t.TempDir(), "cloud")
	w.check(os.CopyFS(data, os.DirFS(dir)))
	w.check(os.Chmod(data, 0o700))
	return data
}

// The command that puts a backup back is killed at each of its steps: the cloud that is
// started then has what was there, or all of the backup, or says what to do and doesn't
// start; it never begins anew. The command, given again, does the rest.
func TestKilledWhileABackupIsPutBack(t *testing.T) {
	t.Parallel()
	programs, err := mortal()
	if err != nil {
		t.Fatal(err)
	}
	w := newWorld(t)
	killed, backup := w.beforeAndAfter()
	passed, refused := 0, 0
	for _, step := range []failpoint.Step{failpoint.Copied, failpoint.Placing, failpoint.Placed} {
		for n := 1; ; n++ {
			data := w.copied(killed)
			cmd := exec.CommandContext(w.ctx, programs.Cloud, "restored", "--data", data, "--backup", backup)
			cmd.Env = append(os.Environ(), failpoint.Environment(step, n))
			out, err := cmd.CombinedOutput()
			if err == nil {
				if n == 1 {
					t.Errorf("%s is not passed", step)
				}
				break
			}
			var exit *exec.ExitError
			if !errors.As(err, &exit) || exit.Sys().(syscall.WaitStatus).Signal() != syscall.SIGKILL {
				t.Fatalf("%s:%d: %v: %s", step, n, err, out)
			}
			passed++
			have, says := w.people(data)
			switch {
			case says != "":
				refused++
				if !strings.Contains(says, "restored --backup") {
					t.Errorf("%s:%d: it only says %s", step, n, says)
				}
			case have != 1 && have != 2:
				t.Errorf("%s:%d: a cloud with %d people", step, n, have)
			}
			if out, err := exec.CommandContext(w.ctx, w.programs.Cloud, "restored", "--data", data, "--backup", backup).CombinedOutput(); err != nil {
				t.Fatalf("%s:%d: again: %v: %s", step, n, err, out)
			}
			if have := w.inFile(data); have != 1 {
				t.Errorf("%s:%d: again: %d people", step, n, have)
			}
		}
	}
	t.Logf("killed %d times, refused %d times", passed, refused)
	if passed < 8 || refused < 4 {
		t.Errorf("killed %d times, refused %d times", passed, refused)
	}
}

// There is too little room to put a backup back, from none to nearly enough: the command
// says so and what was there isn't touched.
func TestBackupOnAFullDisk(t *testing.T) {
	t.Parallel()
	if os.Getenv(smallDisk) == "" {
		inMountNamespace(t, "TestBackupOnAFullDisk")
		return
	}
	w := newWorld(t)
	killed, backup := w.beforeAndAfter()
	disk := filepath.Join(w.dir, "disk")
	w.check(os.Mkdir(disk, 0o700))
	size := func(path string) int {
		info, err := os.Stat(path)
		w.check(err)
		return int(info.Size())
	}
	need := size(backup)
	before := map[string][]byte{}
	whole := need + 1<<20
	for _, name := range []string{"cloud.db", "cloud.db-wal"} {
		before[name] = readFile(t, filepath.Join(killed, name))
		whole += len(before[name])
	}
	whole += need
	if err := syscall.Mount("tmpfs", disk, "tmpfs", 0, fmt.Sprintf("size=%d,mode=0700", whole)); err != nil {
		t.Fatalf("%s: %v", cantMount, err)
	}
	t.Cleanup(func() { _ = syscall.Unmount(disk, syscall.MNT_DETACH) })
	data := filepath.Join(disk, "cloud")
	w.check(os.Mkdir(data, 0o700))
	for name, text := range before {
		w.check(os.WriteFile(filepath.Join(data, name), text, 0o600))
	}
	filler, refused := filepath.Join(disk, "filler"), 0
	for room := 0; ; room += need / 8 &^ 4095 {
		var st syscall.Statfs_t
		w.check(os.RemoveAll(filler))
		w.check(syscall.Statfs(disk, &st))
		w.check(os.WriteFile(filler, make([]byte, max(0, int(st.Bavail)*int(st.Bsize)-room)), 0o600)) //nolint:gosec // a small disk
		out, err := exec.CommandContext(w.ctx, w.programs.Cloud, "restored", "--data", data, "--backup", backup).CombinedOutput()
		if err == nil {
			t.Logf("with %d kB of room it is done; the backup has %d", room>>10, need>>10)
			break
		}
		refused++
		for name, text := range before {
			if !bytes.Equal(readFile(t, filepath.Join(data, name)), text) {
				t.Errorf("with %d bytes of room %s was touched", room, name)
			}
		}
		if left, err := filepath.Glob(filepath.Join(data, "cloud.db.*")); err != nil || len(left) > 0 {
			t.Errorf("with %d bytes of room %q is left, %v: %s", room, left, err, out)
		}
	}
	w.check(os.RemoveAll(filler))
	if have, says := w.people(data); have != 1 || refused < 8 {
		t.Errorf("%d people, %s; refused %d times", have, says, refused)
	}
}
