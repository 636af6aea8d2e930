package main

import (
	"context"
	"database/sql"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"muster/access"
	"muster/attendance"
	"muster/cloud/store/postgres"
	"muster/cloud/store/sqlite"
	"muster/internal/cloudtest"
)

// cloud is the whole cloud, running, with an organisation in it.
type cloud struct {
	*Main
	t     testing.TB
	db    *sql.DB             // beside the store, to look and to prepare
	say   func(string) string // puts a query into the database's words
	clock *clock
	org   attendance.OrgID
	site  attendance.SiteID
	anna  attendance.ProfileID
	admin access.Actor

	cancel context.CancelFunc
	ran    chan error
	once   sync.Once
}

// clock goes like the machine's, some time before or after it.
type clock struct{ offset atomic.Int64 }

func (c *clock) now() time.Time          { return time.Now().Add(time.Duration(c.offset.Load())) }
func (c *clock) forward(d time.Duration) { c.offset.Add(int64(d)) }

// startCloud runs a cloud in a fresh folder on free ports.
func startCloud(t testing.TB) *cloud {
	t.Helper()
	return startCloudIn(t, t.TempDir()).found()
}

// found founds the organisation that most tests are about.
func (c *cloud) found() *cloud {
	c.t.Helper()
	c.org, c.site, c.anna = c.organisation("Acme")
	c.admin = access.Actor{Org: c.org, Role: access.OrgAdmin}
	return c
}

// startCloudIn runs a cloud in a folder that may have been used before.
func startCloudIn(t testing.TB, data string) *cloud {
	t.Helper()
	return startCloudOn(t, data, "")
}

// startCloudOn runs a cloud on a database of its own, or on that of its folder.
func startCloudOn(t testing.TB, data string, store address) *cloud {
	t.Helper()
	return startCloudWith(t, serveCommand{Data: data, Store: store})
}

// startCloudWith runs a cloud with settings of its own, on free ports.
func startCloudWith(t testing.TB, flags serveCommand) *cloud {
	t.Helper()
	clock, data, store := new(clock), flags.Data, flags.Store
	if used, err := os.ReadDir(data); err == nil && len(used) == 0 && !store.postgres() {
		cloudtest.Place(t, filepath.Join(data, "cloud.db"))
	}
	flags.HTTP, flags.Device, flags.MQTT, flags.CertificateLife = "127.0.0.1:0", "127.0.0.1:0", "127.0.0.1:0", 90*24*time.Hour
	m, err := open(t.Context(), flags, clock.now, slog.New(slog.NewTextHandler(t.Output(), nil)))
	if err != nil {
		t.Fatal(err)
	}
	driver, at, say := "sqlite3", filepath.Join(data, "cloud.db")+"?_busy_timeout=10000&_foreign_keys=true&_txlock=immediate", new(sqlite.DB).Translate
	if store.postgres() {
		driver, at, say = "pgx", string(store), new(postgres.DB).Translate
	}
	db, err := sql.Open(driver, at)
	if err != nil {
		t.Fatal(err)
	}
	c := &cloud{Main: m, t: t, db: db, say: say, clock: clock, ran: make(chan error, 1)}
	ctx, cancel := context.WithCancel(context.Background())
	c.cancel = cancel
	go func() { c.ran <- m.Run(ctx) }()
	t.Cleanup(c.end)
	return c
}

// end stops the cloud; the second time it does nothing.
func (c *cloud) end() {
	c.once.Do(func() {
		c.cancel()
		if err := errors.Join(<-c.ran, c.db.Close(), c.Close()); err != nil {
			c.t.Error(err)
		}
	})
}

// organisation makes one with a site and a person.
func (c *cloud) organisation(name string) (attendance.OrgID, attendance.SiteID, attendance.ProfileID) {
	c.t.Helper()
	org, key := attendance.NewID[attendance.OrgID](), attendance.NewCardKey()
	c.exec(`INSERT INTO orgs (id, name, card_key, created_at) VALUES (?, ?, ?, 1)`, org, name, key[:])
	admin := access.Actor{Org: org, Role: access.OrgAdmin}
	site, err := c.store.AddSite(c.ctx(), admin, attendance.Site{Name: "Head office", TimeZone: "Europe/Berlin"})
	if err != nil {
		c.t.Fatal(err)
	}
	anna, err := c.store.AddProfile(c.ctx(), admin, attendance.Profile{FirstName: "Anna", LastName: "Berg"}, []attendance.SiteID{site.ID})
	if err != nil {
		c.t.Fatal(err)
	}
	return org, site.ID, anna.ID
}

func (c *cloud) exec(query string, args ...any) {
	c.t.Helper()
	if _, err := c.db.Exec(c.say(query), args...); err != nil {
		c.t.Fatal(err)
	}
}

// count returns the one number that a query gives.
func (c *cloud) count(query string, args ...any) (n int) {
	c.t.Helper()
	if err := c.db.QueryRow(c.say(query), args...).Scan(&n); err != nil {
		c.t.Fatal(err)
	}
	return n
}

// patience bounds every wait in these tests. It is only ever used up by a failure.
const patience = 5 * time.Minute

func (c *cloud) ctx() context.Context {
	ctx, cancel := context.WithTimeout(c.t.Context(), patience)
	c.t.Cleanup(cancel)
	return ctx
}
