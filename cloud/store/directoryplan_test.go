package store

import (
	"strings"
	"testing"

	"muster/invite"
)

// Looking for one person, which a directory does before each change, doesn't go through
// everybody.
func TestDirectoriesFindPeopleByIndex(t *testing.T) {
	t.Parallel()
	if _, ok := on.(files); !ok {
		t.Skip("PostgreSQL plans by how much there is; with this little it goes through everything")
	}
	w := newWorld(t)
	for _, field := range []invite.DirectoryField{invite.DirectoryUserName, invite.DirectoryID, invite.DirectoryExternalID, invite.DirectoryEmail} {
		q := &planner{querier: w.read}
		terms := must(directoryPeople(w.admin.Actor(), []invite.DirectoryTerm{{Field: field, Value: "x"}}))(t)
		must(findDirectoryPeople(t.Context(), q, w.admin.Actor(), terms, 0, 10))(t)
		must(collect(t.Context(), q, scanOne[int], `SELECT count(*)`+fromDirectoryPeople+terms.sql, terms.args...))(t)
		for _, step := range q.steps {
			if strings.HasPrefix(step, "SCAN p") || strings.HasSuffix(step, "(org=?)") && strings.Contains(step, "INDEX profiles_") {
				t.Errorf("%v: %s", field, step)
			}
		}
	}
}
