package store

import (
	"errors"
	"testing"

	"muster/access"
	"muster/invite"
)

// L7: a link from before somebody said no makes a member of them only where there
// is a seat; refused, nothing has changed.
func TestL7ALinkFromBeforeTheNoTakesASeat(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, org := t.Context(), w.admin.Org
	p, secret := w.sent(t, "anna")
	w.exec(t, `UPDATE profiles SET membership = 'rejected' WHERE id = ?`, p.ID)
	w.person(t, "Has", "Theseat", w.north.ID)
	taken := must(w.Access(ctx, w.admin.Actor()))(t).Taken
	seats := func(n int) {
		if err := w.SetLicence(ctx, org, invite.Licence{Type: invite.Enterprise, Seats: n}); err != nil {
			t.Fatal(err)
		}
	}
	seats(taken)
	var invalid access.Invalid
	if _, err := w.ClaimLinkWith(ctx, secret, password); !errors.As(err, &invalid) || invalid.Problem != string(invite.NoSeat) {
		t.Errorf("no seat is left: %v", err)
	}
	if s := w.invitation(t, p.ID).State; s.Account != invite.Invited || s.Membership != invite.Rejected {
		t.Errorf("%+v", s)
	}
	seats(taken + 1)
	must(w.ClaimLinkWith(ctx, secret, password))(t)
	if s := w.invitation(t, p.ID).State; s.Membership != invite.Accepted {
		t.Errorf("%+v", s)
	}
}
