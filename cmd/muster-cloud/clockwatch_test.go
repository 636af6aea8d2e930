package main

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"muster/cloud/store"
)

// Who is alone against the database server's clock is wrong; a server that is alone
// against all clouds is.
func TestWhoseClockIsWrong(t *testing.T) {
	t.Parallel()
	lease := func(id string, off time.Duration) store.Lease {
		return store.Lease{ID: id, Clock: store.ReplicaClock{Off: off}}
	}
	const hour = time.Hour
	for what, c := range map[string]struct {
		off, width    time.Duration
		leases, dead  []store.Lease
		wrong, others bool
	}{
		"right":                              {off: time.Second},
		"as far as it may be":                {off: -2 * time.Second},
		"perhaps right":                      {off: 2500 * time.Millisecond, width: 600 * time.Millisecond},
		"ahead, and alone":                   {off: hour, wrong: true},
		"behind, and alone":                  {off: -3 * time.Second, wrong: true},
		"itself doesn't count":               {off: hour, leases: []store.Lease{lease("me", hour)}, wrong: true},
		"another is right":                   {off: hour, leases: []store.Lease{lease("me", hour), lease("a", 0)}, wrong: true},
		"all the others say the same":        {off: hour, leases: []store.Lease{lease("a", hour), lease("b", hour+time.Second)}, others: true},
		"one of the others says the same":    {off: hour, leases: []store.Lease{lease("a", hour), lease("b", 0)}, wrong: true},
		"the one that says the same is gone": {off: hour, leases: []store.Lease{lease("a", hour)}, dead: []store.Lease{lease("a", hour)}, wrong: true},
	} {
		w := clockwatch{limit: 2 * time.Second, skew: store.Skew{Off: c.off, Width: c.width}}
		if wrong, others := w.judge(c.leases, c.dead, "me"); wrong != c.wrong || others != c.others {
			t.Errorf("%s: wrong %v, like the others %v", what, wrong, others)
		}
	}
}

// A cloud whose clock is an hour ahead takes no tablets and gives them no time, says
// so to load balancers and people, and goes on by itself when its clock is right.
func TestCloudWithWrongClock(t *testing.T) {
	t.Parallel()
	_, url := startPostgres(t)
	var ahead atomic.Int64
	start := func(name string, now func() time.Time) *Main {
		t.Helper()
		m, err := open(t.Context(), serveCommand{
			Data: t.TempDir(), Store: url, HTTP: "127.0.0.1:0", Device: "127.0.0.1:0", MQTT: "127.0.0.1:0", CertificateLife: time.Hour, MaxSkew: 2 * time.Second,
			hubFlags: hubFlags{ReplicaName: name},
		}, now, slog.New(slog.NewTextHandler(t.Output(), nil)))
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		ran := make(chan error, 1)
		go func() { ran <- m.Run(ctx) }()
		t.Cleanup(func() {
			cancel()
			if err := errors.Join(<-ran, m.Close()); err != nil {
				t.Error(err)
			}
		})
		return m
	}
	ahead.Store(int64(time.Hour))
	alpha := start("alpha", time.Now)
	beta := start("beta", func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) })
	ready := func(m *Main) (int, health) {
		t.Helper()
		res, err := http.Get(m.HTTPURL + "/readyz")
		if err != nil {
			t.Fatal(err)
		}
		var h health
		if err := errors.Join(json.NewDecoder(res.Body).Decode(&h), res.Body.Close()); err != nil {
			t.Fatal(err)
		}
		return res.StatusCode, h
	}
	comesIn := func(m *Main) bool {
		c, err := tls.Dial("tcp", m.MQTT, &tls.Config{InsecureSkipVerify: true}) //nolint:gosec // only whether it answers
		if err == nil {
			err = c.Close()
		}
		return err == nil
	}
	look := func(what string, right bool) {
		t.Helper()
		code, h := ready(beta)
		if (code == http.StatusOK) != right || (h.Clock == healthOK) != right || comesIn(beta) != right || beta.clock.trusted(beta.now()) != right {
			t.Errorf("%s: %d %+v, a tablet comes in: %v", what, code, h, comesIn(beta))
		}
		if code, h := ready(alpha); code != http.StatusOK || h.Clock != healthOK || !comesIn(alpha) {
			t.Errorf("%s: the other cloud: %d %+v", what, code, h)
		}
	}
	look("from the start", false)
	beta.beat(t.Context())
	leases, _, err := alpha.store.Beat(t.Context(), "alpha")
	if err != nil || len(leases) != 2 || leases[0].Clock.Wrong || !leases[1].Clock.Wrong || (leases[1].Clock.Off-time.Hour).Abs() > time.Minute {
		t.Errorf("what people are told: %+v, %v", leases, err)
	}
	ahead.Store(0)
	beta.beat(t.Context())
	look("put right", true)
	ahead.Store(int64(-time.Minute))
	if beta.clock.trusted(beta.now()) {
		t.Error("it was set a moment ago, and gives times")
	}
	beta.beat(t.Context())
	look("set back", false)
}
