package attendance_test

import (
	"strings"
	"testing"

	"github.com/google/uuid"

	"muster/attendance"
)

func TestNewIDsSortByAge(t *testing.T) {
	t.Parallel()
	last := attendance.PunchID("")
	for range 1000 {
		id := attendance.NewID[attendance.PunchID]()
		if id <= last {
			t.Fatalf("%s came after %s", id, last)
		}
		if back, err := attendance.ParseID[attendance.PunchID](string(id)); err != nil || back != id {
			t.Fatalf("ParseID(%s) = %s, %v", id, back, err)
		}
		last = id
	}
}

func FuzzParseID(f *testing.F) {
	id := string(attendance.NewID[attendance.SiteID]())
	for _, s := range []string{
		id, strings.ToUpper(id), "{" + id + "}", "urn:uuid:" + id, strings.ReplaceAll(id, "-", ""), "", id + " ", id[:35],
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		id, err := attendance.ParseID[attendance.SiteID](s)
		if err != nil {
			if id != "" {
				t.Errorf("ParseID(%q) = %q beside an error", s, id)
			}
			return
		}
		u, err := uuid.Parse(s)
		if err != nil || u.String() != s || string(id) != s {
			t.Errorf("ParseID took %q, which is not the canonical form", s)
		}
	})
}

func TestParseIDTakesOneFormOnly(t *testing.T) {
	t.Parallel()
	id := string(attendance.NewID[attendance.SiteID]())
	for _, s := range []string{strings.ToUpper(id), "{" + id + "}", "urn:uuid:" + id, strings.ReplaceAll(id, "-", "")} {
		if _, err := attendance.ParseID[attendance.SiteID](s); err == nil {
			t.Errorf("ParseID took %q", s)
		}
	}
}
