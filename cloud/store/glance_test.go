package store

import (
	"encoding/json"
	"net/mail"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
	"pgregory.net/rapid"

	"muster/intake"
)

// What is taken at a glance is what the longer way would have made of it.
func TestAtAGlance(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		text := rapid.StringMatching(`[ aB.é\x{7f}\t]{0,6}`).Draw(r, "text")
		if inForm(text) && strings.Join(strings.Fields(norm.NFC.String(text)), " ") != text || inForm(text) && !utf8.ValidString(text) {
			r.Errorf("%q isn't in its form", text)
		}
		address := rapid.StringMatching(`[aB0._+ "-]{0,5}@?[aB0.@-]{0,5}`).Draw(r, "address")
		if dotted(address) {
			if a, err := mail.ParseAddress(address); err != nil || a.Address != address {
				r.Errorf("%q is parsed as %v, %v", address, a, err)
			}
		}
	})
	for address, want := range map[string]bool{
		"anna.berg@firma-1.de": true, "a+b_c@d": true, "@firma.de": false, "anna@": false, "a@b@c": false, "a.@b": false, "a@.b": false, ".a@b": false, "a..b@c": false, "anna": false, "": false,
	} {
		if dotted(address) != want {
			t.Errorf("%q: %v", address, !want)
		}
	}
}

// A row of a list is read back as it was kept, and so are those that an earlier
// program has kept.
func TestListedRowsAreReadAsTheyWereKept(t *testing.T) {
	t.Parallel()
	words := rapid.SampledFrom([]string{"", "Anna", "anna@firma.de", "+4917612345678", "de"})
	rapid.Check(t, func(r *rapid.T) {
		draw := func(what string) string { return words.Draw(r, what) }
		row := intake.Row{Record: intake.Record{
			Email: draw("email"), ExternalID: draw("id"), Phone: draw("phone"), FirstName: draw("first"), LastName: draw("last"), Number: draw("number"), Language: draw("language"),
		}}
		for _, f := range intake.Fields {
			if text := draw("cell"); text != "" {
				if row.Cells == nil {
					row.Cells = map[intake.Field]string{}
				}
				row.Cells[f] = text
			}
		}
		if rapid.Bool().Draw(r, "refused") {
			row.Problems = []intake.Problem{{Code: intake.Twice, Line: 7}}
		}
		kept, err := packRow(row)
		if err != nil {
			r.Fatal(err)
		}
		before, err := json.Marshal(row)
		if err != nil {
			r.Fatal(err)
		}
		for _, data := range [][]byte{kept, before} {
			var back intake.Row
			if err := unpackRow(data, &back); err != nil || !reflect.DeepEqual(back, row) {
				r.Errorf("%s is read as %+v, %v; it was %+v", data, back, err, row)
			}
		}
	})
}
