package store

import (
	"database/sql"
	"strings"
	"testing"
)

// What is told of some rows is found by these, however many punches the organisation has.
func TestWhatIsToldIsFoundByIds(t *testing.T) {
	t.Parallel()
	if _, ok := on.(files); !ok {
		t.Skip("PostgreSQL plans by what is in the tables")
	}
	w := newWorld(t)
	p := &planner{querier: w.read}
	if _, err := collect(t.Context(), p, func(*sql.Rows, *int64) error { return nil }, toldOf, list([]string{"a"}), list([]string{"a"})); err != nil {
		t.Fatal(err)
	}
	plan := strings.Join(p.steps, "\n")
	if strings.Count(plan, "(id=?)") != 2 || strings.Contains(plan, "(org=?)") {
		t.Errorf("not found by ids:\n%s", plan)
	}
}
