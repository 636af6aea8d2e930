package store

import (
	"testing"

	"muster/intake"
	"muster/invite"
)

// listed are the rows of a list as they were checked or written.
func (w *world) listed(t *testing.T, j intake.Job) []intake.Row {
	t.Helper()
	return must(w.IntakeRows(t.Context(), w.admin.Actor(), j.ID, "", 0, 100))(t)
}

// code is why a row is refused; empty: it isn't.
func refusal(r intake.Row) string {
	if len(r.Problems) == 0 {
		return ""
	}
	return r.Problems[0].Code
}

func TestL11AManagersFileAsksAnExistingAccount(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	self := w.olga(t, "olga@other.example")
	j := w.checked(t, w.managerNorth.Actor(), w.north.ID,
		intake.Record{LastName: "Olga", Email: "olga@other.example"}, intake.Record{LastName: "Fresh", Email: "fresh@new.example"})
	rows := w.listed(t, j)
	if len(rows[0].Notes) != 1 || rows[0].Notes[0].Code != intake.AsksFirst || len(rows[1].Notes) != 0 {
		t.Errorf("the preview doesn't say who will be asked: %+v", rows)
	}
	w.writeList(t, j)
	rows = w.listed(t, j)
	if m, a := w.stands(t, rows[0].Person); m != invite.Asked || a != invite.AddedAsking {
		t.Errorf("an existing account: %s, %s", m, a)
	}
	if m, a := w.stands(t, rows[1].Person); m != invite.Accepted || a != invite.AddedNew {
		t.Errorf("somebody without an account: %s, %s", m, a)
	}
	waits := map[string]bool{}
	for _, c := range w.changes(t, w.north.ID) {
		if p := c.GetProfile(); p != nil {
			waits[p.GetLastName()] = p.GetJoinWaits()
		}
	}
	if !waits["Olga"] || waits["Fresh"] {
		t.Errorf("tablets are told of waiting invitations: %v", waits)
	}
	// L20: a no stays until somebody adds her again.
	if _, err := w.AnswerMembership(t.Context(), self, rows[0].Person, false); err != nil {
		t.Fatal(err)
	}
	again := w.checked(t, w.managerNorth.Actor(), w.north.ID, intake.Record{LastName: "Olga", Email: "olga@other.example"})
	w.writeList(t, again)
	if m, _ := w.stands(t, rows[0].Person); m != invite.Asked {
		t.Errorf("listed again after a no: %s", m)
	}
	if waits := must(w.Member(t.Context(), w.admin.Actor(), rows[0].Person))(t).Profile.JoinWaits; !waits {
		t.Error("the roster doesn't show that she is asked")
	}
}

func TestL12AnAdminsFileTakesEffectAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.olga(t, "olga@other.example")
	j := w.checked(t, w.admin.Actor(), w.north.ID, intake.Record{LastName: "Olga", Email: "olga@other.example"})
	w.writeList(t, j)
	if m, a := w.stands(t, w.listed(t, j)[0].Person); m != invite.Accepted || a != invite.AddedAtOnce {
		t.Errorf("%s, %s", m, a)
	}
}

// An address that a list gives somebody may be that of an existing account.
func TestL11AListedAddressDoesntGetRoundTheQuestion(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.olga(t, "olga@other.example")
	p := w.person(t, "Olga", "Later", w.north.ID)
	j := w.checked(t, w.managerNorth.Actor(), "", intake.Record{Number: p.Number, Email: "olga@other.example"})
	w.writeList(t, j)
	if m, _ := w.stands(t, p.ID); m != invite.Asked {
		t.Errorf("%s", m)
	}
	// What a later list changes about her leaves the question open at tablets.
	w.writeList(t, w.checked(t, w.managerNorth.Actor(), "", intake.Record{Number: p.Number, FirstName: "Olenka"}))
	for _, c := range w.changes(t, w.north.ID) {
		if c.GetProfile().GetFirstName() == "Olenka" && c.GetProfile().GetJoinWaits() {
			return
		}
	}
	t.Error("tablets have forgotten that an invitation waits")
}

func TestL3AFileTakesSeatsAndObeysItsSwitch(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, admin := t.Context(), w.admin.Actor()
	there := w.person(t, "Tina", "There", w.north.ID)
	if err := w.SetLicence(ctx, admin.Org, invite.Licence{Type: invite.Team, Seats: must(w.Access(ctx, admin))(t).Taken + 2}); err != nil {
		t.Fatal(err)
	}
	three := []intake.Record{{LastName: "One"}, {Number: there.Number, FirstName: "Christina"}, {LastName: "Two"}, {LastName: "Three"}}
	j := w.checked(t, admin, w.north.ID, three...)
	foreseen := w.listed(t, j)
	if refusal(foreseen[0])+refusal(foreseen[1])+refusal(foreseen[2]) != "" || refusal(foreseen[3]) != string(invite.NoSeat) {
		t.Errorf("foreseen: %+v", foreseen)
	}
	// Meanwhile somebody else takes a seat.
	w.person(t, "Quick", "Quick", w.north.ID)
	w.writeList(t, j)
	got := w.listed(t, j)
	if refusal(got[0]) != "" || refusal(got[2]) != string(invite.NoSeat) || refusal(got[3]) != string(invite.NoSeat) {
		t.Errorf("written: %+v", got)
	}
	if a := must(w.Access(ctx, admin))(t); a.Taken != a.Licence.Seats {
		t.Errorf("%d of %d seats", a.Taken, a.Licence.Seats)
	}
	if m := must(w.Member(ctx, admin, there.ID))(t); m.Profile.FirstName != "Christina" {
		t.Error("who has a seat isn't changed")
	}
	for _, c := range []struct {
		set  func() error
		want invite.Reason
	}{
		{func() error { return w.SetWay(ctx, admin, invite.ByFile, false) }, invite.WayClosed},
		{func() error {
			if err := w.SetWay(ctx, admin, invite.ByFile, true); err != nil {
				return err
			}
			return w.SetLicence(ctx, admin.Org, invite.Licence{Type: invite.Team, Expires: w.clock.now()})
		}, invite.LicenceOver},
	} {
		if err := c.set(); err != nil {
			t.Fatal(err)
		}
		j := w.checked(t, admin, w.north.ID, intake.Record{LastName: "Late"}, intake.Record{Number: there.Number, LastName: "Then " + string(c.want)})
		w.writeList(t, j)
		rows := w.listed(t, j)
		if refusal(rows[0]) != string(c.want) || rows[1].Verdict != intake.Changed {
			t.Errorf("%s: %+v", c.want, rows)
		}
	}
}

// Two lists in parts don't get one seat twice, and a part knows of those before.
func TestL3SeatsAreForeseenAcrossParts(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, admin := t.Context(), w.admin.Actor()
	if err := w.SetLicence(ctx, admin.Org, invite.Licence{Type: invite.Team, Seats: must(w.Access(ctx, admin))(t).Taken + 1}); err != nil {
		t.Fatal(err)
	}
	j := w.taken(t, admin, intake.People, w.north.ID)
	for i, name := range []string{"First", "Second"} {
		if err := w.CheckRows(ctx, j, []intake.Row{{Line: i + 2, Record: intake.Record{LastName: name}}}, w.soon()); err != nil {
			t.Fatal(err)
		}
	}
	if rows := w.listed(t, j); refusal(rows[0]) != "" || refusal(rows[1]) != string(invite.NoSeat) {
		t.Errorf("%+v", rows)
	}
}

// W22: whom a list creates that a token with the box ticked confirms is invited at
// once; without the box nobody is.
func TestW22AListThatATokenConfirms(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := t.Context()
	for name, ticks := range map[string]bool{"silent": false, "ticked": true} {
		actor := w.admin.Actor()
		actor.AutoInvite = ticks
		j := w.checked(t, actor, w.north.ID, intake.Record{LastName: name, Email: name + "@new.example"})
		if err := w.ConfirmIntake(ctx, actor, j.ID, intake.Confirmation{}); err != nil {
			t.Fatal(err)
		}
		k := must(w.TakeIntake(ctx, j.Worker, w.soon()))(t)
		for more := true; more; {
			more = must(w.WriteRows(ctx, k, w.soon()))(t)
		}
		if err := w.EndWriting(ctx, k, w.soon()); err != nil {
			t.Fatal(err)
		}
		p := must(w.Invitation(ctx, w.admin.Actor(), w.listed(t, j)[0].Person))(t)
		if waits := p.State.Status() == invite.Waiting; waits != ticks {
			t.Errorf("%s: %s", name, p.State.Status())
		}
	}
}
