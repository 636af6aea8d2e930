package store

import (
	"testing"

	"muster/attendance"
	"muster/intake"
)

// What tablets hear of people whom a list adds is the same as of any others, and
// nothing of it has to be told again.
func TestNewcomersAreToldOfAsAnybody(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.exec(t, `INSERT INTO blocks (org, address, reason, since) VALUES (?, 'gone@b.example', 'unknown-address', 1)`, w.admin.Org)
	j := w.checked(t, w.admin.Actor(), w.north.ID,
		intake.Record{FirstName: "Anna", LastName: "Berg", Email: "anna@b.example"}, intake.Record{FirstName: "Ben", LastName: "Stone", Phone: "+4915123456789"},
		intake.Record{FirstName: "Cem", LastName: "Kaya"}, intake.Record{FirstName: "Dora", LastName: "Gone", Email: "gone@b.example"})
	w.writeList(t, j)
	var people []attendance.Profile
	for _, p := range must(findPeople(t.Context(), w.read, &where{sql: ` WHERE p.removed_at = 0`}, 100))(t) {
		people = append(people, p.profile)
	}
	err := w.change(t.Context(), func(x *tx) error {
		n, err := findUntold(t.Context(), x, 100)
		if err != nil || len(n) > 0 {
			t.Errorf("to be told again: %v, %v", n, err)
		}
		want, err := x.profileChanges(t.Context(), people...)
		if err != nil {
			return err
		}
		told := map[string]bool{}
		for _, c := range w.changes(t, w.north.ID) {
			told[c.String()] = true
		}
		for _, c := range want {
			if !told[c.String()] {
				t.Errorf("not told: %v", c)
			}
		}
		return nil
	})
	if err != nil || len(people) != 4 {
		t.Fatal(len(people), err)
	}
}
