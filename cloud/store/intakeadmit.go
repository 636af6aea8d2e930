package store

import (
	"context"
	"slices"
	"strings"

	"muster/attendance"
	"muster/intake"
	"muster/invite"
)

// openWay has the rows of a list decided on as everybody is who is added. While a
// list is only checked, the rows before have taken seats that nobody has yet.
func (l *lookout) openWay(ctx context.Context, t *tx, j intake.Job, v intake.Intake) error {
	if l.kind != intake.People {
		return nil
	}
	var err error
	if l.in, err = t.admissions(ctx, l.actor, invite.ByFile); err != nil {
		return err
	}
	if j.Stage == intake.Reading && l.in.left > 0 {
		l.in.left = max(l.in.left-v.Counts[intake.New], 0)
	}
	return nil
}

// meetAccounts looks up who of those that rows may mean has an account in another
// organisation.
func (l *lookout) meetAccounts(ctx context.Context) (err error) {
	if l.in == nil {
		return nil
	}
	var emails []string
	for _, r := range l.rows {
		if e := strings.ToLower(r.Record.Email); e != "" {
			emails = append(emails, e)
		}
	}
	for e := range l.byEmail {
		emails = append(emails, e)
	}
	for _, a := range l.byNumber {
		if a.contact.Email != "" {
			emails = append(emails, a.contact.Email)
		}
	}
	slices.Sort(emails)
	l.elsewhere, err = l.in.t.accountsElsewhere(ctx, l.actor.Org, slices.Compact(emails))
	return err
}

// admit decides what becomes of the membership of whom a row is about. Somebody
// who said no is asked anew: a file is brought by somebody who means it.
func (l *lookout) admit(r *intake.Row, p *plan) *intake.Problem {
	state := invite.State{Account: invite.Inactive, Membership: invite.Outside}
	readdressed := false
	if p.old != nil {
		state = p.old.state
		readdressed = p.contact.Email != p.old.contact.Email && (state.Account == invite.Inactive || state.Account == invite.Invited)
	}
	there := l.elsewhere[p.contact.Email]
	d := invite.Admission{Membership: state.Membership}
	switch state.Membership {
	case invite.Accepted, invite.Asked: // has a seat
		if readdressed && (there || state.Membership == invite.Asked) {
			d = invite.Outside.Admission(l.in.admin, there)
		}
	case invite.Rejected:
		from := invite.Rejected
		if readdressed {
			from = invite.Outside // another address, another person
		}
		d = l.in.one(from, there)
	default:
		if len(p.sites) > 0 {
			d = l.in.one(invite.Outside, there)
		}
	}
	if d.Refused != "" {
		return &intake.Problem{Code: string(d.Refused)}
	}
	p.admission, p.profile.JoinWaits = d, d.Membership == invite.Asked
	asks := intake.Problem{Code: intake.AsksFirst}
	if r.Notes = slices.DeleteFunc(slices.Clone(r.Notes), func(n intake.Problem) bool { return n == asks }); d.Membership == invite.Asked && d.Membership != state.Membership {
		r.Notes = append(r.Notes, asks)
	}
	return nil
}

// moves tells whether a plan changes the membership of somebody who is there.
func (p plan) moves() bool { return p.old != nil && p.admission.Membership != p.old.state.Membership }

// writeMembership writes what was decided about somebody who is there.
func (t *tx) writeMembership(ctx context.Context, org attendance.OrgID, p plan) error {
	if !p.moves() {
		return nil
	}
	return t.admit(ctx, org, p.profile.ID, p.admission, invite.ByFile)
}

// inviteListed invites whom a list has created that was confirmed with a token
// whose box is ticked. Who is asked to join already is left alone.
func (s *Store) inviteListed(ctx context.Context, t *tx, l *lookout, fresh []int) error {
	if !l.auto {
		return nil
	}
	actor := l.actor
	actor.AutoInvite = true
	var ids []attendance.ProfileID
	for _, i := range fresh {
		if d := l.plans[i].admission; d.Membership == invite.Accepted && d.Added == invite.AddedNew {
			ids = append(ids, l.rows[i].Person)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	return s.inviteProvisioned(ctx, t, actor, ids...)
}
