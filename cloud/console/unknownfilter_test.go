package console_test

import (
	"net/http"
	"strings"
	"testing"
)

// A typing error in the address of the list of employees shows nobody, and says so.
func TestJ4UnknownFilterOfEmployeesShowsNobody(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.person("Mona", "Member", w.north.ID)
	b := w.as(w.admin.Email)
	b.get("/employees?membership=accepted").shows(t, http.StatusOK, "Mona")
	for _, bad := range []string{"membership=acepted", "membership=%3Cb%3E", "site=north"} {
		a := b.get("/employees?" + bad)
		a.shows(t, http.StatusBadRequest, "There is no filter")
		if strings.Contains(a.body, "Mona") || strings.Contains(a.body, "<b>") {
			t.Errorf("%s\n%s", bad, a.body)
		}
	}
}
