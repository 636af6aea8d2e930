package main

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"muster/access"
	"muster/attendance"
	"muster/cloud/store/postgrestest"
)

// startPostgres starts a server with an empty database named cloud.
func startPostgres(t testing.TB) (*postgrestest.Server, address) {
	t.Helper()
	var options []postgrestest.Option
	if _, measured := t.(*testing.B); !measured {
		options = append(options, postgrestest.InMemory)
	}
	s, err := postgrestest.Start(t.Context(), options...)
	if errors.Is(err, postgrestest.ErrMissing) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Stop(); err != nil {
			t.Error(err)
		}
	})
	if err := s.Create(t.Context(), "cloud", "template0"); err != nil {
		t.Fatal(err)
	}
	return s, address(s.URL("cloud"))
}

// said is a log that can be waited on.
type said struct {
	mu    sync.Mutex
	text  bytes.Buffer
	wants string
	heard chan struct{}
}

func listen(wants string) *said { return &said{wants: wants, heard: make(chan struct{})} }

func (s *said) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.text.Write(p)
	if s.wants != "" && strings.Contains(s.text.String(), s.wants) {
		s.wants = ""
		close(s.heard)
	}
	return len(p), nil
}

// A cloud that finds its database away waits for it; one whose database goes away
// answers 503, and serves again when it is back.
func TestCloudOnPostgreSQL(t *testing.T) {
	t.Parallel()
	server, url := startPostgres(t)
	if err := server.Halt(); err != nil {
		t.Fatal(err)
	}
	log := listen("trying again")
	type opened struct {
		m   *Main
		err error
	}
	up := make(chan opened, 1)
	go func() {
		m, err := open(t.Context(), serveCommand{
			Data: t.TempDir(), Store: url, HTTP: "127.0.0.1:0", Device: "127.0.0.1:0", MQTT: "127.0.0.1:0", CertificateLife: time.Hour,
		}, time.Now, slog.New(slog.NewTextHandler(log, nil)))
		up <- opened{m, err}
	}()
	select {
	case <-log.heard:
	case o := <-up:
		t.Fatalf("open without a database: %v", o.err)
	case <-time.After(patience):
		t.Fatal("it doesn't say that it waits")
	}
	if err := server.Resume(); err != nil {
		t.Fatal(err)
	}
	o := <-up
	if o.err != nil {
		t.Fatal(o.err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ran := make(chan error, 1)
	go func() { ran <- o.m.Run(ctx) }()
	defer func() {
		cancel()
		if err := errors.Join(<-ran, o.m.Close()); err != nil {
			t.Error(err)
		}
	}()
	status := func() int {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, o.m.HTTPURL+"/password?token=x", nil)
		if err != nil {
			t.Fatal(err)
		}
		res, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		if err := res.Body.Close(); err != nil {
			t.Fatal(err)
		}
		return res.StatusCode
	}
	if got := status(); got != http.StatusNotFound && got != http.StatusGone {
		t.Errorf("a link that never was: %d", got)
	}
	if err := server.Halt(); err != nil {
		t.Fatal(err)
	}
	if got := status(); got != http.StatusServiceUnavailable {
		t.Errorf("without a database: %d", got)
	}
	if err := server.Resume(); err != nil {
		t.Fatal(err)
	}
	if got := status(); got != http.StatusNotFound && got != http.StatusGone {
		t.Errorf("with the database back: %d", got)
	}
}

// An organisation moves to PostgreSQL and back by the commands, and accounts go
// with it.
func TestMoveCommand(t *testing.T) {
	t.Parallel()
	_, url := startPostgres(t)
	ctx, file := t.Context(), address("sqlite:"+filepath.Join(t.TempDir(), "cloud.db"))
	s, err := file.open(ctx, "", time.Now)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := s.IssueSetup(ctx)
	if err != nil {
		t.Fatal(err)
	}
	u, err := s.SetUp(ctx, secret, access.SetUp{Organisation: "Acme", Email: "ada@acme.example", Name: "Ada", Password: "correct horse battery"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.AddSite(ctx, u.Actor(), attendance.Site{Name: "North", TimeZone: "UTC"}); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := (&moveCommand{From: file, To: url}).Run(ctx); err != nil {
		t.Fatal(err)
	}
	if err := (&moveCommand{From: file, To: url}).Run(ctx); !errors.Is(err, access.ErrConflict) {
		t.Errorf("once more: %v", err)
	}
	// Meant was the other one: what was moved must not count in two places.
	if err := (&restoredCommand{Store: file}).Run(ctx); !errors.Is(err, errMoved) {
		t.Errorf("restored, where everything was moved away: %v", err)
	}
	if err := (&restoredCommand{Store: url}).Run(ctx); err != nil {
		t.Errorf("restored, where it was moved to: %v", err)
	}
	if err := (&resetCommand{Email: "ada@acme.example", Store: url, PublicURL: "http://x"}).Run(ctx); err != nil {
		t.Error(err)
	}
	if err := (&statusCommand{where{Store: url}}).Run(ctx); err != nil {
		t.Error(err)
	}
	if err := (&upCommand{where: where{Store: url}}).Run(ctx); err != nil {
		t.Error(err)
	}
	if err := (&downCommand{where: where{Store: url}, To: 0}).Run(ctx); err == nil {
		t.Error("migrate down would drop everything")
	}
	back := address("sqlite:" + filepath.Join(t.TempDir(), "back.db"))
	if err := (&moveCommand{From: url, To: back}).Run(ctx); err != nil {
		t.Fatal(err)
	}
	s, err = back.open(ctx, "", time.Now)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close() //nolint:errcheck // a file of this test's own
	if sites, err := s.Sites(ctx, u.Actor()); err != nil || len(sites) != 1 {
		t.Errorf("%d sites came back: %v", len(sites), err)
	}
	if err := (&restoredCommand{Store: url, TakeBack: true}).Run(ctx); err != nil {
		t.Errorf("taken back: %v", err)
	}
}

func TestAddressesKeepTheirPasswords(t *testing.T) {
	t.Parallel()
	for _, a := range []address{"postgres://u:hush@h/d", "postgres://u@h/d?password=hush&sslmode=require", "postgres://u:hush%@h/d"} {
		if strings.Contains(a.String(), "hush") {
			t.Errorf("%s says the password", a)
		}
		if _, err := a.open(t.Context(), "", time.Now); err != nil && strings.Contains(err.Error(), "hush") {
			t.Errorf("the error says the password: %v", err)
		}
	}
	if _, err := address("mysql://x").open(t.Context(), "", time.Now); err == nil {
		t.Error("opened a database of an unknown kind")
	}
}
