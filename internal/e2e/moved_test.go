package e2e_test

import (
	"errors"
	"os/exec"
	"path/filepath"
	"testing"

	"muster/cloud/store/postgrestest"
	"muster/internal/stage"
)

// In the middle of the day, and done wrong: the cloud's file is moved to
// PostgreSQL while the cloud runs and people tap, and the old cloud goes on. It
// says no to everybody from then on; the one on PostgreSQL has every tick, once.
func TestMovedInTheMiddleOfTheDay(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := w.ctx
	pg, err := postgrestest.Start(ctx, postgrestest.InMemory)
	if errors.Is(err, postgrestest.ErrMissing) {
		t.Skip(err)
	}
	w.check(err)
	t.Cleanup(func() { _ = pg.Stop() })
	w.check(pg.Create(ctx, "cloud", "template0"))
	c := &cluster{world: w, database: pg.URL("cloud"), clouds: [2]*stage.Cloud{w.cloud}}
	q, _ := newQueue(c, 20)
	q.tap(3)

	moved := make(chan error, 1)
	go func() {
		out, err := exec.CommandContext(ctx, w.programs.Cloud, "move", "--from", "sqlite:"+filepath.Join(w.dir, "cloud", "cloud.db"), "--to", pg.URL("cloud")).CombinedOutput()
		if err != nil {
			err = errors.Join(err, errors.New(string(out)))
		}
		moved <- err
	}()
	for busy := true; busy && q.next < 12; {
		select {
		case err := <-moved:
			w.check(err)
			busy = false
		default:
			q.tap(1)
		}
		if q.next == 12 && busy {
			w.check(<-moved)
		}
	}
	q.tap(2) // the old one runs on
	if err := w.api.Do(ctx, "GET", "/api/v1/punches", nil, nil); err == nil {
		t.Error("the old cloud still answers")
	}
	w.check(w.cloud.Stop())
	if _, err := stage.StartCloud(ctx, w.programs, stage.CloudOptions{Data: w.opts.Data, Log: w.log}); err == nil {
		t.Error("the old cloud starts again")
	}
	w.opts.Env = []string{"MUSTER_STORE=" + pg.URL("cloud")}
	w.startCloud()
	q.tap(1)
	q.settled()
}
