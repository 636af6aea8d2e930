package store

import (
	"context"
	"errors"
	"strconv"
	"sync"
	"testing"
	"time"

	"muster/cloud/store/postgres"
	"muster/cloud/store/postgrestest"
)

// databases are those of a PostgreSQL server. To make one takes a tenth of a
// second, so each is used again: what it was copied from lies in a schema of its
// own beside its tables.
type databases struct {
	server *postgrestest.Server

	mu   sync.Mutex
	made int
	free map[string][]string // by model
}

func newDatabases(server *postgrestest.Server) *databases {
	return &databases{server: server, free: map[string][]string{}}
}

func (d *databases) name() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.made++
	return "t" + strconv.Itoa(d.made)
}

func (d *databases) place(string) (string, error) {
	at := d.name()
	return at, d.server.Create(context.Background(), at, "template0")
}

func (d *databases) freeze(ctx context.Context, model string) (err error) {
	db, err := postgres.Open(ctx, d.server.URL(model))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	return postgrestest.Keep(ctx, db.Write, "model")
}

func (d *databases) copy(t testing.TB, model string) (string, error) {
	d.mu.Lock()
	var at string
	if free := d.free[model]; len(free) > 0 {
		at, d.free[model] = free[0], free[1:]
	}
	d.mu.Unlock()
	t.Cleanup(func() {
		d.mu.Lock()
		defer d.mu.Unlock()
		d.free[model] = append(d.free[model], at)
	})
	if at == "" {
		at = d.name()
		return at, d.server.Create(t.Context(), at, model)
	}
	db, err := postgres.Connect(d.server.URL(at))
	if err != nil {
		return "", err
	}
	return at, errors.Join(postgrestest.Back(t.Context(), db.Write, "model"), db.Close())
}

func (d *databases) open(ctx context.Context, address string, now func() time.Time) (*Store, error) {
	db, err := postgres.Open(ctx, d.server.URL(address))
	if err != nil {
		return nil, err
	}
	return New(db.Write, db.Read, db, now, PasswordCost(64, 1, 1), SMS(true), FaceIDKeys(testFaceKeys)), nil
}
