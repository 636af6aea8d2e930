package main

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"

	"muster/cloud/store"
	"muster/sync/wire"
)

// A replica is gone when its number has stood still for long enough by this
// machine's own clock; what the others' clocks say plays no part.
func TestWhoIsGone(t *testing.T) {
	t.Parallel()
	var r roll
	now := time.Unix(0, 0)
	look := func(after time.Duration, leases ...store.Lease) (dead []string) {
		now = now.Add(after)
		for _, l := range r.look(leases, "me", now) {
			dead = append(dead, l.ID)
		}
		return dead
	}
	me, a, b := store.Lease{ID: "me", Name: "me"}, store.Lease{ID: "a", Name: "a", Beat: 7}, store.Lease{ID: "b", Name: "b", Beat: 7}
	if dead := look(0, me, a, b); len(dead) != 0 {
		t.Errorf("at first sight: %v", dead)
	}
	b.Beat++
	if dead := look(goneAfter-1, me, a, b); len(dead) != 0 {
		t.Errorf("in time: %v", dead)
	}
	if dead := look(1, me, a, b); !slices.Equal(dead, []string{"a"}) || !slices.Equal(r.living(), []string{"me", "b"}) {
		t.Errorf("gone: %v, living: %v", dead, r.living())
	}
	a.Beat++
	if dead := look(1, me, a, b); len(dead) != 0 {
		t.Errorf("it has moved: %v", dead)
	}
	if look(time.Hour, me); len(r.seen) != 1 {
		t.Errorf("those that left are remembered: %v", r.seen)
	}
}

func TestHubFlags(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	login, empty := filepath.Join(dir, "login"), filepath.Join(dir, "empty")
	if err := errors.Join(os.WriteFile(login, []byte("muster:hush\n"), 0o600), os.WriteFile(empty, nil, 0o600)); err != nil {
		t.Fatal(err)
	}
	log := slog.New(slog.DiscardHandler)
	h, err := hubFlags{Hub: []string{"nats-leaf://a:7422", "nats-leaf://b:7422"}, HubLogin: login}.open(log)
	if err != nil || len(h.URLs) != 2 || h.URLs[1].User.String() != "muster:hush" || h.TLS != nil {
		t.Errorf("%+v, %v", h, err)
	}
	if h, err := (hubFlags{Hub: []string{"tls://a:7422"}}).open(log); err != nil || h.TLS == nil {
		t.Errorf("tls://: %+v, %v", h, err)
	}
	if h, err := (hubFlags{}).open(log); h != nil || err != nil {
		t.Errorf("none: %+v, %v", h, err)
	}
	for what, f := range map[string]hubFlags{
		"a password on the command line": {Hub: []string{"nats-leaf://muster:hush@a:7422"}},
		"another scheme":                 {Hub: []string{"http://a:7422"}},
		"no port":                        {Hub: []string{"nats-leaf://a"}},
		"no URL":                         {Hub: []string{"nats-leaf://mu:hush%@a:1"}},
		"an empty file":                  {Hub: []string{"nats-leaf://a:1"}, HubLogin: empty},
		"a file that is not there":       {Hub: []string{"nats-leaf://a:1"}, HubLogin: login + "x"},
		"a CA that is none":              {Hub: []string{"nats-leaf://a:1"}, HubCA: login},
		"half a certificate":             {Hub: []string{"tls://a:1"}, HubKey: login},
	} {
		if _, err := f.open(log); err == nil || strings.Contains(err.Error(), "hush") {
			t.Errorf("%s: %v", what, err)
		}
	}
	if name, err := (hubFlags{}).name(); err != nil || !plainName.MatchString(name) {
		t.Errorf("name %q, %v", name, err)
	}
	if _, err := (hubFlags{ReplicaName: "a b"}).name(); err == nil {
		t.Error("a name with a space")
	}
	_, err = open(t.Context(), serveCommand{Data: t.TempDir(), hubFlags: hubFlags{Hub: []string{"nats-leaf://a:1"}}}, time.Now, log)
	if err == nil || !strings.Contains(err.Error(), "--store") {
		t.Errorf("a hub for clouds that share nothing: %v", err)
	}
}

// A load balancer sees whether requests should come here: not without a database,
// and not when the cloud is about to stop, though it still answers.
func TestReadiness(t *testing.T) {
	t.Parallel()
	server, url := startPostgres(t)
	m, err := open(t.Context(), serveCommand{
		Data: t.TempDir(), Store: url, HTTP: "127.0.0.1:0", Device: "127.0.0.1:0", MQTT: "127.0.0.1:0", CertificateLife: time.Hour,
		hubFlags: hubFlags{ReplicaName: "alpha"},
	}, time.Now, slog.New(slog.NewTextHandler(t.Output(), nil)))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ran := make(chan error, 1)
	go func() { ran <- m.Run(ctx) }()
	defer func() {
		cancel()
		if err := errors.Join(<-ran, m.Close()); err != nil {
			t.Error(err)
		}
	}()
	ask := func(path string) (int, health) {
		t.Helper()
		res, err := http.Get(m.HTTPURL + path)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(res.Body)
		var h health
		if err := errors.Join(err, res.Body.Close(), json.Unmarshal(body, &h)); err != nil {
			t.Fatalf("%s: %v", body, err)
		}
		return res.StatusCode, h
	}
	if code, h := ask("/readyz"); code != http.StatusOK || h.Status != healthOK || h.Hub != healthNone || !slices.Equal(h.Replicas, []string{"alpha"}) {
		t.Errorf("%d %+v", code, h)
	}
	if err := server.Halt(); err != nil {
		t.Fatal(err)
	}
	if code, h := ask("/readyz"); code != http.StatusServiceUnavailable || h.Store != healthAway {
		t.Errorf("without a database: %d %+v", code, h)
	}
	if code, _ := ask("/healthz"); code != http.StatusOK {
		t.Errorf("without a database it doesn't live: %d", code)
	}
	if err := server.Resume(); err != nil {
		t.Fatal(err)
	}
	if code, h := ask("/readyz"); code != http.StatusOK {
		t.Errorf("with the database back: %d %+v", code, h)
	}
	m.draining.Store(true)
	if code, h := ask("/readyz"); code != http.StatusServiceUnavailable || h.Status != healthDraining {
		t.Errorf("draining: %d %+v", code, h)
	}
	if code, _ := ask("/healthz"); code != http.StatusOK {
		t.Errorf("draining, it doesn't live: %d", code)
	}
}

// A cloud that ends in order leaves no tablet behind as being there, whatever it still
// notes on its way.
func TestNobodyIsAtACloudThatEnded(t *testing.T) {
	t.Parallel()
	_, url := startPostgres(t)
	c := startCloudOn(t, t.TempDir(), url).found()
	d := newTablet(t, c).activate()
	var told sync.WaitGroup
	ended := make(chan struct{})
	told.Go(func() {
		for i := 0; ; i++ { // the tablet comes all the time, until the cloud is no more
			body, err := proto.Marshal(&wire.Presence{Session: strconv.Itoa(i), Online: true})
			if err != nil {
				t.Error(err)
			}
			select {
			case <-ended:
				return
			default:
				c.ingest.Handle(context.Background(), d.address(), wire.UpPresence, body)
			}
		}
	})
	for deadline := time.After(patience); c.count(`SELECT count(*) FROM devices WHERE online`) == 0; {
		select {
		case <-time.After(10 * time.Millisecond): // only by asking
		case <-deadline:
			t.Fatal("the tablet is not here")
		}
	}
	c.end()
	close(ended)
	told.Wait()
	db, err := sql.Open("pgx", string(url))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close() //nolint:errcheck // it was only read
	var online int
	if err := db.QueryRowContext(t.Context(), `SELECT count(*) FROM devices WHERE online`).Scan(&online); err != nil {
		t.Fatal(err)
	}
	if online > 0 {
		t.Error("it is at a cloud that has ended")
	}
}
