package store

import (
	"context"
	"database/sql"
	"fmt"
	"slices"

	"muster/access"
	"muster/attendance"
	"muster/invite"
)

// entry takes one entry of a list in. An error ends the whole chunk; what is
// wrong with the entry alone is in the outcome.
func (l *listSync) entry(ctx context.Context, e invite.RosterEntry, o invite.RosterOutcome) (invite.RosterOutcome, error) {
	way, want := invite.ByRoster, e.Sites
	if e.Unit != "" {
		way, want = invite.ByDirectory, nil
		if site, in := l.units[e.Unit]; in {
			want = []attendance.SiteID{site}
		}
	}
	for _, s := range want {
		if !l.sites[s] {
			return refusedEntry(o, access.Invalid{Field: "sites"}), nil
		}
	}
	there, found, err := l.find(ctx, e.Contact)
	if err != nil {
		return o, err
	}
	if !found && !l.actor.Everywhere() && len(want) == 0 {
		return refusedEntry(o, access.Invalid{Field: "sites"}), nil
	}
	if found && !there.within {
		return refusedEntry(o, access.Invalid{Field: "external_id"}), nil
	}
	if holder, err := l.addressee(ctx, l.actor.Org, there.member.Profile.ID, e.Contact.Email); err != nil {
		return o, err
	} else if holder != "" && e.Contact.Email != there.contact.Email {
		return refusedEntry(o, access.Invalid{Field: "email"}), nil
	}
	d := invite.Admission{Membership: there.membership}
	// Who said no stays so, however often the same list comes; adding them again is
	// somebody's decision.
	no := there.membership == invite.Rejected && there.way == way
	if len(want) > 0 && !no {
		all, err := l.by[way].decide(ctx, newcomer{e.Contact.Email, there.membership})
		if err != nil {
			return o, err
		}
		if d = all[0]; d.Refused != "" {
			o.Effect, o.Refused, o.Membership = invite.EntryRefused, d.Refused, there.membership
			return o, nil
		}
	}
	if !found {
		return l.create(ctx, e, o, d, way, want)
	}
	return l.update(ctx, e, o, there, d, way, want)
}

// listedPerson is who an entry is about.
type listedPerson struct {
	member     attendance.Member
	contact    invite.Contact
	unit       string
	way        invite.Way
	membership invite.Membership
	within     bool // the actor's reach
}

// find looks for who has the external id, or for somebody without one who has the
// address and no other namesake by it.
func (l *listSync) find(ctx context.Context, c invite.Contact) (listedPerson, bool, error) {
	p := listedPerson{membership: invite.Outside}
	found, err := collect(ctx, l, func(r *sql.Rows, p *listedPerson) error {
		return r.Scan(&p.member.Profile.ID, &p.contact.Email, &p.contact.Phone, &p.contact.ExternalID, &p.unit, &p.way, &p.membership)
	}, `SELECT id, email, phone, external_id, unit, way, membership FROM profiles WHERE org = ? AND removed_at = 0
		AND (external_id = ? OR external_id = '' AND email = ? AND email != '') ORDER BY external_id DESC, id LIMIT 2`, l.actor.Org, c.ExternalID, c.Email)
	if err != nil {
		return p, false, fmt.Errorf("look for a person of a list: %w", err)
	}
	if len(found) == 0 || found[0].contact.ExternalID == "" && len(found) > 1 {
		return p, false, nil
	}
	p = found[0]
	m, err := findMember(ctx, l, l.actor, p.member.Profile.ID)
	if isNotFound(err) {
		return p, true, nil
	}
	p.member, p.within = m, err == nil
	return p, true, err
}

func (l *listSync) create(ctx context.Context, e invite.RosterEntry, o invite.RosterOutcome, d invite.Admission, way invite.Way, want []attendance.SiteID) (invite.RosterOutcome, error) {
	p := attendance.Profile{
		ID: attendance.NewID[attendance.ProfileID](), FirstName: e.FirstName, LastName: e.LastName, Language: e.Language,
	}
	l.nowAsked(&p, d.Membership)
	var err error
	if p.Number, err = l.freeNumber(ctx, l.actor.Org); err != nil {
		return o, err
	}
	if err := l.insertProfile(ctx, l.actor.Org, p, e.Contact); err != nil {
		return o, err
	}
	if err := l.mark(ctx, p.ID, e.Unit, way); err != nil {
		return o, err
	}
	if err := l.admit(ctx, l.actor.Org, p.ID, d, way); err != nil {
		return o, err
	}
	for _, s := range want {
		if err := l.join(ctx, l.actor.Org, s, p); err != nil {
			return o, err
		}
	}
	o.Profile, o.Effect, o.Membership, o.Added = p.ID, invite.EntryCreated, d.Membership, d.Added
	return o, nil
}

func (l *listSync) mark(ctx context.Context, id attendance.ProfileID, unit string, way invite.Way) error {
	_, err := l.ExecContext(ctx, `UPDATE profiles SET unit = ?, way = ? WHERE id = ? AND org = ?`, unit, way, id, l.actor.Org)
	if err != nil {
		return fmt.Errorf("mark who is on a list: %w", err)
	}
	return nil
}

func (l *listSync) update(ctx context.Context, e invite.RosterEntry, o invite.RosterOutcome, there listedPerson, d invite.Admission, way invite.Way, want []attendance.SiteID) (invite.RosterOutcome, error) {
	org, old := l.actor.Org, there.member
	p := old.Profile
	p.FirstName, p.LastName, p.Language = e.FirstName, e.LastName, e.Language
	outside := e.Unit != "" && len(want) == 0
	if len(want) == 0 && !outside {
		want = old.Sites // the list doesn't say
	}
	if outside && there.membership != invite.Outside {
		d.Membership = invite.Outside
	}
	o.Profile, o.Effect, o.Membership = p.ID, invite.EntryUnchanged, d.Membership
	same := d.Membership == there.membership && p == old.Profile && slices.Equal(want, old.Sites) && e.Contact == there.contact
	if same && e.Unit == there.unit && way == there.way {
		return o, nil
	}
	o.Effect, o.Added = invite.EntryUpdated, d.Added
	if e.Contact.Email != there.contact.Email && d.Membership == there.membership {
		if err := l.meet(ctx, l.actor, p.ID, e.Contact.Email); err != nil {
			return refusedEntry(o, access.Invalid{Field: "email"}), nil //nolint:nilerr // a lack of seats is this entry's alone
		}
	}
	if err := l.setContact(ctx, org, p.ID, e.Contact); err != nil {
		return o, err
	}
	if err := l.mark(ctx, p.ID, e.Unit, way); err != nil {
		return o, err
	}
	if p != old.Profile {
		if err := l.saveProfile(ctx, org, p); err != nil {
			return o, err
		}
	}
	if d.Membership != there.membership {
		if err := l.admit(ctx, org, p.ID, d, way); err != nil {
			return o, err
		}
	}
	people, err := findPeople(ctx, l, &where{sql: ` WHERE p.org = ? AND p.id = ?`, args: []any{org, p.ID}}, 1)
	if err != nil || len(people) == 0 {
		return o, err
	}
	return o, l.moveSites(ctx, old, people[0].profile, want)
}

// moveSites is moveProfile for somebody who may end up at no site.
func (l *listSync) moveSites(ctx context.Context, old attendance.Member, p attendance.Profile, want []attendance.SiteID) error {
	for _, site := range old.Sites {
		if !slices.Contains(want, site) {
			if err := l.leave(ctx, l.actor.Org, site, p); err != nil {
				return err
			}
		}
	}
	if p != old.Profile {
		if err := l.feedPerson(ctx, p); err != nil {
			return err
		}
	}
	for _, site := range want {
		if !slices.Contains(old.Sites, site) {
			if err := l.join(ctx, l.actor.Org, site, p); err != nil {
				return err
			}
		}
	}
	return nil
}
