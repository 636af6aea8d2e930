package intake_test

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"muster/attendance"
	"muster/intake"
)

func sites(s []attendance.SiteID) string {
	out := ""
	for _, id := range s {
		out += string(id) + " "
	}
	return out
}

func record(t *rapid.T, name string) intake.Record {
	text := rapid.SampledFrom([]string{"", "a", "b"})
	return intake.Record{
		ExternalID: text.Draw(t, name+" external"), Email: text.Draw(t, name+" email"), Phone: text.Draw(t, name+" phone"), FirstName: text.Draw(t, name+" first"),
		LastName: text.Draw(t, name+" last"), Number: text.Draw(t, name+" number"), Language: text.Draw(t, name+" language"),
		Sites: rapid.SampledFrom([][]attendance.SiteID{nil, {"n"}, {"n", "s"}}).Draw(t, name+" sites"),
	}
}

// A row taken in twice changes nothing the second time; what a row doesn't say
// stays; each change that is told has happened.
func TestMergeIsIdempotentAndTakesNothingAway(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		before, row := record(t, "before"), record(t, "row")
		after, changes := intake.Merge(before, row, sites)
		if again, more := intake.Merge(after, row, sites); len(more) > 0 || !slices.Equal(again.Sites, after.Sites) {
			t.Fatalf("the second time: %v", more)
		}
		told := map[intake.Field]bool{}
		for _, c := range changes {
			told[c.Field] = true
			if c.From == c.To || c.To == "" {
				t.Fatalf("%+v is no change", c)
			}
		}
		for f, v := range map[intake.Field][3]string{
			intake.Email: {before.Email, row.Email, after.Email}, intake.Phone: {before.Phone, row.Phone, after.Phone}, intake.Number: {before.Number, row.Number, after.Number},
			intake.Sites: {sites(before.Sites), sites(row.Sites), sites(after.Sites)},
		} {
			if v[1] == "" && v[2] != v[0] || v[1] != "" && v[2] != v[1] || told[f] != (v[0] != v[2]) {
				t.Fatalf("%s: %v, told %v", f, v, told[f])
			}
		}
	})
}

func TestSplitName(t *testing.T) {
	t.Parallel()
	for full, want := range map[string][2]string{
		"Anna Berg": {"Anna", "Berg"}, "Berg, Anna": {"Anna", "Berg"}, "Anna Maria Berg": {"Anna Maria", "Berg"}, "Cher": {"", "Cher"}, "  ": {"", ""},
		"Ludwig van Beethoven": {"Ludwig", "van Beethoven"}, "Петрова Анна Ивановна": {"Анна Ивановна", "Петрова"}, "Иван Щукин": {"Иван", "Щукин"},
	} {
		if first, last := intake.SplitName(full); first != want[0] || last != want[1] {
			t.Errorf("%q: %q, %q", full, first, last)
		}
	}
}
