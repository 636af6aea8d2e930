package store

import (
	"errors"
	"strings"
	"testing"
	"time"

	"muster/access"
	"muster/attendance"
	"muster/invite"
)

func problem(err error) string {
	var invalid access.Invalid
	if errors.As(err, &invalid) {
		return invalid.Field + ": " + invalid.Problem
	}
	return ""
}

// What nobody owns or what looks like something else is no domain.
func TestL2DomainsThatAreRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, name := range []string{
		"", "localhost", strings.Repeat("a", 64) + ".example", "com", "co.uk", "me@acme.example", "acme", "http://acme.example", "acme.example/x", "a..example", "-acme.example",
		"\u0430cme.example",   // the first letter is Cyrillic
		"xn--cme-5cd.example", // the same, already in ASCII
	} {
		if _, err := w.AddDomain(t.Context(), w.admin.Actor(), name); problem(err) == "" {
			t.Errorf("%q is taken: %v", name, err)
		}
	}
	for _, name := range []string{"gmail.com", "GMAIL.com", "mail.ru", "web.de", "sub.yandex.ru"} {
		if _, err := w.AddDomain(t.Context(), w.admin.Actor(), name); problem(err) != "domain: public-mail" {
			t.Errorf("%q: %v", name, err)
		}
	}
	for given, want := range map[string]string{"@Acme.Example.": "acme.example", "Bücher.example": "xn--bcher-kva.example", "пример.рф": "xn--e1afmkfd.xn--p1ai"} {
		if d, err := w.AddDomain(t.Context(), w.admin.Actor(), given); err != nil || d.Name != want {
			t.Errorf("%q: %q, %v", given, d.Name, err)
		}
	}
}

// Two organisations may say that they have a domain. One can show it; the other is
// told only after it has given the proof as well.
func TestL2ADomainBelongsToOneOrganisation(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, admin, other := t.Context(), w.admin.Actor(), w.stranger.Actor()
	ours := must(w.AddDomain(ctx, admin, "shared.example"))(t)
	theirs := must(w.AddDomain(ctx, other, "shared.example"))(t)
	if ours.Record == theirs.Record {
		t.Fatal("one record proves both")
	}
	if err := w.VerifyDomain(ctx, other, "shared.example", []string{ours.Record, "v=spf1 -all"}); problem(err) != "domain: unknown" {
		t.Errorf("another's record proves it: %v", err)
	}
	if err := w.VerifyDomain(ctx, admin, "shared.example", []string{"v=spf1 -all", " " + ours.Record + " "}); err != nil {
		t.Fatal(err)
	}
	if err := w.VerifyDomain(ctx, other, "shared.example", []string{"nothing"}); problem(err) != "domain: unknown" {
		t.Errorf("without proof: %v", err)
	}
	if err := w.VerifyDomain(ctx, other, "shared.example", []string{theirs.Record}); problem(err) != "domain: taken" {
		t.Errorf("with proof: %v", err)
	}
}

func TestL2ADomainByACodeToWhoeverRunsIt(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, admin := t.Context(), w.admin.Actor()
	must(w.AddDomain(ctx, admin, "mailed.example"))(t)
	for _, to := range []string{"anna@mailed.example", "admin@other.example", "admin@sub.mailed.example", ""} {
		if _, err := w.DomainCode(ctx, admin, "mailed.example", to); err == nil {
			t.Errorf("a code goes to %q", to)
		}
	}
	code := must(w.DomainCode(ctx, admin, "mailed.example", "hostmaster@mailed.example"))(t)
	if _, err := w.DomainCode(ctx, admin, "mailed.example", "admin@mailed.example"); !errors.Is(err, access.ErrTooMany) {
		t.Errorf("two codes in a minute: %v", err)
	}
	for range domainTries {
		if err := w.VerifyDomainByCode(ctx, admin, "mailed.example", "wrong"); problem(err) != "code: unknown" {
			t.Fatal(err)
		}
	}
	if err := w.VerifyDomainByCode(ctx, admin, "mailed.example", code); problem(err) != "code: expired" {
		t.Errorf("after five wrong ones: %v", err)
	}
	w.clock.forward(2 * time.Minute)
	code = must(w.DomainCode(ctx, admin, "mailed.example", "hostmaster@mailed.example"))(t)
	if err := w.VerifyDomainByCode(ctx, w.stranger.Actor(), "mailed.example", code); problem(err) != "code: expired" {
		t.Errorf("another organisation with the code: %v", err)
	}
	if err := w.VerifyDomainByCode(ctx, admin, "mailed.example", " "+code[:4]+" "+code[4:]); err != nil {
		t.Fatal(err)
	}
}

// Whoever has proved to read an address of the domain may join; an address that an
// organisation merely wrote down is no proof, nor is a domain that looks alike.
func TestL2WholeDomainJoins(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, admin := t.Context(), w.admin.Actor()
	d := must(w.AddDomain(ctx, admin, "firm.example"))(t)
	in, alike := w.olga(t, "olga@firm.example"), w.olga(t, "olga@firm.example.net")
	if _, err := w.JoinByDomain(ctx, in, admin.Org); !errors.Is(err, access.ErrNotFound) {
		t.Errorf("before the domain is shown: %v", err)
	}
	if err := w.VerifyDomain(ctx, admin, d.Name, []string{d.Record}); err != nil {
		t.Fatal(err)
	}
	written := w.person(t, "Written", "Down", w.south.ID)
	if err := w.givesAddress(t, alike, "olga2@firm.example"); err != nil {
		t.Fatal(err)
	}
	for what, self := range map[string]invite.Self{"a domain that looks alike": alike, "nobody": {Org: admin.Org, Profile: written.ID}} {
		if _, err := w.JoinByDomain(ctx, self, admin.Org); err == nil {
			t.Errorf("%s joins", what)
		}
	}
	if s, ok := standingIn(t, w, in, admin.Org); !ok || s.State.Membership != invite.Outside || s.Organisation != "Acme" {
		t.Errorf("she isn't offered it: %+v", s)
	}
	to := must(w.JoinByDomain(ctx, in, admin.Org))(t)
	if m, a := w.stands(t, to.Profile); m != invite.Accepted || a != invite.AddedSelf {
		t.Errorf("%s, %s", m, a)
	}
}

func (w *world) givesAddress(t *testing.T, self invite.Self, email string) error {
	t.Helper()
	return w.SetContact(t.Context(), w.stranger.Actor(), self.Profile, invite.Contact{Email: email})
}

func TestL5TheSameListTwiceChangesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, admin := t.Context(), w.admin.Actor()
	at := []attendance.SiteID{w.north.ID}
	list := []invite.RosterEntry{
		{Contact: invite.Contact{ExternalID: "7", Email: "anna@acme.example"}, FirstName: "Anna", LastName: "Berg", Sites: at},
		{Contact: invite.Contact{ExternalID: "8"}, FirstName: "Bo", Sites: at},
		{Contact: invite.Contact{ExternalID: "8"}, FirstName: "Twice", Sites: at},
		{Contact: invite.Contact{ExternalID: "9", Email: "no address"}, FirstName: "Cy", Sites: at},
		{Contact: invite.Contact{ExternalID: "10"}, FirstName: "Away", Sites: []attendance.SiteID{w.elsewhere.ID}},
		{FirstName: "Nameless", Sites: at},
	}
	one := must(w.SyncRoster(ctx, admin, list, RosterSync{Whole: true}))(t)
	for i, want := range []string{"created ", "created ", "refused external_id", "refused email", "refused sites", "refused external_id"} {
		if got := string(one[i].Effect) + " " + one[i].Field; got != want {
			t.Errorf("entry %d: %s, want %s", i, got, want)
		}
	}
	before := w.dump(t)
	two := must(w.SyncRoster(ctx, admin, list, RosterSync{Whole: true}))(t)
	if w.dump(t) != before || two[0].Effect != invite.EntryUnchanged || two[0].Profile != one[0].Profile {
		t.Errorf("the second time: %+v", two)
	}
	list[0].LastName = "Berger"
	three := must(w.SyncRoster(ctx, admin, list[:1], RosterSync{Whole: true}))(t)
	if len(three) != 2 || three[0].Effect != invite.EntryUpdated || three[1].Effect != invite.EntryRemoved || three[1].ExternalID != "8" {
		t.Errorf("changed, and one missing: %+v", three)
	}
	if m := must(w.Member(ctx, admin, one[0].Profile))(t); m.Profile.LastName != "Berger" {
		t.Errorf("%+v", m.Profile)
	}
	if _, err := w.SyncRoster(ctx, w.managerNorth.Actor(), list[:1], RosterSync{Whole: true}); !errors.Is(err, access.ErrForbidden) {
		t.Errorf("a manager removes whom the list doesn't name: %v", err)
	}
}

// A file that was cut off doesn't empty the roster.
func TestL5AListCutOffRemovesNobody(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, admin := t.Context(), w.admin.Actor()
	var list []invite.RosterEntry
	for i := range 60 {
		list = append(list, invite.RosterEntry{Contact: invite.Contact{ExternalID: string(rune('a'+i%26)) + string(rune('a'+i/26))}, FirstName: "P", Sites: []attendance.SiteID{w.north.ID}})
	}
	must(w.SyncRoster(ctx, admin, list, RosterSync{Whole: true}))(t)
	if _, err := w.SyncRoster(ctx, admin, list[:5], RosterSync{Whole: true}); !errors.Is(err, access.ErrConflict) {
		t.Errorf("most of the roster goes: %v", err)
	}
	if o := must(w.SyncRoster(ctx, admin, list[:5], RosterSync{Whole: true, Meant: true}))(t); len(o) != 60 {
		t.Errorf("%d outcomes", len(o))
	}
}

// L1: only people of units that are let in are members; the others are known.
func TestL1DirectoryUnits(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, admin := t.Context(), w.admin.Actor()
	if err := w.SetUnit(ctx, admin, "Production", w.north.ID); err != nil {
		t.Fatal(err)
	}
	list := []invite.RosterEntry{
		{Contact: invite.Contact{ExternalID: "1"}, FirstName: "Anna", Unit: "Production"},
		{Contact: invite.Contact{ExternalID: "2"}, FirstName: "Bo", Unit: "Board"},
	}
	o := must(w.SyncRoster(ctx, admin, list, RosterSync{}))(t)
	if o[0].Membership != invite.Accepted || o[1].Membership != invite.Outside {
		t.Fatalf("%+v", o)
	}
	if m := must(w.Member(ctx, admin, o[0].Profile))(t); len(m.Sites) != 1 || m.Sites[0] != w.north.ID {
		t.Errorf("Anna is at %v", m.Sites)
	}
	list[0].Unit, list[1].Unit = "Board", "Production"
	o = must(w.SyncRoster(ctx, admin, list, RosterSync{}))(t)
	if o[0].Membership != invite.Outside || o[1].Membership != invite.Accepted {
		t.Errorf("they changed places: %+v", o)
	}
	if m := must(w.Member(ctx, admin, o[0].Profile))(t); len(m.Sites) != 0 {
		t.Errorf("Anna is still at %v", m.Sites)
	}
}
