package store

import (
	"errors"
	"sync"
	"testing"

	"muster/access"
	"muster/attendance"
	"muster/invite"
)

// addAt adds somebody with an address at a site, as somebody.
func (w *world) addAt(t *testing.T, by access.User, site attendance.SiteID, last, email string) (attendance.Profile, error) {
	t.Helper()
	return w.AddPerson(t.Context(), by.Actor(), attendance.Profile{LastName: last}, []attendance.SiteID{site}, invite.Contact{Email: email})
}

// One address is one person's: adding and changing say whose it is, to those who
// may know.
func TestP10AnAddressIsOnePersons(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := t.Context()
	anna := must(w.addAt(t, w.admin, w.north.ID, "Adler", "Anna@acme.example"))(t)
	refused := func(what string, err error, want access.Invalid) {
		t.Helper()
		if got := (access.Invalid{}); !errors.As(err, &got) || got != want {
			t.Errorf("%s: %+v, want %+v", what, err, want)
		}
	}
	hers := access.Invalid{Field: "email", Problem: access.Taken, Holder: anna.ID, HolderName: "Adler"}
	hidden := access.Invalid{Field: "email", Problem: access.TakenElsewhere}
	_, err := w.addAt(t, w.managerNorth, w.north.ID, "Fake", "anna@ACME.example")
	refused("added by her manager", err, hers)
	_, err = w.addAt(t, w.managerSouth, w.south.ID, "Fake", "anna@acme.example")
	refused("added by a manager of another site", err, hidden)
	ben := must(w.addAt(t, w.managerSouth, w.south.ID, "Berg", "ben@acme.example"))(t)
	refused("changed by a manager of another site", w.SetContact(ctx, w.managerSouth.Actor(), ben.ID, invite.Contact{Email: "anna@acme.example"}), hidden)
	refused("changed by an admin", w.SetContact(ctx, w.admin.Actor(), ben.ID, invite.Contact{Email: "anna@acme.example"}), hers)
	if err := w.SetContact(ctx, w.admin.Actor(), anna.ID, invite.Contact{Email: "anna@acme.example", Phone: "+4915112345678"}); err != nil {
		t.Errorf("her own address, again: %v", err)
	}
	must(w.addAt(t, w.stranger, w.elsewhere.ID, "Adler", "anna@acme.example"))(t) // another organisation's people are nobody here

	// It is free when she gives it up, is ended or leaves, and not to be had back then.
	if err := w.DeactivateAccount(ctx, w.admin.Actor(), anna.ID); err != nil {
		t.Fatal(err)
	}
	if err := w.SetContact(ctx, w.managerSouth.Actor(), ben.ID, invite.Contact{Email: "anna@acme.example"}); err != nil {
		t.Errorf("of somebody whose account was ended: %v", err)
	}
	refused("back with it", w.ReactivateAccount(ctx, w.managerNorth.Actor(), anna.ID), hidden)
	if err := w.RemoveProfile(ctx, w.admin.Actor(), ben.ID); err != nil {
		t.Fatal(err)
	}
	if err := w.ReactivateAccount(ctx, w.managerNorth.Actor(), anna.ID); err != nil {
		t.Errorf("back, when it is free: %v", err)
	}
}

// Of many who write one address at the same moment one has it.
func TestP10AnAddressIsOnePersonsAtTheSameMoment(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := t.Context()
	const n = 8
	errs := make([]error, n)
	var people [n]attendance.Profile
	for i := range people {
		people[i] = w.person(t, "Some", "Body", w.north.ID)
	}
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() {
			if i%2 == 0 {
				errs[i] = w.SetContact(ctx, w.admin.Actor(), people[i].ID, invite.Contact{Email: "one@acme.example"})
			} else {
				_, errs[i] = w.AddPerson(ctx, w.admin.Actor(), attendance.Profile{LastName: "New"}, []attendance.SiteID{w.south.ID}, invite.Contact{Email: "one@acme.example"})
			}
		})
	}
	all.Wait()
	had := 0
	for _, err := range errs {
		if err == nil {
			had++
		} else if taken := (access.Invalid{}); !errors.As(err, &taken) || taken.Field != "email" {
			t.Error(err)
		}
	}
	if had != 1 {
		t.Errorf("%d have it", had)
	}
}

// A list of another system and somebody who joins collide with nobody's address.
func TestP13AListedAddressOfAnotherIsRefusedAlone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := t.Context()
	must(w.addAt(t, w.admin, w.north.ID, "Adler", "anna@acme.example"))(t)
	if err := w.SetContact(ctx, w.admin.Actor(), must(w.addAt(t, w.admin, w.north.ID, "Berg", "ben@acme.example"))(t).ID,
		invite.Contact{Email: "ben@acme.example", ExternalID: "B"}); err != nil {
		t.Fatal(err)
	}
	out := must(w.SyncRoster(ctx, w.admin.Actor(), []invite.RosterEntry{
		{LastName: "Fake", Contact: invite.Contact{ExternalID: "X", Email: "ben@acme.example"}},
		{LastName: "Berg", Contact: invite.Contact{ExternalID: "B", Email: "anna@acme.example"}},
		{LastName: "Cole", Contact: invite.Contact{ExternalID: "C", Email: "cole@acme.example"}},
	}, RosterSync{}))(t)
	for i, want := range []invite.Effect{invite.EntryRefused, invite.EntryRefused, invite.EntryCreated} {
		if out[i].Effect != want {
			t.Errorf("%s: %+v", out[i].ExternalID, out[i])
		}
	}
}

// Whoever was given a code owns no address: with somebody else's in the profile
// they sign in by the Muster ID, and nobody by the address but who was mailed a
// link there.
func TestL13ACodeGivesNobodyAnAddress(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := t.Context()
	fake := must(w.addAt(t, w.managerNorth, w.north.ID, "Fake", "victim@acme.example"))(t)
	code := must(w.HandOut(ctx, w.managerNorth.Actor(), fake.ID))(t)
	if _, err := w.SignIn(ctx, "victim@acme.example", code.Code); !errors.Is(err, access.ErrForbidden) {
		t.Errorf("a code opens an address: %v", err)
	}
	self := must(w.SignIn(ctx, fake.Number, code.Code))(t).Self
	must(w.ChooseOwnPassword(ctx, self, password))(t)
	if _, err := w.SignIn(ctx, "victim@acme.example", password); !errors.Is(err, access.ErrForbidden) {
		t.Errorf("the holder of a code signs in by an address that nobody proved: %v", err)
	}
	must(w.SignIn(ctx, fake.Number, password))(t)
	// The one whose address it is joins by it elsewhere and signs in by it.
	olga := w.olga(t, "victim@acme.example")
	if in := must(w.SignIn(ctx, "victim@acme.example", password))(t); in.Self != olga {
		t.Errorf("signed in as %v", in.Self)
	}
}
