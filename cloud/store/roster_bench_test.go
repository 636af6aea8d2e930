package store

import (
	"fmt"
	"testing"

	"muster/access"
	"muster/attendance"
)

// A roster of 100,000 people: the first page, a search, and a page in the middle.
func BenchmarkMembers(b *testing.B) {
	w, err := makeWorld(b.Context(), b.TempDir()+"/cloud.db")
	if err != nil {
		b.Fatal(err)
	}
	defer w.Close() //nolint:errcheck // the folder goes with the benchmark
	err = w.change(b.Context(), func(t *tx) error {
		for i := range 100_000 {
			p := attendance.Profile{ID: attendance.NewID[attendance.ProfileID](), FirstName: fmt.Sprint("First", i%1000), LastName: fmt.Sprint("Last", i/7)}
			if _, err := t.ExecContext(b.Context(), `INSERT INTO profiles (id, org, number, first_name, last_name, created_at, changed_at, sort_key, search)
				VALUES (?, ?, ?, ?, ?, 1, 1, ?, ?)`, p.ID, w.admin.Org, i, p.FirstName, p.LastName, sortKey(p), searchText(p)); err != nil {
				return err
			}
			if _, err := t.ExecContext(b.Context(), `INSERT INTO profile_sites (profile, site) VALUES (?, ?)`, p.ID, w.north.ID); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
	middle := cursor{Sort: sortKey(attendance.Profile{LastName: "Last5000"}), ID: "x"}.String()
	for _, c := range []struct {
		name  string
		actor access.Actor
		query attendance.MemberQuery
	}{
		{"first", w.admin.Actor(), attendance.MemberQuery{}},
		{"middle", w.admin.Actor(), attendance.MemberQuery{After: middle}},
		{"search", w.admin.Actor(), attendance.MemberQuery{Text: "last99 first3"}},
		{"manager", w.managerNorth.Actor(), attendance.MemberQuery{}},
	} {
		b.Run(c.name, func(b *testing.B) {
			for b.Loop() {
				if _, err := w.Members(b.Context(), c.actor, c.query); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
