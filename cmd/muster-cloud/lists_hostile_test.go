package main

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"muster/access"
	"muster/attendance"
	"muster/intake"
)

// What files do to rows: each ends in a clear reason, and never in somebody else's
// data.
func TestImportOfAwkwardRows(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.confirm(o.upload(intake.Upload{File: german("anna@firma.de;X1;Anna;Berg;;Nord;", "carl@firma.de;X2;Carl;Dorn;;Nord;")}), intake.Confirmation{})
	number := o.people()["Anna Berg"].Profile.Number
	header := []any{"Email", "External ID", "First name", "Last name", "Mobile phone", "Muster ID", "Sites", "Language"}
	v := o.upload(intake.Upload{Name: "awkward.xlsx", File: workbook(t, header,
		[]any{" eva@firma.de ", "N1", " Eva ", "Falk", 4917612345678, 1001, "nord; SÜD", "Deutsch"}, // numbers as numbers, spaces
		[]any{"", "N2", "Dora", "Round", "4.91761E+12", "", "Nord"},
		[]any{"twice@firma.de", "N3", "Twice", "One", "", "", "Nord"},
		[]any{"Twice@Firma.de", "N4", "Twice", "Two", "", "", "Nord"},
		[]any{"", "N5", "", "", "", "", "Nord"},
		[]any{"x@firma.de", "N6", "No", "Site", "", "", ""},
		[]any{"y@firma.de", "N7", "Which", "Site", "", "", "Nrod"},
		[]any{"carl@firma.de", "X1", "Anna", "Berg", "", "", ""},
		[]any{"z@firma.de", "N8", "Stolen", "Number", "", number, "Nord"},
		[]any{"w@firma.de", "N9", "Klingon", "Speaker", "", "", "Nord", "tlh"},
		[]any{"v@firma.de", "N10", strings.Repeat("long", 40), "Name", "", "", "Nord"},
		[]any{"u@firma.de", "N11", "Odd", "Number", "", "№ 7", "Nord"},
		[]any{"t@firma.de", strings.Repeat("x", 1001), "Long", "Cell", "", "", "Nord"},
		[]any{},
		[]any{"", "N  1", "Same", "Spaces", "", "", "Nord"},
		[]any{"", " N 1", "Same", "Again", "", "", "Nord"},
		[]any{"s@firma.de", "N12", "=cmd|' /C calc'!A0", "Formula", "", "", "Nord"},
	)})
	got := map[int]string{}
	for _, r := range o.rows(v, "") {
		got[r.Line] = string(r.Verdict) + " " + told(r)
	}
	want := map[int]string{
		2: "new ", 3: "refused phone E rounded-number", 4: "new ", 5: "refused email A twice", 6: "refused last-name D no-name", 7: "refused sites G no-site",
		8: "refused sites G unknown-site Nord", 9: "refused email A of-another", 10: "refused number F of-another", 11: "refused language H unknown-language",
		12: "refused first-name C too-long", 13: "refused number F malformed", 14: "refused external-id B long-cell", 16: "new ", 17: "refused external-id B twice", 18: "new ",
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%v\nwant\n%v", got, want)
	}
	o.confirm(v, intake.Confirmation{})
	eva := o.invited("Eva Falk")
	if eva.Contact.Phone != "+4917612345678" || eva.Profile.Number != "1001" || len(eva.Sites) != 2 || eva.Profile.Language != "de" || eva.Contact.Email != "eva@firma.de" {
		t.Errorf("%+v", eva)
	}
	if o.people()["Anna Berg"].Profile.Number != number {
		t.Error("somebody's number was taken away")
	}
}

// Files that can't be read say why, and files that can hold nobody up.
func TestImportOfHostileFiles(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	for name, c := range map[string]struct {
		file []byte
		code string
	}{
		"only a header":      {[]byte("Email,Name\n"), intake.NoRows},
		"spaces":             {[]byte("  \n \n"), "empty"},
		"no header":          {[]byte("1,2,3\n4,5,6\n"), intake.NoColumn},
		"a picture":          {[]byte("\x89PNG\r\n\x1a\n"), "not-a-table"},
		"zeros":              {make([]byte, 4096), "not-a-table"},
		"a broken book":      {[]byte("PK\x03\x04garbage"), "damaged"},
		"a web page":         {[]byte("<html><table><tr><td>Email</td></tr></table>"), "web-page"},
		"old Excel":          {[]byte("\x09\x08\x10\x00 old"), "old-excel"},
		"names for a choice": {[]byte("Name\nAnna Berg\n"), intake.NoColumn},
	} {
		kind := intake.People
		if strings.Contains(name, "choice") {
			kind = intake.Choice
		}
		if v := o.upload(intake.Upload{Kind: kind, Name: "list.xlsx", File: c.file}); v.Stage != intake.Failed || v.Problem.Code != c.code {
			t.Errorf("%s: %s, %+v", name, v.Stage, v.Problem)
		}
	}
	for name, u := range map[string]intake.Upload{"nothing": {}, "too much": {File: make([]byte, intake.MaxSize+1)}} {
		u.Kind = intake.People
		var invalid access.Invalid
		if _, err := o.StartIntake(t.Context(), o.admin, u); !errors.As(err, &invalid) || invalid.Field != "file" {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A site manager imports into their own sites, sees nobody else, and takes nobody
// away from sites out of reach; who may no more is stopped.
func TestImportStaysWithinReach(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.confirm(o.upload(intake.Upload{File: german("anna@firma.de;X1;Anna;Berg;;Süd;", "carl@firma.de;X2;Carl;Dorn;;Nord, Süd;")}), intake.Confirmation{})
	u, _, err := o.AddUser(t.Context(), o.admin, access.User{Email: "nord@firma.de", Name: "Nora Nord", Role: access.SiteManager, Sites: []attendance.SiteID{o.sites[0].ID}})
	o.must(err)
	admin := o.admin
	o.admin = u.Actor()
	v := o.upload(intake.Upload{File: german(";X1;Mine;Now;;Nord;", "carl@firma.de;X2;Karl;;;Nord;", ";X3;New;One;;Süd;", ";X4;New;Two;;Nord;")})
	got := map[int]string{}
	for _, r := range o.rows(v, "") {
		got[r.Line] = string(r.Verdict) + " " + told(r)
	}
	if want := (map[int]string{2: "refused external-id B of-another", 3: "changed ", 4: "refused sites F unknown-site", 5: "new "}); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%v", got)
	}
	v = o.confirm(v, intake.Confirmation{})
	o.admin = admin
	if got := o.people()["Karl Dorn"]; len(got.Sites) != 2 || v.Stage != intake.Done {
		t.Errorf("%+v %+v", v, got)
	}
	o.admin = u.Actor()
	v = o.upload(intake.Upload{File: german(";X5;New;Three;;Nord;")})
	o.must(o.ConfirmIntake(t.Context(), o.admin, v.ID, intake.Confirmation{}))
	u.Disabled = true
	o.must(o.ChangeUser(t.Context(), admin, u))
	o.round()
	o.admin = admin
	if v = o.look(v.ID); v.Stage != intake.Failed || v.Problem.Code != intake.Stopped || v.Written != 0 {
		t.Errorf("%+v", v)
	}
}
