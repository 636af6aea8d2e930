// Package postgrestest runs a real PostgreSQL server of a test's own: in a
// temporary folder, on a Unix socket, with everything at its defaults that
// decides what is lost in a crash.
package postgrestest

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"github.com/jackc/pgx/v5"

	"muster/internal/scratch"
)

// ErrMissing says that PostgreSQL is not installed (Debian's package postgresql).
var ErrMissing = errors.New("PostgreSQL is not installed: no initdb in /usr/lib/postgresql/*/bin or on the PATH")

// Server is a running server. One goroutine at a time may use it.
type Server struct {
	folder  func() (string, func() error, error)
	dir     string
	remove  func() error
	bin     string
	account *syscall.Credential // nil: our own
	running *process
}

// process is the server's process; ended is closed when it is gone.
type process struct {
	cmd   *exec.Cmd
	ended chan struct{}
}

// Option changes how a server is made.
type Option func(*Server)

// InMemory has the cluster's files in memory where the machine has room for them,
// for tests that ask what the server does and not how long its disk takes.
func InMemory(s *Server) {
	s.folder = func() (string, func() error, error) { return scratch.Memory("pg", room) }
}

// room is what a cluster may need in memory, in bytes.
const room = 3 << 30

// Start makes a new cluster and starts its server. The answer is ErrMissing
// where there is no PostgreSQL.
func Start(ctx context.Context, options ...Option) (_ *Server, err error) {
	s := &Server{folder: func() (string, func() error, error) { return scratch.Folder("", "pg") }}
	for _, o := range options {
		o(s)
	}
	if s.bin, err = find(); err != nil {
		return nil, err
	}
	if s.account, err = account(); err != nil {
		return nil, err
	}
	if s.dir, s.remove, err = s.folder(); err != nil { // short: a socket's path has 107 bytes at most
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.remove())
		}
	}()
	if s.account != nil {
		if err := os.Chown(s.dir, int(s.account.Uid), int(s.account.Gid)); err != nil {
			return nil, err
		}
	}
	// A language's own order of letters: what must not depend on it, won't.
	initdb := s.command(ctx, "initdb", "--pgdata="+s.data(), "--username=muster", "--auth=trust", "--encoding=UTF8",
		"--locale=C.UTF-8", "--locale-provider=icu", "--icu-locale=en", "--no-sync")
	if out, err := initdb.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("initdb: %w: %s", err, out)
	}
	return s, s.Resume()
}

func (s *Server) data() string { return filepath.Join(s.dir, "data") }

// find returns the folder of the newest PostgreSQL's programs.
func find() (string, error) {
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if err != nil {
		return "", err
	}
	if len(found) > 0 {
		version := func(path string) int {
			n, _ := strconv.Atoi(filepath.Base(filepath.Dir(filepath.Dir(path)))) //nolint:errcheck // 0: the oldest
			return n
		}
		newest := slices.MaxFunc(found, func(a, b string) int { return version(a) - version(b) })
		return filepath.Dir(newest), nil
	}
	path, err := exec.LookPath("initdb")
	if err != nil {
		return "", ErrMissing
	}
	return filepath.Dir(path), nil
}

// account returns whom the server runs as: PostgreSQL refuses to run as root.
func account() (*syscall.Credential, error) {
	if os.Geteuid() != 0 {
		return nil, nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, err1 := strconv.ParseUint(u.Uid, 10, 32)
		gid, err2 := strconv.ParseUint(u.Gid, 10, 32)
		return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, errors.Join(err1, err2)
	}
	return nil, errors.New("there is neither a user postgres nor nobody to run PostgreSQL as")
}

func (s *Server) command(ctx context.Context, name string, args ...string) *exec.Cmd {
	c := exec.CommandContext(ctx, filepath.Join(s.bin, name), args...)
	c.Dir, c.Env = s.dir, []string{"PATH=/usr/bin:/bin", "LC_ALL=C.UTF-8", "TZ=UTC"}
	c.SysProcAttr = &syscall.SysProcAttr{Credential: s.account}
	return c
}

// Resume starts the server again after Halt, and waits until it can be used.
func (s *Server) Resume() error {
	c := s.command(context.Background(), "postgres", "-D", s.data(), "-k", s.dir, "-c", "listen_addresses=",
		"-c", "max_connections=300", "-c", "lc_messages=C")
	c.SysProcAttr.Pdeathsig = syscall.SIGQUIT
	said, err := c.StderrPipe()
	if err != nil {
		return err
	}
	p := &process{cmd: c, ended: make(chan struct{})}
	ready := make(chan error, 1)
	go p.run(said, ready)
	if err := <-ready; err != nil {
		return fmt.Errorf("start PostgreSQL: %w", err)
	}
	s.running = p
	return nil
}

// run lives as long as the process. The thread that starts a process must live on:
// its end counts as the parent's death.
func (p *process) run(said io.Reader, ready chan<- error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	defer close(p.ended)
	if err := p.cmd.Start(); err != nil {
		ready <- err
		return
	}
	var log strings.Builder
	up := false
	for lines := bufio.NewScanner(said); lines.Scan(); {
		if up {
			continue // what it says later is for nobody
		}
		log.WriteString(lines.Text() + "\n")
		if strings.Contains(lines.Text(), "ready to accept") {
			up = true
			ready <- nil
		}
	}
	err := p.cmd.Wait()
	if !up {
		ready <- fmt.Errorf("%w: %s", errors.Join(errors.New("it ended"), err), log.String())
	}
}

// Demote has the server come up as a standby when it is resumed, with nobody to
// follow: it takes no writes until it is promoted (SELECT pg_promote()).
func (s *Server) Demote() error {
	path := filepath.Join(s.data(), "standby.signal")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		return err
	}
	if s.account == nil {
		return nil
	}
	return os.Chown(path, int(s.account.Uid), int(s.account.Gid))
}

// Halt ends the server at once, as a crash does. Resume starts it again.
func (s *Server) Halt() error {
	if s.running == nil {
		return nil
	}
	err := s.running.cmd.Process.Signal(syscall.SIGQUIT)
	<-s.running.ended
	s.running = nil
	return err
}

// Stop ends the server for good and removes everything.
func (s *Server) Stop() error { return errors.Join(s.Halt(), s.remove()) }

// URL returns the address of one of the server's databases.
func (s *Server) URL(database string) string {
	u := url.URL{Scheme: "postgres", User: url.User("muster"), Path: "/" + database, RawQuery: url.Values{"host": {s.dir}}.Encode()}
	return u.String()
}

// Create makes a database as a copy of another, to which nobody may be
// connected; "template0" is an empty one.
func (s *Server) Create(ctx context.Context, name, template string) (err error) {
	c, err := pgx.Connect(ctx, s.URL("postgres"))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, c.Close(ctx)) }()
	_, err = c.Exec(ctx, "CREATE DATABASE "+pgx.Identifier{name}.Sanitize()+" TEMPLATE "+pgx.Identifier{template}.Sanitize())
	if err != nil {
		return fmt.Errorf("create database: %w", err)
	}
	return nil
}

// Drop removes a database with all that is connected to it.
func (s *Server) Drop(ctx context.Context, name string) (err error) {
	c, err := pgx.Connect(ctx, s.URL("postgres"))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, c.Close(ctx)) }()
	_, err = c.Exec(ctx, "DROP DATABASE IF EXISTS "+pgx.Identifier{name}.Sanitize()+" WITH (FORCE)")
	return err
}
