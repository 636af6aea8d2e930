package store

import (
	"errors"
	"testing"
	"time"

	"muster/access"
	"muster/attendance"
	"muster/invite"
)

// olga is somebody with an account in the other organisation, who has proved to
// read her address by claiming with the link that was mailed to it.
func (w *world) olga(t *testing.T, email string) invite.Self {
	t.Helper()
	return w.member(t, w.stranger, w.elsewhere.ID, "Olga", email)
}

func (w *world) member(t *testing.T, admin access.User, site attendance.SiteID, first, email string) invite.Self {
	t.Helper()
	ctx, actor := t.Context(), admin.Actor()
	policy := invite.DefaultPolicy
	policy.Details = false
	if err := w.SetPolicy(ctx, actor, policy); err != nil {
		t.Fatal(err)
	}
	p, _, err := w.AddMember(ctx, actor, attendance.Profile{FirstName: first, LastName: "Elsewhere"}, []attendance.SiteID{site}, invite.Contact{Email: email}, invite.ByAddress)
	if err != nil {
		t.Fatal(err)
	}
	w.claimed(t, actor, p.ID)
	return invite.Self{Org: actor.Org, Profile: p.ID}
}

// claimed invites somebody, sends the mail and presses its button.
func (w *world) claimed(t *testing.T, actor access.Actor, id attendance.ProfileID) {
	t.Helper()
	must(w.Ask(t.Context(), actor, invite.Order{To: only(id)}))(t)
	for _, j := range must(w.TakeOn(t.Context(), "test", 10, w.clock.now().Add(time.Minute)))(t) {
		if in := must(w.ClaimLinkWith(t.Context(), w.handTo(t, j), password))(t); !in.Steps.Done() {
			t.Fatalf("steps are left: %+v", in.Steps)
		}
	}
}

// handTo plays the worker: the message goes out, and its secret is what the person
// finds in the mail.
func (w *world) handTo(t *testing.T, j invite.Job) string {
	t.Helper()
	secret, hash := newSecret()
	h := invite.Handing{ID: j.ID, Channel: invite.Email, Address: j.Contact.Email, Token: hash, Expires: w.clock.now().Add(24 * time.Hour)}
	must(w.Hand(t.Context(), "test", []invite.Handing{h}))(t)
	return secret
}

func (w *world) stands(t *testing.T, id attendance.ProfileID) (m invite.Membership, a invite.Addition) {
	t.Helper()
	if err := w.read.QueryRowContext(t.Context(), `SELECT membership, added FROM profiles WHERE id = ?`, id).Scan(&m, &a); err != nil {
		t.Fatal(err)
	}
	return m, a
}

func (w *world) add(t *testing.T, by access.User, email string) attendance.Profile {
	t.Helper()
	p, _, err := w.AddMember(t.Context(), by.Actor(), attendance.Profile{LastName: email}, []attendance.SiteID{w.north.ID}, invite.Contact{Email: email}, invite.ByAddress)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func standingIn(t *testing.T, w *world, self invite.Self, org attendance.OrgID) (invite.Standing, bool) {
	t.Helper()
	for _, s := range must(w.Standings(t.Context(), self))(t) {
		if s.Self.Org == org {
			return s, true
		}
	}
	return invite.Standing{}, false
}

func TestL11AddedByAManagerAsksAnExistingAccount(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	self := w.olga(t, "olga@other.example")
	asked := w.add(t, w.managerNorth, "olga@other.example")
	if m, a := w.stands(t, asked.ID); m != invite.Asked || a != invite.AddedAsking {
		t.Errorf("added by a manager: %s, %s", m, a)
	}
	if fresh := w.add(t, w.managerNorth, "nobody@new.example"); true {
		if m, a := w.stands(t, fresh.ID); m != invite.Accepted || a != invite.AddedNew {
			t.Errorf("somebody without an account: %s, %s", m, a)
		}
	}
	if own := must(w.Own(t.Context(), self))(t); own.Waiting != 1 {
		t.Errorf("%d organisations wait", own.Waiting)
	}
	// The same person, by hand first and the address afterwards.
	if err := w.RemoveProfile(t.Context(), w.managerNorth.Actor(), asked.ID); err != nil {
		t.Fatal(err)
	}
	later := must(w.AddProfile(t.Context(), w.managerNorth.Actor(), attendance.Profile{LastName: "Later"}, []attendance.SiteID{w.north.ID}))(t)
	if err := w.SetContact(t.Context(), w.managerNorth.Actor(), later.ID, invite.Contact{Email: "olga@other.example"}); err != nil {
		t.Fatal(err)
	}
	if m, _ := w.stands(t, later.ID); m != invite.Asked {
		t.Errorf("the address given afterwards gets round the question: %s", m)
	}
}

func TestL12AnAdminsAdditionTakesEffectAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	self := w.olga(t, "olga@other.example")
	p := w.add(t, w.admin, "olga@other.example")
	if m, a := w.stands(t, p.ID); m != invite.Accepted || a != invite.AddedAtOnce {
		t.Fatalf("%s, %s", m, a)
	}
	s, ok := standingIn(t, w, self, w.admin.Org)
	if !ok || !s.Opens() || s.Waits() {
		t.Fatalf("she sees %+v, %v", s, ok)
	}
	to := must(w.Enter(t.Context(), self, p.ID))(t)
	if own := must(w.Own(t.Context(), to))(t); own.State.Account != invite.Claiming && own.State.Account != invite.Active || own.Organisation != "Acme" {
		t.Errorf("there she is %+v", own.State)
	}
}

// L16 to L19: asked, she is limited: tablets know her, the portal shows no more
// than the name; a yes ends that, a no keeps it.
func TestL16L20LimitedUntilAccepted(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := t.Context()
	self := w.olga(t, "olga@other.example")
	p := w.add(t, w.managerNorth, "olga@other.example")
	there := invite.Self{Org: w.admin.Org, Profile: p.ID}
	if _, err := w.Enter(ctx, self, p.ID); !errors.Is(err, access.ErrForbidden) {
		t.Errorf("she gets in unasked: %v", err)
	}
	if own := must(w.Own(ctx, there))(t); own.State.SignsIn() {
		t.Error("she signs in there")
	}
	roster := func() bool { return must(w.Member(ctx, w.admin.Actor(), p.ID))(t).Profile.JoinWaits }
	if !roster() {
		t.Error("tablets don't know that an invitation waits")
	}
	if _, err := w.AnswerMembership(ctx, self, p.ID, false); err != nil {
		t.Fatal(err)
	}
	if m, _ := w.stands(t, p.ID); m != invite.Rejected || roster() {
		t.Errorf("after Decline: %s", m)
	}
	// L20: added again, asked again.
	if d := must(w.AddAgain(ctx, w.managerNorth.Actor(), p.ID))(t); d.Membership != invite.Asked {
		t.Errorf("added again: %+v", d)
	}
	to := must(w.AnswerMembership(ctx, self, p.ID, true))(t)
	if m, a := w.stands(t, p.ID); m != invite.Accepted || a != invite.AddedAsking || to != there {
		t.Errorf("after Join: %s, %s, %v", m, a, to)
	}
	if must(w.AnswerMembership(ctx, self, p.ID, true))(t) != to {
		t.Error("Join twice isn't Join once")
	}
	// Both ways, and with one password.
	if back := must(w.Enter(ctx, to, self.Profile))(t); back != self {
		t.Errorf("back is %v", back)
	}
	if err := w.ReplaceOwnPassword(ctx, to, password, "another correct horse staple"); err != nil {
		t.Fatal(err)
	}
	if in := must(w.SignIn(ctx, "olga@other.example", "another correct horse staple"))(t); in.Self != to && in.Self != self {
		t.Errorf("signed in as %v", in.Self)
	}
	if _, err := w.SignIn(ctx, "olga@other.example", password); !errors.Is(err, access.ErrForbidden) {
		t.Errorf("the old password works somewhere: %v", err)
	}
}

// An organisation that hands out a code for somebody gets nowhere else by it.
func TestL13AnotherOrganisationsCodeOpensNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := t.Context()
	policy := invite.DefaultPolicy
	policy.Details = false
	if err := w.SetPolicy(ctx, w.admin.Actor(), policy); err != nil {
		t.Fatal(err)
	}
	self := w.olga(t, "olga@other.example")
	p := w.add(t, w.admin, "olga@other.example")
	to := must(w.Enter(ctx, self, p.ID))(t)
	code := must(w.ResetAccess(ctx, w.admin.Actor(), p.ID))(t)
	in := must(w.SignIn(ctx, code.Person.Number, code.Code))(t)
	if in.Self != to {
		t.Fatal("the code is good for somebody else")
	}
	must(w.ChooseOwnPassword(ctx, to, "an admin's own horse battery"))(t)
	if _, err := w.Enter(ctx, to, self.Profile); !errors.Is(err, access.ErrNotFound) {
		t.Errorf("whoever holds the code gets into the other organisation: %v", err)
	}
	for _, s := range must(w.Standings(ctx, to))(t) {
		if s.Self.Org == w.stranger.Org {
			t.Error("whoever holds the code learns where else she is")
		}
	}
	if _, err := w.SignIn(ctx, "olga@other.example", password); err != nil {
		t.Errorf("her own account is gone: %v", err)
	}
	// Nor by a profile with her address that was claimed by a code.
	if err := w.DeactivateAccount(ctx, w.admin.Actor(), p.ID); err != nil {
		t.Fatal(err)
	}
	other := w.add(t, w.admin, "olga@other.example")
	given := must(w.HandOut(ctx, w.admin.Actor(), other.ID))(t)
	fake := must(w.SignIn(ctx, given.Person.Number, given.Code))(t).Self
	must(w.ChooseOwnPassword(ctx, fake, "yet another horse battery"))(t)
	for _, there := range []attendance.ProfileID{self.Profile, to.Profile} {
		if _, err := w.Enter(ctx, fake, there); !errors.Is(err, access.ErrNotFound) && !errors.Is(err, access.ErrForbidden) {
			t.Errorf("a claimed address opens %v: %v", there, err)
		}
	}
	if _, err := w.AnswerMembership(ctx, self, fake.Profile, true); !errors.Is(err, access.ErrNotFound) {
		t.Errorf("she takes an account that somebody else has claimed: %v", err)
	}
}

// A mail that only went into the built-in mailbox, which admins read, proves no
// address.
func TestL13TheMailboxProvesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, actor := t.Context(), w.stranger.Actor()
	p, _, err := w.AddMember(ctx, actor, attendance.Profile{LastName: "Fake"}, []attendance.SiteID{w.elsewhere.ID}, invite.Contact{Email: "victim@acme.example"}, invite.ByAddress)
	if err != nil {
		t.Fatal(err)
	}
	must(w.Ask(ctx, actor, invite.Order{To: only(p.ID)}))(t)
	for _, j := range must(w.TakeOn(ctx, "test", 10, w.clock.now().Add(time.Minute)))(t) {
		if err := w.Keep(ctx, invite.Message{ID: j.ID, Org: actor.Org, Channel: invite.Email, To: "victim@acme.example", Text: "x"}, w.clock.now()); err != nil {
			t.Fatal(err)
		}
		must(w.ClaimLinkWith(ctx, w.handTo(t, j), password))(t)
	}
	if q := w.add(t, w.managerNorth, "victim@acme.example"); true {
		if m, _ := w.stands(t, q.ID); m != invite.Accepted {
			t.Errorf("an address that nobody proved counts as an account: %s", m)
		}
	}
}

func TestL21AKeyAcceptsAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, admin := t.Context(), w.admin.Actor()
	self := w.olga(t, "olga@other.example")
	c := must(w.DrawJoinCode(ctx, admin, invite.ByKey, w.north.ID, time.Time{}))(t)
	if _, err := w.JoinByCode(ctx, self, c.Code); !errors.Is(err, access.ErrNotFound) {
		t.Fatalf("a key works that is switched off: %v", err)
	}
	if err := w.SetWay(ctx, admin, invite.ByKey, true); err != nil {
		t.Fatal(err)
	}
	if e := must(w.Entrance(ctx, self, c.Code))(t); e.Organisation != "Acme" || e.Member || e.Refused != "" {
		t.Errorf("it leads to %+v", e)
	}
	// Asked before, and she said no: the key is a yes all the same.
	p := w.add(t, w.managerNorth, "olga@other.example")
	if _, err := w.AnswerMembership(ctx, self, p.ID, false); err != nil {
		t.Fatal(err)
	}
	to := must(w.JoinByCode(ctx, self, "  "+c.Code[:4]+" "+c.Code[5:]))(t)
	if m, a := w.stands(t, p.ID); to.Profile != p.ID || m != invite.Accepted || a != invite.AddedSelf {
		t.Errorf("%v: %s, %s", to, m, a)
	}
	if must(w.JoinByCode(ctx, self, c.Code))(t) != to {
		t.Error("the second time makes somebody else")
	}
	if uses := must(w.Access(ctx, admin))(t).Codes[invite.ByKey].Uses; uses != 1 {
		t.Errorf("%d uses", uses)
	}
	drawn := must(w.DrawJoinCode(ctx, admin, invite.ByKey, "", w.clock.now().Add(time.Hour)))(t)
	if _, err := w.JoinByCode(ctx, self, c.Code); !errors.Is(err, access.ErrNotFound) {
		t.Errorf("a key that was replaced works: %v", err)
	}
	w.clock.forward(2 * time.Hour)
	if _, err := w.JoinByCode(ctx, self, drawn.Code); !errors.Is(err, access.ErrNotFound) {
		t.Errorf("a key works whose time is over: %v", err)
	}
}

// Guessed keys are counted by person; the right one among many wrong ones isn't
// looked at any more.
func TestL21GuessedKeysAreLocked(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := t.Context()
	self := w.olga(t, "olga@other.example")
	if err := w.SetWay(ctx, w.admin.Actor(), invite.ByKey, true); err != nil {
		t.Fatal(err)
	}
	c := must(w.DrawJoinCode(ctx, w.admin.Actor(), invite.ByKey, "", time.Time{}))(t)
	for range maxFailures {
		if _, err := w.JoinByCode(ctx, self, invite.NewCode()); !errors.Is(err, access.ErrNotFound) {
			t.Fatal(err)
		}
	}
	var locked access.Locked
	if _, err := w.JoinByCode(ctx, self, c.Code); !errors.As(err, &locked) {
		t.Fatalf("the sixth: %v", err)
	}
	w.clock.forward(lockTime + time.Second)
	must(w.JoinByCode(ctx, self, c.Code))(t)
}

// A link brings in somebody whom the organisation doesn't know yet, at its site;
// whom it has ended stays out.
func TestL8TheLinkMakesAMemberOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, admin := t.Context(), w.admin.Actor()
	self := w.olga(t, "olga@other.example")
	if err := w.SetWay(ctx, admin, invite.ByLink, true); err != nil {
		t.Fatal(err)
	}
	c := must(w.DrawJoinCode(ctx, admin, invite.ByLink, w.north.ID, time.Time{}))(t)
	to := must(w.JoinByCode(ctx, self, c.Code))(t)
	m := must(w.Member(ctx, admin, to.Profile))(t)
	if m.Profile.FirstName != "Olga" || len(m.Sites) != 1 || m.Sites[0] != w.north.ID || m.Profile.Number == "" {
		t.Errorf("she came in as %+v", m)
	}
	if err := w.DeactivateAccount(ctx, admin, to.Profile); err != nil {
		t.Fatal(err)
	}
	if _, err := w.JoinByCode(ctx, self, c.Code); !errors.Is(err, access.ErrForbidden) {
		t.Errorf("who was ended comes back by the link: %v", err)
	}
}
