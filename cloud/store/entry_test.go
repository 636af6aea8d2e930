package store

import (
	"errors"
	"sync"
	"testing"
	"time"

	"muster/access"
	"muster/attendance"
	"muster/invite"
)

// One link makes one member, however many press its button at the same time, and
// the seats hold.
func TestL8OneEntryOneMember(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, admin := t.Context(), w.admin.Actor()
	if err := errors.Join(w.SetWay(ctx, admin, invite.ByLink, true), w.SetLicence(ctx, admin.Org, invite.Licence{Type: invite.Team, Seats: 1})); err != nil {
		t.Fatal(err)
	}
	code := must(w.DrawJoinCode(ctx, admin, invite.ByLink, "", time.Time{}))(t).Code
	links := []string{
		must(w.AskEntry(ctx, invite.EntryRequest{Email: "a@web.de", Code: code}))(t).Secret, must(w.AskEntry(ctx, invite.EntryRequest{Email: "b@web.de", Code: code}))(t).Secret,
	}
	var wait sync.WaitGroup
	results := make(chan error, 6)
	for i := range cap(results) {
		wait.Go(func() {
			_, err := w.TakeEntry(ctx, links[i%2], "Nora", "Neu", "correct horse battery")
			results <- err
		})
	}
	wait.Wait()
	close(results)
	in := 0
	for err := range results {
		var invalid access.Invalid
		switch {
		case err == nil:
			in++
		case !errors.Is(err, ErrLink) && !errors.As(err, &invalid):
			t.Error(err)
		}
	}
	all := must(w.Members(ctx, admin, attendance.MemberQuery{Text: "Nora"}))(t)
	if in != 1 || all.Total != 1 {
		t.Errorf("%d came in, %d are there", in, all.Total)
	}
}

// What an operator asks is refused for whoever is none: nobody, somebody made up,
// one without a password yet, and one who was removed.
func TestOperatorsOnly(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := t.Context()
	secret := must(w.AddOperator(ctx, "Olga@cloud.example", ""))(t)
	fresh := must(w.OperatorLink(ctx, secret))(t)
	for who, op := range map[string]access.Operator{"nobody": {}, "made up": {ID: access.OperatorID(w.admin.ID)}, "without a password": fresh} {
		before := w.dump(t)
		w.operates(t, op, func(what string, err error) {
			if !errors.Is(err, access.ErrForbidden) {
				t.Errorf("%s by %s: %v", what, who, err)
			}
		})
		if w.dump(t) != before {
			t.Errorf("%s changed something", who)
		}
	}
	olga := must(w.ChooseOperatorPassword(ctx, secret, "correct horse battery"))(t)
	w.operates(t, olga, func(what string, err error) {
		if err != nil {
			t.Errorf("%s: %v", what, err)
		}
	})
	if err := w.RemoveOperator(ctx, "olga@cloud.example"); err != nil {
		t.Fatal(err)
	}
	w.operates(t, olga, func(what string, err error) {
		if !errors.Is(err, access.ErrForbidden) {
			t.Errorf("%s after removal: %v", what, err)
		}
	})
}

// operates calls everything that takes an operator.
func (w *world) operates(t *testing.T, op access.Operator, say func(what string, err error)) {
	t.Helper()
	ctx, team := t.Context(), invite.Licence{Type: invite.Team, Seats: 500}
	_, err := w.Tenants(ctx, op, invite.TenantQuery{})
	say("list", err)
	_, err = w.Tenant(ctx, op, w.admin.Org)
	say("one", err)
	_, err = w.TenantLog(ctx, op, w.admin.Org, 0)
	say("log", err)
	_, err = w.PlanLicence(ctx, op, w.admin.Org, team)
	say("plan", err)
	say("give", w.GiveLicence(ctx, op, w.admin.Org, team))
	_, _, err = w.Found(ctx, op, "Founded", access.User{Email: attendance.NewID[string]() + "@new.example", Name: "New"}, team)
	say("found", err)
}
