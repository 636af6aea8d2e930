package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"muster/access"
	"muster/attendance"
	"muster/cloud/importer"
	"muster/intake"
	"muster/invite"
)

// german is a list as Excel saves it on a German Windows: semicolons and
// Windows-1252.
func german(lines ...string) []byte {
	text := "E-Mail;Externe ID;Vorname;Nachname;Handy;Standorte;Sprache\r\n" + strings.Join(lines, "\r\n") + "\r\n"
	return []byte(strings.NewReplacer("ü", "\xfc", "ö", "\xf6", "ä", "\xe4", "ß", "\xdf").Replace(text))
}

func (o *office) people() map[string]attendance.Member {
	o.t.Helper()
	page, err := o.Members(o.t.Context(), o.admin, attendance.MemberQuery{Limit: 500})
	o.must(err)
	all := map[string]attendance.Member{}
	for _, m := range page.Members {
		all[m.Profile.Name()] = m
	}
	return all
}

func (o *office) invited(name string) invite.Person {
	o.t.Helper()
	p, err := o.Invitation(o.t.Context(), o.admin, o.people()[name].Profile.ID)
	o.must(err)
	return p
}

// told is what is wrong with a row: field, code and suggestion of each problem.
func told(r intake.Row) string {
	var all []string
	for _, p := range r.Problems {
		all = append(all, strings.TrimSpace(string(p.Field)+" "+p.Column+" "+p.Code+" "+p.Suggestion))
	}
	return strings.Join(all, "; ")
}

// A third without email, some with wrong numbers: what is wrong is said row by row,
// nothing is sent for those, and the others go in.
func TestP10P11P12P13EachBadRowIsRefusedWithItsReason(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	policy := invite.DefaultPolicy
	policy.Region = "RU"
	o.must(o.SetPolicy(t.Context(), o.admin, policy))
	v := o.upload(intake.Upload{File: german(
		"juergen@firma.de;A1;Jürgen;Müller;+49 176 12345678;Süd;de",
		";A2;Lena;Groß;9051111111;Nord;",
		";A3;Max;Ohne;;Nord;",
		"gibt es nicht;A4;Rita;Falsch;;Nord;",
		";A5;Nina;Nummer;12;Nord;",
		";A6;Igor;Gut;79051111111;Nord;ru",
	)})
	if v.Stage != intake.Checked || v.Counts[intake.New] != 3 || v.Counts[intake.Refused] != 3 {
		t.Fatalf("%+v", v)
	}
	got := map[int]string{}
	for _, r := range o.rows(v, intake.Refused) {
		got[r.Line] = told(r)
	}
	want := map[int]string{3: "phone E no-country-code +79051111111", 5: "email A bad-address", 6: "phone E bad-number"}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("refused: %v\nwant: %v", got, want)
	}
	if v.Sends["email"] != 1 || v.Sends["no-contact"] != 1 || v.Sends["not-configured"] != 1 {
		t.Errorf("would send %v", v.Sends) // there is no provider for SMS here
	}
	if n := len(o.people()); n != 0 {
		t.Fatalf("%d people before anybody confirmed", n)
	}
	v = o.confirm(v, intake.Confirmation{Invite: true, Emails: 1})
	people := o.people()
	if v.Stage != intake.Done || len(people) != 3 || people["Jürgen Müller"].Profile.Language != "de" || people["Jürgen Müller"].Sites[0] != o.sites[1].ID {
		t.Fatalf("%+v: %+v", v, people)
	}
	if p := o.invited("Jürgen Müller"); p.State.Status() != invite.Waiting || p.Contact.Email != "juergen@firma.de" || p.Contact.Phone != "+4917612345678" {
		t.Errorf("%+v", p)
	}
	if p := o.invited("Igor Gut"); p.Contact.Phone != "+79051111111" || p.State.Account != invite.Inactive {
		t.Errorf("kept as E.164: %+v", p)
	}
	if p := o.invited("Max Ohne"); p.State.Account != invite.Inactive {
		t.Errorf("nothing can be sent to: %+v", p)
	}
	b, err := o.Batch(t.Context(), o.admin, invite.BatchID(v.Batch))
	if o.must(err); b.Queued != 1 || b.Refused[invite.Obstacle(invite.NoContact)] != 1 {
		t.Errorf("the order: %+v", b)
	}
}

// Later leaves everybody silent; it is asked at each upload.
func TestW20W21LaterLeavesThemUninvited(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	v := o.confirm(o.upload(intake.Upload{File: []byte("Email,Name\na@b.de,Anna Berg\n"), Site: o.sites[0].ID}), intake.Confirmation{})
	if p := o.invited("Anna Berg"); v.Batch != "" || p.State.Account != invite.Inactive || p.State.Status() != invite.NotInvited {
		t.Fatalf("%+v %+v", v, p)
	}
	batches, err := o.Batches(t.Context(), o.admin, 10)
	if o.must(err); len(batches) != 0 {
		t.Errorf("ordered: %+v", batches)
	}
}

// More messages than somebody confirmed never go out.
func TestK7NoMoreThanConfirmed(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	v := o.upload(intake.Upload{File: []byte("Email,Name\na@b.de,Anna Berg\nc@d.de,Carl Dorn\n"), Site: o.sites[0].ID})
	v = o.confirm(v, intake.Confirmation{Invite: true, Emails: 1})
	if !v.Held || v.Batch != "" || v.Stage != intake.Done || o.invited("Anna Berg").State.Account != invite.Inactive {
		t.Fatalf("%+v", v)
	}
}

// The same list again changes nothing, whoever is found by external ID or email;
// a changed one changes only what it says.
func TestImportAgainIsIdempotent(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	list := german("anna@firma.de;X1;Anna;Berg;+49 176 12345678;Nord;de", "Carl@Firma.de;;Carl;Dorn;;Süd;", ";X3;Ohne;Mail;;Nord, Süd;ru")
	o.confirm(o.upload(intake.Upload{File: list}), intake.Confirmation{})
	before := o.people()
	v := o.upload(intake.Upload{File: list})
	if v.Counts[intake.Same] != 3 || v.Fine() != 3 {
		t.Fatalf("again: %+v %+v", v.Counts, o.rows(v, ""))
	}
	o.confirm(v, intake.Confirmation{})
	if fmt.Sprint(before) != fmt.Sprint(o.people()) {
		t.Errorf("changed:\n%v\n%v", before, o.people())
	}
	v = o.upload(intake.Upload{File: []byte("External ID;Email;Last name;Phone\nX1;;Bergmann;\n;carl@firma.de;;+49 176 99999999\n")})
	rows := o.rows(v, intake.Changed)
	if len(rows) != 2 || fmt.Sprint(rows[0].Changes) != "[{last-name Berg Bergmann}]" || fmt.Sprint(rows[1].Changes) != "[{phone  +4917699999999}]" {
		t.Fatalf("%+v", rows)
	}
	o.confirm(v, intake.Confirmation{})
	if p := o.invited("Anna Bergmann"); p.Contact.Email != "anna@firma.de" || p.Contact.ExternalID != "X1" || p.Profile.ID != before["Anna Berg"].Profile.ID {
		t.Errorf("an empty cell took something away: %+v", p)
	}
}

// Another admin works while a list waits: what the list says holds, what it doesn't
// say stays as the other left it, and nobody comes into being twice.
func TestImportRacesWithAnotherAdmin(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	list := []byte("External ID,First name,Last name,Email\nX1,Anna,Berg,anna@b.de\nX2,Ben,Stone,ben@b.de\nX3,Cleo,Third,cleo@b.de\n")
	one, two := o.upload(intake.Upload{File: list, Site: o.sites[0].ID}), o.upload(intake.Upload{File: list, Site: o.sites[0].ID})
	p, err := o.AddProfile(t.Context(), o.admin, attendance.Profile{FirstName: "Annegret", LastName: "Berg", Number: "4711"}, []attendance.SiteID{o.sites[1].ID})
	o.must(err)
	o.must(o.SetContact(t.Context(), o.admin, p.ID, invite.Contact{ExternalID: "X1", Phone: "+4917612345678"}))
	q, err := o.AddProfile(t.Context(), o.admin, attendance.Profile{FirstName: "Other", LastName: "Cleo"}, []attendance.SiteID{o.sites[1].ID})
	o.must(err)
	o.must(o.SetContact(t.Context(), o.admin, q.ID, invite.Contact{ExternalID: "Y9", Email: "cleo@b.de"}))
	one = o.confirm(one, intake.Confirmation{})
	if one.Counts[intake.New] != 1 || one.Counts[intake.Changed] != 1 || one.Counts[intake.Refused] != 1 {
		t.Errorf("%+v %+v", one.Counts, o.rows(one, ""))
	}
	if refused := o.rows(one, intake.Refused); len(refused) != 1 || told(refused[0]) != "email D of-another" || refused[0].Cells[intake.ExternalID] != "X3" {
		t.Errorf("%+v", refused)
	}
	two = o.confirm(two, intake.Confirmation{})
	if two.Counts[intake.Same] != 2 {
		t.Errorf("the second list: %+v", two.Counts)
	}
	if len(o.people()) != 3 {
		t.Errorf("%v", o.people())
	}
	if got := o.invited("Anna Berg"); got.Profile.ID != p.ID || got.Profile.Number != "4711" || got.Contact.Phone != "+4917612345678" || got.Contact.Email != "anna@b.de" {
		t.Errorf("%+v", got)
	}
}

// deadly is a store whose worker dies after some steps.
type deadly struct {
	importer.Store
	left int
}

var errKilled = errors.New("killed")

func (d *deadly) WriteRows(ctx context.Context, j intake.Job, until time.Time) (bool, error) {
	if d.left--; d.left < 0 {
		return false, errKilled
	}
	return d.Store.WriteRows(ctx, j, until)
}

func (d *deadly) CheckRows(ctx context.Context, j intake.Job, rows []intake.Row, until time.Time) error {
	if d.left--; d.left < 0 {
		return errKilled
	}
	return d.Store.CheckRows(ctx, j, rows, until)
}

// A worker that dies anywhere is followed by one that goes on: each row once, each
// invitation once.
func TestImportGoesOnAfterTheWorkerDied(t *testing.T) {
	t.Parallel()
	const n = 2300
	o := newOffice(t)
	file := written(t, []string{"External ID", "Email", "Name"}, n, func(i int) []string {
		return []string{fmt.Sprint("X", i), fmt.Sprintf("p%d@b.de", i), fmt.Sprint("Anna Berg", i)}
	})
	id, err := o.StartIntake(t.Context(), o.admin, intake.Upload{Kind: intake.People, Name: "many.xlsx", File: file, Site: o.sites[0].ID})
	o.must(err)
	die := func(after int) {
		t.Helper()
		c := o.Config
		c.Store = &deadly{o.Store, after}
		if _, err := importer.New(c).Round(t.Context()); !errors.Is(err, errKilled) {
			t.Fatal(err)
		}
		if worked, err := importer.New(o.Config).Round(t.Context()); worked || err != nil {
			t.Fatalf("while the list is another's: %v, %v", worked, err)
		}
		o.must(o.ReleaseIntakes(t.Context())) // the program begins anew
	}
	die(1)
	o.round()
	v := o.look(id)
	if v.Counts[intake.New] != n || v.Rows != n || v.Stage != intake.Checked {
		t.Fatalf("%+v", v)
	}
	o.must(o.ConfirmIntake(t.Context(), o.admin, id, intake.Confirmation{Invite: true, Emails: n}))
	if err := o.ConfirmIntake(t.Context(), o.admin, id, intake.Confirmation{}); !errors.Is(err, access.ErrConflict) {
		t.Errorf("confirmed twice: %v", err)
	}
	die(1)
	if v = o.look(id); v.Written != 2000 {
		t.Fatalf("%+v", v)
	}
	o.round()
	v = o.look(id)
	b, err := o.Batch(t.Context(), o.admin, invite.BatchID(v.Batch))
	o.must(err)
	page, err := o.Members(t.Context(), o.admin, attendance.MemberQuery{})
	if o.must(err); v.Stage != intake.Done || v.Written != n || page.Total != n || b.Queued != n {
		t.Errorf("%+v, %d people, %d invited", v, page.Total, b.Queued)
	}
	batches, err := o.Batches(t.Context(), o.admin, 10)
	if o.must(err); len(batches) != 1 {
		t.Errorf("%d orders", len(batches))
	}
}

// A list whose header is only Email, or only External ID, picks people; rows that
// name nobody are shown with why, and the rest can be invited as a selection.
func TestW11W12W13W14W15SelectionFromASpreadsheet(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.confirm(o.upload(intake.Upload{File: german("anna@firma.de;X1;Anna;Berg;;Nord;", "carl@firma.de;X2;Carl;Dorn;;Nord;", "eva@firma.de;X3;Eva;Falk;;Nord;")}), intake.Confirmation{})
	for name, c := range map[string]struct {
		file    []byte
		people  []string
		refused map[int]string
	}{
		"email in csv":          {[]byte("Email\nANNA@firma.de\nnobody@firma.de\nanna@firma.de\n@@\n"), []string{"Anna Berg"}, map[int]string{3: "email A not-found", 4: "email A twice", 5: "email A bad-address"}},
		"external id in xlsx":   {workbook(t, []any{"Externe ID"}, []any{"X2"}, []any{"X3"}, []any{"X9"}), []string{"Carl Dorn", "Eva Falk"}, map[int]string{4: "external-id A not-found"}},
		"both, the same person": {[]byte("Email;External ID\nanna@firma.de;\n;X1\n"), []string{"Anna Berg"}, map[int]string{3: "twice"}},
	} {
		v := o.upload(intake.Upload{Kind: intake.Choice, File: c.file})
		got := map[int]string{}
		for _, r := range o.rows(v, intake.Refused) {
			got[r.Line] = told(r)
		}
		if fmt.Sprint(got) != fmt.Sprint(c.refused) {
			t.Errorf("%s: refused %v", name, got)
		}
		to := invite.Selection{All: true, Filter: invite.Filter{List: string(v.ID)}}
		plan, err := o.PlanOrder(t.Context(), o.admin, invite.Order{To: to})
		o.must(err)
		page, err := o.Invitations(t.Context(), o.admin, invite.Query{Filter: to.Filter})
		o.must(err)
		var names []string
		for _, p := range page.People {
			names = append(names, p.Profile.Name())
		}
		slices.Sort(names)
		if !slices.Equal(names, c.people) || plan.Email != len(c.people) {
			t.Errorf("%s: picks %v, would send %+v", name, names, plan)
		}
		if err := o.ConfirmIntake(t.Context(), o.admin, v.ID, intake.Confirmation{}); !errors.Is(err, access.ErrConflict) {
			t.Errorf("%s: a choice was written: %v", name, err)
		}
	}
	if len(o.people()) != 3 {
		t.Error("a selection added somebody")
	}
}
