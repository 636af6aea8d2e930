package main

import (
	"context"
	"database/sql"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"muster/access"
	"muster/attendance"
)

// cloud is the whole cloud, running, with an organisation in it.
type cloud struct {
	*Main
	t     *testing.T
	db    *sql.DB // beside the store, to look and to prepare
	org   attendance.OrgID
	site  attendance.SiteID
	anna  attendance.ProfileID
	admin access.Actor
}

// startCloud runs a cloud in a fresh folder on free ports.
func startCloud(t *testing.T) *cloud {
	t.Helper()
	return startCloudIn(t, serveCommand{
		Data: t.TempDir(), HTTP: "127.0.0.1:0", Device: "127.0.0.1:0", MQTT: "127.0.0.1:0", CertificateLife: 90 * 24 * time.Hour,
	})
}

func startCloudIn(t *testing.T, c serveCommand) *cloud {
	t.Helper()
	m, err := open(t.Context(), c, slog.New(slog.NewTextHandler(t.Output(), nil)))
	if err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("sqlite3", filepath.Join(c.Data, "cloud.db")+"?_busy_timeout=10000&_foreign_keys=true&_txlock=immediate")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ran := make(chan error, 1)
	go func() { ran <- m.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ran; err != nil {
			t.Error(err)
		}
		if err := db.Close(); err != nil {
			t.Error(err)
		}
		if err := m.Close(); err != nil {
			t.Error(err)
		}
	})
	cl := &cloud{Main: m, t: t, db: db}
	cl.org, cl.site, cl.anna = cl.organisation("Acme")
	cl.admin = access.Actor{Org: cl.org, Role: access.OrgAdmin}
	return cl
}

// organisation makes one with a site and a person.
func (c *cloud) organisation(name string) (attendance.OrgID, attendance.SiteID, attendance.ProfileID) {
	c.t.Helper()
	org, site, anna := attendance.NewID[attendance.OrgID](), attendance.NewID[attendance.SiteID](), attendance.NewID[attendance.ProfileID]()
	key := attendance.NewCardKey()
	c.exec(`INSERT INTO orgs (id, name, card_key, created_at) VALUES (?, ?, ?, 1)`, org, name, key[:])
	c.exec(`INSERT INTO sites (id, org, name, time_zone, feed_epoch, created_at) VALUES (?, ?, 'Head office', 'Europe/Berlin', 'epoch-1', 1)`, site, org)
	c.exec(`INSERT INTO profiles (id, org, number, first_name, last_name, created_at, changed_at) VALUES (?, ?, '1001', 'Anna', 'Berg', 1, 1)`, anna, org)
	c.exec(`INSERT INTO profile_sites (profile, site) VALUES (?, ?)`, anna, site)
	return org, site, anna
}

func (c *cloud) exec(query string, args ...any) {
	c.t.Helper()
	if _, err := c.db.Exec(query, args...); err != nil {
		c.t.Fatal(err)
	}
}

// count returns the one number that a query gives.
func (c *cloud) count(query string, args ...any) (n int) {
	c.t.Helper()
	if err := c.db.QueryRow(query, args...).Scan(&n); err != nil {
		c.t.Fatal(err)
	}
	return n
}

// patience bounds every wait in these tests. It is only ever used up by a failure.
const patience = 60 * time.Second

func (c *cloud) ctx() context.Context {
	ctx, cancel := context.WithTimeout(c.t.Context(), patience)
	c.t.Cleanup(cancel)
	return ctx
}
