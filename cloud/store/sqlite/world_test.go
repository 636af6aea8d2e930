package sqlite

import (
	"context"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"muster/access"
	"muster/attendance"
)

// clock is a hand-set clock that moves on a microsecond with each look, so that
// no two things happen at the same time.
type clock struct {
	mu sync.Mutex
	t  time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.t = c.t.Add(time.Microsecond)
	return c.t
}

func (c *clock) forward(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.t = c.t.Add(d)
}

// world is an organisation with two sites, one manager each, a viewer of the
// first site, and a second organisation beside it.
type world struct {
	*Store
	clock        *clock
	admin        access.User
	north, south attendance.Site
	managerNorth access.User
	managerSouth access.User
	viewerNorth  access.User
	stranger     access.User // admin of the other organisation
	elsewhere    attendance.Site
}

const password = "correct horse battery"

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{clock: &clock{t: time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)}}
	var err error
	w.Store, err = Open(t.Context(), filepath.Join(t.TempDir(), "cloud.db"), w.clock.now, PasswordCost(64, 1, 1))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := w.Close(); err != nil {
			t.Error(err)
		}
	})
	ctx := t.Context()
	secret := must(w.IssueSetup(ctx))(t)
	w.admin = must(w.SetUp(ctx, secret, access.SetUp{
		Organisation: "Acme", Email: "admin@acme.example", Name: "Ada Admin", Password: password, Language: "en",
	}))(t)
	w.north = must(w.AddSite(ctx, w.admin.Actor(), attendance.Site{Name: "North", TimeZone: "Europe/Berlin", Language: "de"}))(t)
	w.south = must(w.AddSite(ctx, w.admin.Actor(), attendance.Site{Name: "South", TimeZone: "Europe/Lisbon"}))(t)
	w.managerNorth = w.user(t, "north@acme.example", access.SiteManager, w.north.ID)
	w.managerSouth = w.user(t, "south@acme.example", access.SiteManager, w.south.ID)
	w.viewerNorth = w.user(t, "viewer@acme.example", access.Viewer, w.north.ID)

	// A second organisation can't come into being through the store yet.
	w.stranger = access.User{
		ID: attendance.NewID[access.UserID](), Org: attendance.NewID[attendance.OrgID](),
		Email: "admin@other.example", Name: "Olga Other", Role: access.OrgAdmin,
	}
	key := attendance.NewCardKey()
	err = w.change(ctx, func(x *tx) error {
		if _, err := x.ExecContext(ctx, `INSERT INTO orgs VALUES (?, 'Other', ?, 1)`, w.stranger.Org, key[:]); err != nil {
			return err
		}
		return x.addUser(ctx, w.stranger, "")
	})
	if err != nil {
		t.Fatal(err)
	}
	w.elsewhere = must(w.AddSite(ctx, w.stranger.Actor(), attendance.Site{Name: "Elsewhere", TimeZone: "UTC"}))(t)
	return w
}

func (w *world) user(t *testing.T, email string, role access.Role, sites ...attendance.SiteID) access.User {
	t.Helper()
	_, secret, err := w.AddUser(t.Context(), w.admin.Actor(), access.User{Email: email, Name: "Somebody Else", Role: role, Sites: sites})
	if err != nil {
		t.Fatal(err)
	}
	return must(w.ChoosePassword(t.Context(), secret, password))(t)
}

func (w *world) person(t *testing.T, first, last string, sites ...attendance.SiteID) attendance.Profile {
	t.Helper()
	return must(w.AddProfile(t.Context(), w.admin.Actor(), attendance.Profile{FirstName: first, LastName: last}, sites))(t)
}

// must returns a function that gives the value, or ends the test at an error.
func must[T any](v T, err error) func(*testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// cardOf returns the id of the card with this UID.
func (w *world) cardOf(ctx context.Context, t *testing.T, org attendance.OrgID, uid []byte) attendance.CardID {
	t.Helper()
	var key []byte
	if err := w.read.QueryRowContext(ctx, `SELECT card_key FROM orgs WHERE id = ?`, org).Scan(&key); err != nil {
		t.Fatal(err)
	}
	return attendance.CardKey(key).ID(uid)
}
