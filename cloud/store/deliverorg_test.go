package store

import (
	"slices"
	"testing"

	"muster/attendance"
	"muster/device"
)

// In one transaction there are rows of several organisations, and what was found to be one's is
// looked for once. A tablet that names another one's people, site or card gets none of them by that.
func TestOneTransactionOfTwoOrganisations(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, uid := t.Context(), []byte{4, 1, 2, 3}
	anna := w.person(t, "Anna", "Berg", w.north.ID)
	if err := w.AssignUID(ctx, w.admin.Actor(), anna.ID, uid, ""); err != nil {
		t.Fatal(err)
	}
	card := w.cardOf(ctx, t, w.admin.Org, uid)
	other := must(w.AddProfile(ctx, w.stranger.Actor(), attendance.Profile{LastName: "Other"}, []attendance.SiteID{w.elsewhere.ID}))(t)
	ours, theirs := w.pen(t, w.admin.Org, w.north.ID), w.pen(t, w.stranger.Org, w.elsewhere.ID)
	good := ours.punch(anna.ID, card)
	named := theirs.punch(anna.ID, "")
	theirs.site = w.north.ID
	there := theirs.punch(other.ID, "")
	theirs.site = w.elsewhere.ID
	held := theirs.punch(other.ID, card)
	must(w.Deliver(ctx, []device.Delivery{ours.delivery(good), theirs.delivery(named, there, held)}))(t)
	if got := w.reasons(t, theirs); !slices.Equal(got, []string{"unknown-profile", "unknown-site"}) {
		t.Errorf("in quarantine: %v", got)
	}
	for _, c := range []struct {
		row device.Row
		who attendance.ProfileID
	}{{good, anna.ID}, {held, other.ID}} {
		who := must(collect(ctx, w.read, scanOne[attendance.ProfileID], `SELECT profile FROM punches WHERE id = ?`, idOf(c.row)))(t)
		if !slices.Equal(who, []attendance.ProfileID{c.who}) {
			t.Errorf("the punch is %v's, want %s's", who, c.who)
		}
	}
}
