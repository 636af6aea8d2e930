package store

import (
	"errors"
	"testing"
	"time"

	"muster/access"
	"muster/attendance"
	"muster/invite"
)

// P14, W17: what else a filter could be narrowed to has its number, and nobody is
// told of other sites.
func TestP14CountInvitations(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, admin := t.Context(), w.admin.Actor()
	failed := invite.State{Account: invite.Invited, Delivery: invite.Failed, Membership: invite.Accepted}
	for i, c := range []invite.Contact{{Email: "a@example.com"}, {Email: "b@example.com", Phone: "+4915112345678"}, {Phone: "+4915112345679"}, {}} {
		sites := []attendance.SiteID{w.north.ID}
		if i%2 == 1 {
			sites = append(sites, w.south.ID)
		}
		p := w.person(t, "Anna", "Berg", sites...)
		s := silent
		if i < 2 {
			s = failed
		}
		w.place(t, p.ID, s, c, time.Time{})
		if i < 2 {
			if _, err := w.write.ExecContext(ctx, `UPDATE profiles SET reason = 'mailbox-full' WHERE id = ?`, p.ID); err != nil {
				t.Fatal(err)
			}
		}
	}
	all := must(w.CountInvitations(ctx, admin, invite.Filter{}))(t)
	if all.Reasons[invite.MailboxFull] != 2 || all.Reachable[invite.ByEmail] != 2 || all.Reachable[invite.ByPhone] != 1 || all.Reachable[invite.ByHand] != 1 ||
		all.Sites[w.north.ID] != 4 || all.Sites[w.south.ID] != 2 {
		t.Errorf("%+v", all)
	}
	some := must(w.CountInvitations(ctx, admin, invite.Filter{Reachable: invite.ByPhone, Site: w.south.ID, Reason: invite.Spam}))(t)
	if len(some.Reasons) != 0 || some.Reachable[invite.ByHand] != 0 || len(some.Sites) != 0 {
		t.Errorf("nobody has all of it: %+v", some)
	}
	manager := access.Actor{User: "m", Org: admin.Org, Role: access.SiteManager, Sites: []attendance.SiteID{w.south.ID}}
	own := must(w.CountInvitations(ctx, manager, invite.Filter{}))(t)
	if _, told := own.Sites[w.north.ID]; told || own.Sites[w.south.ID] != 2 || own.Reachable[invite.ByEmail] != 1 {
		t.Errorf("a manager is told %+v", own)
	}
	if _, err := w.CountInvitations(ctx, access.Actor{}, invite.Filter{}); !errors.Is(err, access.ErrForbidden) {
		t.Errorf("nobody is told: %v", err)
	}
}
