package store

import (
	"slices"
	"testing"
	"time"

	"muster/attendance"
	"muster/device"
	"muster/invite"
)

// Whatever is read of a store that stands still is of one moment, page by page;
// afterwards there is what came meanwhile.
func TestStillIsOneMoment(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, admin := t.Context(), w.admin.Actor()
	w.clock.forward(30 * 24 * time.Hour)
	anna := w.person(t, "Anna", "Berg", w.north.ID)
	p := w.pen(t, w.admin.Org, w.north.ID)
	var rows []device.Row
	for i := range 6 {
		rows = append(rows, p.stamped(anna.ID, "", hour(7+float64(i)), never, -48))
	}
	w.deliver(t, p, rows...)
	read := func(s *Store, meddle func()) (ids []attendance.PunchID) {
		q := attendance.LogQuery{Limit: 2}
		for first := true; first || q.Before != ""; first = false {
			page, next, err := s.Punches(ctx, admin, q)
			if err != nil {
				t.Fatal(err)
			}
			for _, e := range page {
				ids = append(ids, e.Punch.ID)
			}
			if q.Before = next; first && meddle != nil {
				meddle()
			}
		}
		return ids
	}
	before := read(w.Store, nil)
	err := w.Still(ctx, func(s *Store) error {
		ids := read(s, func() {
			w.deliver(t, p, p.stamped(anna.ID, "", hour(14), compared, -48)) // puts all of them two days later
			must(w.AddProfile(ctx, admin, attendance.Profile{FirstName: "Ben", LastName: "Cole"}, []attendance.SiteID{w.north.ID}))(t)
		})
		if !slices.Equal(ids, before) {
			t.Errorf("%v, want %v", ids, before)
		}
		// Every list that is taken away can be read so, on one connection.
		people := must(s.Members(ctx, admin, attendance.MemberQuery{}))(t)
		asked := must(s.Invitations(ctx, admin, invite.Query{}))(t)
		if len(people.Members) != 1 || len(asked.People) != 1 {
			t.Errorf("%d people, %d invitations of a moment with one person", len(people.Members), len(asked.People))
		}
		for what, f := range map[string]func() error{
			"refusals":   func() error { _, _, err := s.Refusals(ctx, admin, attendance.LogQuery{}); return err },
			"sites":      func() error { _, err := s.Sites(ctx, admin); return err },
			"users":      func() error { _, err := s.Users(ctx, admin); return err },
			"quarantine": func() error { _, _, err := s.QuarantinePage(ctx, admin, "", 10); return err },
			"blocks":     func() error { _, _, err := s.BlockPage(ctx, admin, "", 10); return err },
		} {
			if err := f(); err != nil {
				t.Errorf("%s: %v", what, err)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if n := len(read(w.Store, nil)); n != 7 {
		t.Errorf("%d punches afterwards, want 7", n)
	}
}
