package store

import (
	"context"
	"errors"
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
	at           string // its database
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

func newWorld(t testing.TB) *world {
	t.Helper()
	made, err := template.world()
	if err != nil {
		t.Fatal(err)
	}
	w := *made
	w.clock = &clock{t: made.clock.now()}
	w.Store, w.at = fromTemplate(t, w.clock.now, func() (string, error) { return template.at, nil })
	return &w
}

func makeWorld(ctx context.Context, at string) (*world, error) {
	w := &world{clock: &clock{t: time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)}}
	var errs []error
	keep := func(err error) { errs = append(errs, err) }
	var err error
	if w.Store, err = on.open(ctx, at, w.clock.now); err != nil {
		return nil, err
	}
	secret, err := w.IssueSetup(ctx)
	keep(err)
	w.admin, err = w.SetUp(ctx, secret, access.SetUp{
		Organisation: "Acme", Email: "admin@acme.example", Name: "Ada Admin", Password: password, Language: "en",
	})
	keep(err)
	w.north, err = w.AddSite(ctx, w.admin.Actor(), attendance.Site{Name: "North", TimeZone: "Europe/Berlin", Language: "de"})
	keep(err)
	w.south, err = w.AddSite(ctx, w.admin.Actor(), attendance.Site{Name: "South", TimeZone: "Europe/Lisbon"})
	keep(err)
	w.managerNorth, err = w.user(ctx, "north@acme.example", access.SiteManager, w.north.ID)
	keep(err)
	w.managerSouth, err = w.user(ctx, "south@acme.example", access.SiteManager, w.south.ID)
	keep(err)
	w.viewerNorth, err = w.user(ctx, "viewer@acme.example", access.Viewer, w.north.ID)
	keep(err)

	// A second organisation can't come into being through the store yet.
	w.stranger = access.User{
		ID: attendance.NewID[access.UserID](), Org: attendance.NewID[attendance.OrgID](),
		Email: "admin@other.example", Name: "Olga Other", Role: access.OrgAdmin,
	}
	key := attendance.NewCardKey()
	keep(w.change(ctx, func(x *tx) error {
		if _, err := x.ExecContext(ctx, `INSERT INTO orgs (id, name, card_key, created_at) VALUES (?, 'Other', ?, 1)`, w.stranger.Org, key[:]); err != nil {
			return err
		}
		return x.addUser(ctx, w.stranger, "")
	}))
	w.elsewhere, err = w.AddSite(ctx, w.stranger.Actor(), attendance.Site{Name: "Elsewhere", TimeZone: "UTC"})
	keep(err)
	return w, errors.Join(errs...)
}

func (w *world) user(ctx context.Context, email string, role access.Role, sites ...attendance.SiteID) (access.User, error) {
	_, secret, err := w.AddUser(ctx, w.admin.Actor(), access.User{Email: email, Name: "Somebody Else", Role: role, Sites: sites})
	if err != nil {
		return access.User{}, err
	}
	return w.ChoosePassword(ctx, secret, password)
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
