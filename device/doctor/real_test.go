package doctor

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

const generous = 5 * time.Minute

func wantOne(t *testing.T, got []Finding, severity Severity, problem, mend string) {
	t.Helper()
	if len(got) != 1 || got[0].Severity != severity || !strings.Contains(got[0].Problem, problem) || !strings.Contains(got[0].Mend, mend) {
		t.Errorf("%+v, want one of %v with %q and %q", got, severity, problem, mend)
	}
}

func TestDisk(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, f := range checkDisk(dir) {
		if f.Severity == Broken && !strings.Contains(f.Problem, "only") {
			t.Errorf("a good folder: %+v", f)
		}
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
	wantOne(t, checkDisk(filepath.Join(dir, "none")), Broken, "nothing can be stored", "mkdir -p")
	wantOne(t, checkDisk(""), Broken, "no data folder", "--data")
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	wantOne(t, checkDisk(file), Broken, "nothing can be stored", "")
	wantOne(t, checkDisk("/proc"), Broken, "nothing can be stored", "")
}

func TestDiskSpace(t *testing.T) {
	t.Parallel()
	const ext4 = unix.EXT4_SUPER_MAGIC
	wantOne(t, judge("/d", ext4, 10<<30), Fine, "10240 MB free", "")
	wantOne(t, judge("/d", ext4, 100<<20), Note, "only 100 MB", "Make room")
	wantOne(t, judge("/d", ext4, 1<<20), Broken, "only 1 MB", "Make room")
	if got := judge("/d", unix.TMPFS_MAGIC, 10<<30); got[0].Severity != Note || !strings.Contains(got[0].Problem, "in memory") {
		t.Errorf("in memory: %+v", got)
	}
	if got := judge("/d", unix.NFS_SUPER_MAGIC, 10<<30); got[0].Severity != Broken {
		t.Errorf("on the network: %+v", got)
	}
	for err, want := range map[error]string{
		unix.EROFS: "read-only", unix.EACCES: "chown", unix.ENOSPC: "Make room", unix.EIO: "replace",
	} {
		if f := cantWrite("/d", err); f.Severity != Broken || !strings.Contains(f.Mend, want) {
			t.Errorf("%v: %+v, want %q", err, f, want)
		}
	}
}

// tlsServer is a server that keeps what goes wrong in its connections to itself.
func tlsServer(t *testing.T) *httptest.Server {
	t.Helper()
	server := httptest.NewUnstartedServer(http.NotFoundHandler())
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	t.Cleanup(server.Close)
	return server
}

// The cloud as a tablet sees it, right and wrong in each way.
func TestCloud(t *testing.T) {
	t.Parallel()
	server := tlsServer(t)
	silent, err := net.Listen("tcp", "127.0.0.1:0") // takes connections and says nothing
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = silent.Close() })
	plain := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(plain.Close)
	gone := httptest.NewTLSServer(http.NotFoundHandler())
	gone.Close()

	dir := t.TempDir()
	ca := filepath.Join(dir, "ca.pem")
	write := func(path string, b []byte) {
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(ca, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}))
	empty := filepath.Join(dir, "empty.pem")
	write(empty, []byte("nothing"))

	short, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	_, port, _ := strings.Cut(strings.TrimPrefix(server.URL, "https://"), ":")
	for _, c := range []struct {
		name          string
		ctx           context.Context
		cfg           Config
		severity      Severity
		problem, mend string
	}{
		{"in order", t.Context(), Config{Cloud: server.URL, CloudCA: ca}, Fine, "is who it should be", ""},
		{"nobody vouches", t.Context(), Config{Cloud: server.URL}, Broken, "nobody vouches", "--cloud-ca"},
		{"another name", t.Context(), Config{Cloud: "https://localhost:" + port, CloudCA: ca}, Broken, "another name", "--name"},
		{"clock wrong", t.Context(), Config{Cloud: server.URL, CloudCA: ca, Now: func() time.Time { return time.Date(2200, 1, 1, 0, 0, 0, 0, time.UTC) }}, Broken, "not valid now", "clock"},
		{"without TLS", t.Context(), Config{Cloud: strings.Replace(plain.URL, "http:", "https:", 1), CloudCA: ca}, Broken, "without TLS", "console"},
		{"refused", t.Context(), Config{Cloud: gone.URL, CloudCA: ca}, Broken, "refuses", "running"},
		{"silent", short, Config{Cloud: "https://" + silent.Addr().String(), CloudCA: ca}, Broken, "does not answer", "firewall"},
		{"no such name", t.Context(), Config{Cloud: "https://no-such-host.invalid", CloudCA: ca}, Broken, "no-such-host", ""},
		{"no address", t.Context(), Config{Cloud: "cloud:8443"}, Broken, "no address", "--cloud"},
		{"no certificate", t.Context(), Config{Cloud: server.URL, CloudCA: empty}, Broken, "no certificate", "authority.pem"},
		{"no such certificate", t.Context(), Config{Cloud: server.URL, CloudCA: filepath.Join(dir, "none")}, Broken, "can't be read", "authority.pem"},
	} {
		t.Run(c.name, func(t *testing.T) { wantOne(t, checkCloud(c.ctx, c.cfg), c.severity, c.problem, c.mend) })
	}
	if got := checkCloud(t.Context(), Config{}); got != nil {
		t.Errorf("no cloud wanted: %+v", got)
	}
}

// A client certificate is the tablet's affair later on; the doctor needs none.
func TestCloudThatWantsACertificate(t *testing.T) {
	t.Parallel()
	server := httptest.NewUnstartedServer(http.NotFoundHandler())
	server.TLS = &tls.Config{ClientAuth: tls.RequireAnyClientCert}
	server.StartTLS()
	t.Cleanup(server.Close)
	pool := x509.NewCertPool()
	pool.AddCert(server.Certificate())
	ca := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(ca, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	wantOne(t, checkCloud(t.Context(), Config{Cloud: server.URL, CloudCA: ca}), Fine, "answers", "")
}

func TestDisplay(t *testing.T) {
	t.Parallel()
	if got := checkDisplay(t.Context(), Config{Headless: true}); got != nil {
		t.Errorf("none needed: %+v", got)
	}
	wantOne(t, checkDisplay(t.Context(), Config{}), Broken, "$DISPLAY is not set", "DISPLAY=:0")
	wantOne(t, checkDisplay(t.Context(), Config{Display: ":98765"}), Broken, "can't be used", "XAUTHORITY")
	wantOne(t, checkDisplay(t.Context(), Config{Display: "nonsense"}), Broken, "can't be used", "")
}

func TestDisplayThatAnswers(t *testing.T) {
	t.Parallel()
	path, err := exec.LookPath("Xvfb")
	if err != nil {
		t.Skip("Xvfb is not installed")
	}
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = r.Close() }()
	ctx, cancel := context.WithTimeout(t.Context(), generous)
	defer cancel()
	server := exec.CommandContext(ctx, path, "-displayfd", "3", "-screen", "0", "64x64x24", "-nolisten", "tcp")
	server.ExtraFiles = []*os.File{w}
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	_ = w.Close()
	defer func() {
		cancel()
		_ = server.Wait()
	}()
	line := make([]byte, 16)
	n, err := r.Read(line)
	if err != nil {
		t.Fatal(err)
	}
	display := ":" + strings.TrimSpace(string(line[:n]))
	wantOne(t, checkDisplay(ctx, Config{Display: display}), Fine, "answers", "")
}

// This very process holds a lock on a real file, seen through the real /proc.
func TestLockSeenThroughRealProc(t *testing.T) {
	t.Parallel()
	f, err := os.Create(filepath.Join(t.TempDir(), "port"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX); err != nil {
		t.Fatal(err)
	}
	node := strings.TrimPrefix(f.Name(), "/")
	got := checkNode(Config{Root: os.DirFS("/"), User: &User{}}, found{name: "x", node: node})
	wantOne(t, got, Broken, "(process "+strconv.Itoa(os.Getpid())+")", "kill")
}
