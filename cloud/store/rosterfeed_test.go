package store

import (
	"bytes"
	"database/sql"
	"encoding/json"
	"fmt"
	"maps"
	"testing"

	"google.golang.org/protobuf/proto"
	"pgregory.net/rapid"

	"muster/attendance"
	"muster/sync/wire"
)

// replica is what a tablet makes of its site's feed.
type replica struct {
	have     int64
	settings *wire.Settings
	profiles map[string]*wire.Profile
	cards    map[string]*wire.Card
	photos   map[string][]byte
}

func newReplica() *replica {
	return &replica{profiles: map[string]*wire.Profile{}, cards: map[string]*wire.Card{}, photos: map[string][]byte{}}
}

type version struct {
	number int64
	body   []byte
}

// pull reads everything that is newer than what the replica has.
func (r *replica) pull(t *testing.T, w *world, site attendance.SiteID) {
	t.Helper()
	versions := must(collect(t.Context(), w.read, func(rows *sql.Rows, v *version) error { return rows.Scan(&v.number, &v.body) },
		`SELECT version, change FROM feed WHERE site = ? AND version > ? ORDER BY version`, site, r.have))(t)
	for _, v := range versions {
		var c wire.Change
		if err := proto.Unmarshal(v.body, &c); err != nil {
			t.Fatal(err)
		}
		r.apply(t, &c)
		r.have = v.number
	}
	var head int64
	if err := w.read.QueryRowContext(t.Context(), `SELECT feed_head FROM sites WHERE id = ?`, site).Scan(&head); err != nil || head != r.have {
		t.Fatalf("the feed's head is %d, its newest change %d (%v)", head, r.have, err)
	}
}

func (r *replica) apply(t *testing.T, c *wire.Change) {
	t.Helper()
	cardName := func(c *wire.Card) string { return fmt.Sprint(c.GetCardId(), c.GetProfileId(), c.GetFromUs()) }
	switch of := c.GetOf().(type) {
	case *wire.Change_Settings:
		r.settings = of.Settings
	case *wire.Change_Profile:
		r.profiles[of.Profile.GetId()] = of.Profile
	case *wire.Change_ProfileGone:
		delete(r.profiles, of.ProfileGone)
	case *wire.Change_Card:
		r.cards[cardName(of.Card)] = of.Card
	case *wire.Change_CardGone:
		delete(r.cards, cardName(of.CardGone))
	case *wire.Change_Photo:
		r.photos[of.Photo.GetId()] = of.Photo.GetJpeg()
	case *wire.Change_PhotoGone:
		delete(r.photos, of.PhotoGone)
	default:
		t.Fatalf("a change of %T", of)
	}
}

// text is everything the replica knows, for comparing.
func (r *replica) text() string {
	b, err := json.Marshal([]any{r.settings, r.profiles, r.cards, r.photos})
	if err != nil {
		return err.Error()
	}
	return string(b)
}

// wanted is what the tablets of a site ought to know, out of what the console
// shows.
func wanted(t *testing.T, w *world, site attendance.SiteID) *replica {
	t.Helper()
	r, ctx, admin := newReplica(), t.Context(), w.admin.Actor()
	s := must(w.Site(ctx, admin, site))(t)
	r.settings = &wire.Settings{
		Organisation: "Acme", Site: s.Name, TimeZone: s.TimeZone, Language: s.Language, ResultTimeMs: 3000, DebounceMs: 3000, Offline: string(s.Offline),
	}
	if err := w.read.QueryRowContext(t.Context(), `SELECT card_key FROM orgs WHERE id = ?`, w.admin.Org).Scan(&r.settings.CardKey); err != nil {
		t.Fatal(err)
	}
	for _, m := range must(w.Members(ctx, admin, attendance.MemberQuery{Site: site, Limit: 500}))(t).Members {
		p := m.Profile
		r.profiles[string(p.ID)] = &wire.Profile{
			Id: string(p.ID), Number: p.Number, FirstName: p.FirstName, LastName: p.LastName, Language: p.Language, Photo: p.Photo, Blocked: p.Blocked,
			Pending: &wire.Pending{Account: "inactive", Delivery: "none", Membership: "accepted", Channel: "handout", Reason: "no-contact"}, // nobody here is ever asked
		}
		if p.Photo != "" {
			r.photos[p.Photo] = must(w.Photo(ctx, admin, p.Photo))(t)
		}
		for _, c := range m.Cards {
			if c.To.IsZero() {
				r.apply(t, &wire.Change{Of: &wire.Change_Card{Card: cardMessage(c)}})
			}
		}
	}
	return r
}

// Whatever is done to the roster, in whatever order: a tablet that follows the
// feed, however rarely, and one that begins at version 0 both end with exactly
// the people, cards and photos of their site.
func TestFeedsTellTheWholeRoster(t *testing.T) {
	t.Parallel()
	pictures := [][]byte{nil, picture(t, 20, 20), picture(t, 21, 20), picture(t, 22, 20)}
	rapid.Check(t, func(rt *rapid.T) {
		w := newWorld(t)
		ctx, admin := t.Context(), w.admin.Actor()
		ids := []attendance.SiteID{w.north.ID, w.south.ID}
		var people []attendance.Profile
		followers := map[attendance.SiteID]*replica{ids[0]: newReplica(), ids[1]: newReplica()}
		somebody := func() attendance.Profile {
			p := rapid.SampledFrom(people).Draw(rt, "who")
			return must(w.Member(ctx, admin, p.ID))(t).Profile
		}
		sites := func() []attendance.SiteID {
			return rapid.SampledFrom([][]attendance.SiteID{ids[:1], ids[1:], ids}).Draw(rt, "sites")
		}
		uid := func() []byte { return []byte{4, 0, 0, byte(rapid.IntRange(0, 2).Draw(rt, "card"))} }
		do := func(err error) {
			if err != nil {
				rt.Fatal(err)
			}
		}
		for range rapid.IntRange(1, 25).Draw(rt, "steps") {
			step := rapid.IntRange(0, 9).Draw(rt, "step")
			if len(people) == 0 {
				step = 0
			}
			switch step {
			case 0:
				people = append(people, must(w.AddProfile(ctx, admin, attendance.Profile{LastName: "P"}, sites()))(t))
			case 1:
				p := somebody()
				p.FirstName, p.Blocked = rapid.SampledFrom([]string{"", "A", "B"}).Draw(rt, "name"), rapid.Bool().Draw(rt, "blocked")
				do(w.ChangeProfile(ctx, admin, p, sites()))
			case 2:
				do(w.ChangeProfile(ctx, admin, somebody(), sites()))
			case 3:
				p := somebody()
				do(w.RemoveProfile(ctx, admin, p.ID))
				people = remove(people, p.ID)
			case 4, 5:
				do(w.SetPhoto(ctx, admin, somebody().ID, rapid.SampledFrom(pictures).Draw(rt, "photo")))
			case 6, 7:
				do(w.AssignUID(ctx, admin, somebody().ID, uid(), "x"))
			case 8:
				p := somebody()
				for _, c := range must(w.Member(ctx, admin, p.ID))(t).Cards {
					if c.To.IsZero() {
						do(w.BlockCard(ctx, admin, p.ID, c.ID, rapid.Bool().Draw(rt, "blocked")))
						if rapid.Bool().Draw(rt, "end") {
							do(w.EndCard(ctx, admin, p.ID, c.ID))
						}
					}
				}
			case 9:
				w.north.Language = rapid.SampledFrom(attendance.Languages).Draw(rt, "language")
				do(w.ChangeSite(ctx, admin, w.north))
			}
			for site, follower := range followers {
				if rapid.Bool().Draw(rt, "pull") {
					follower.pull(t, w, site)
				}
			}
		}
		for site, follower := range followers {
			fresh, want := newReplica(), wanted(t, w, site)
			fresh.pull(t, w, site)
			follower.pull(t, w, site)
			if fresh.text() != want.text() {
				rt.Fatalf("from version 0:\n%s\nwant\n%s", fresh.text(), want.text())
			}
			if follower.text() != want.text() {
				rt.Fatalf("following:\n%s\nwant\n%s", follower.text(), want.text())
			}
		}
	})
}

func remove(people []attendance.Profile, id attendance.ProfileID) []attendance.Profile {
	var left []attendance.Profile
	for _, p := range people {
		if p.ID != id {
			left = append(left, p)
		}
	}
	return left
}

// Whoever follows the feeds is told of each site that has news, after the
// commit, and of no other.
func TestFeedNewsIsAnnounced(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, admin := t.Context(), w.admin.Actor()
	told := map[attendance.SiteID]int{}
	w.OnFeed(func(site attendance.SiteID) { told[site]++ })
	expect := func(what string, want map[attendance.SiteID]int) {
		t.Helper()
		if !maps.Equal(told, want) {
			t.Errorf("%s: told %v, want %v", what, told, want)
		}
		clear(told)
	}
	p := w.person(t, "A", "B", w.north.ID, w.south.ID)
	expect("a person added to both", map[attendance.SiteID]int{w.north.ID: 1, w.south.ID: 1})
	p.Blocked = true
	if err := w.ChangeProfile(ctx, admin, p, []attendance.SiteID{w.north.ID, w.south.ID}); err != nil {
		t.Fatal(err)
	}
	expect("a person blocked", map[attendance.SiteID]int{w.north.ID: 1, w.south.ID: 1})
	w.north.Language = "ru"
	if err := w.ChangeSite(ctx, admin, w.north); err != nil {
		t.Fatal(err)
	}
	expect("a site changed", map[attendance.SiteID]int{w.north.ID: 1})
	if err := w.ChangeSite(ctx, admin, w.north); err != nil {
		t.Fatal(err)
	}
	expect("a site left as it was", map[attendance.SiteID]int{})
	if _, err := w.AddProfile(ctx, admin, attendance.Profile{LastName: "X", Number: p.Number}, []attendance.SiteID{w.north.ID}); err == nil {
		t.Fatal("the number was free")
	}
	expect("a change that failed", map[attendance.SiteID]int{})
}

// A photo on its way to a tablet is exactly the one that its id stands for.
func TestPhotoGoesBeforeItsProfile(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.person(t, "A", "B", w.north.ID)
	if err := w.SetPhoto(t.Context(), w.admin.Actor(), p.ID, picture(t, 30, 30)); err != nil {
		t.Fatal(err)
	}
	r := newReplica()
	r.pull(t, w, w.north.ID)
	photo := r.profiles[string(p.ID)].GetPhoto()
	if jpeg := must(w.Photo(t.Context(), w.admin.Actor(), photo))(t); !bytes.Equal(r.photos[photo], jpeg) {
		t.Error("the photo isn't the one that the profile names")
	}
}
