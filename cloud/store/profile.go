package store

import (
	"context"
	"fmt"
	"slices"

	"muster/access"
	"muster/attendance"
	"muster/invite"
)

// cleanProfile brings a person's fields into the form they are kept in. One of
// the two names is enough: many people have only one.
func cleanProfile(p *attendance.Profile) error {
	if err := first(
		clean("first_name", &p.FirstName, maxName), clean("last_name", &p.LastName, maxName),
		cleanNumber(&p.Number), cleanLanguage(&p.Language),
	); err != nil {
		return err
	}
	if p.Name() == "" {
		return access.Invalid{Field: "last_name", Problem: access.Required}
	}
	return nil
}

// AddProfile adds a person to sites, all of which must be within the actor's
// reach. A person without a number is given one.
func (s *Store) AddProfile(ctx context.Context, actor access.Actor, p attendance.Profile, sites []attendance.SiteID) (attendance.Profile, error) {
	return s.AddPerson(ctx, actor, p, sites, invite.Contact{})
}

// AddPerson is AddProfile for somebody of whom it is known how they can be
// reached. Where the actor's token has the box ticked, they are invited at once.
func (s *Store) AddPerson(ctx context.Context, actor access.Actor, p attendance.Profile, sites []attendance.SiteID, c invite.Contact) (attendance.Profile, error) {
	way := invite.Way("")
	if c.Email != "" {
		way = invite.ByAddress
	}
	p, _, err := s.AddMember(ctx, actor, p, sites, c, way)
	return p, err
}

// AddMember is AddPerson for somebody who comes in by a way. It tells whether they
// are a member at once or were asked.
func (s *Store) AddMember(ctx context.Context, actor access.Actor, p attendance.Profile, sites []attendance.SiteID, c invite.Contact, way invite.Way) (attendance.Profile, invite.Admission, error) {
	var d invite.Admission
	if err := actor.Require(access.ManageRoster); err != nil {
		return attendance.Profile{}, d, err
	}
	if err := first(cleanProfile(&p), cleanContact(&c)); err != nil {
		return attendance.Profile{}, d, err
	}
	sites, err := cleanSites(sites)
	if err != nil {
		return attendance.Profile{}, d, err
	}
	if len(sites) == 0 {
		return attendance.Profile{}, d, access.Invalid{Field: "sites", Problem: access.Required}
	}
	p.ID, p.Photo = attendance.NewID[attendance.ProfileID](), ""
	given := p.Number
	err = s.change(ctx, func(t *tx) error {
		if err := checkSites(ctx, t, actor, sites); err != nil {
			return err
		}
		if err := t.ownAddress(ctx, actor, p.ID, c.Email); err != nil {
			return err
		}
		a, err := t.admissions(ctx, actor, way)
		if err != nil {
			return err
		}
		all, err := a.decide(ctx, newcomer{c.Email, invite.Outside})
		if err != nil {
			return err
		}
		if d = all[0]; d.Refused != "" {
			return barred(d.Refused)
		}
		p.Number = given
		t.nowAsked(&p, d.Membership)
		if p.Number == "" {
			if p.Number, err = t.freeNumber(ctx, actor.Org); err != nil {
				return err
			}
		}
		if err := t.insertProfile(ctx, actor.Org, p, invite.Contact{}); err != nil {
			return err
		}
		if c != (invite.Contact{}) {
			if err := t.setContact(ctx, actor.Org, p.ID, c); err != nil {
				return err
			}
		}
		if err := t.admit(ctx, actor.Org, p.ID, d, way); err != nil {
			return err
		}
		for _, site := range sites {
			if err := t.join(ctx, actor.Org, site, p); err != nil {
				return err
			}
		}
		if err := t.audit(ctx, actor, "add-profile", string(p.ID)); err != nil {
			return err
		}
		return s.inviteProvisioned(ctx, t, actor, p.ID)
	})
	if err != nil {
		return attendance.Profile{}, d, err
	}
	return p, d, nil
}

// insertProfile puts somebody into the table who is no member yet.
func (t *tx) insertProfile(ctx context.Context, org attendance.OrgID, p attendance.Profile, c invite.Contact) error {
	_, err := t.ExecContext(ctx, `INSERT INTO profiles (id, org, number, first_name, last_name, language, blocked, created_at, changed_at, sort_key, search, email, phone, external_id)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`, p.ID, org, p.Number, p.FirstName, p.LastName, p.Language, p.Blocked,
		micros(t.now), micros(t.now), sortKey(p), searchText(p), c.Email, c.Phone, c.ExternalID)
	if err != nil {
		return taken(err, "number", "add person")
	}
	return nil
}

// inviteProvisioned invites people whom a token with the box ticked has created.
func (s *Store) inviteProvisioned(ctx context.Context, t *tx, actor access.Actor, ids ...attendance.ProfileID) error {
	if !actor.AutoInvite {
		return nil
	}
	policy, err := s.policy(ctx, t, actor.Org)
	if err != nil {
		return err
	}
	return t.ask(ctx, actor, attendance.NewID[invite.BatchID](), invite.Order{Event: invite.Invite, To: invite.Selection{IDs: ids}}, policy)
}

// ChangeProfile replaces a person's names, number, language and block, and which
// of the sites within the actor's reach they belong to; sites out of reach stay
// as they are. The photo is SetPhoto's. An empty number keeps the one there is.
func (s *Store) ChangeProfile(ctx context.Context, actor access.Actor, p attendance.Profile, sites []attendance.SiteID) error {
	if err := actor.Require(access.ManageRoster); err != nil {
		return err
	}
	if err := cleanProfile(&p); err != nil {
		return err
	}
	sites, err := cleanSites(sites)
	if err != nil {
		return err
	}
	return s.EditProfile(ctx, actor, p.ID, func(m *attendance.Member) error {
		m.Profile, m.Sites = p, sites
		return nil
	})
}

// EditProfile is ChangeProfile by what edit makes of the person as they are at that
// moment. Nobody else's change comes between; an error of edit leaves everything as
// it is. It may be called twice.
func (s *Store) EditProfile(ctx context.Context, actor access.Actor, id attendance.ProfileID, edit func(*attendance.Member) error) error {
	if err := actor.Require(access.ManageRoster); err != nil {
		return err
	}
	return s.change(ctx, func(t *tx) error {
		old, err := findMember(ctx, t, actor, id)
		if err != nil {
			return err
		}
		m := old
		m.Sites, m.Cards = slices.Clone(old.Sites), slices.Clone(old.Cards)
		if err := edit(&m); err != nil {
			return err
		}
		p := m.Profile
		p.ID = id
		if err := cleanProfile(&p); err != nil {
			return err
		}
		sites, err := cleanSites(m.Sites)
		if err != nil {
			return err
		}
		if err := checkSites(ctx, t, actor, sites); err != nil {
			return err
		}
		p.Photo, p.JoinWaits, p.Invitation = old.Profile.Photo, old.Profile.JoinWaits, old.Profile.Invitation
		if p.Number == "" {
			p.Number = old.Profile.Number
		}
		if p == old.Profile && slices.Equal(sites, old.Sites) {
			return nil
		}
		if err := t.saveProfile(ctx, actor.Org, p); err != nil {
			return err
		}
		if err := t.moveProfile(ctx, actor.Org, old, p, sites); err != nil {
			return err
		}
		if err := t.assigned(ctx, actor, old, sites); err != nil {
			return err
		}
		return t.audit(ctx, actor, "change-profile", string(p.ID))
	})
}

func (t *tx) saveProfile(ctx context.Context, org attendance.OrgID, p attendance.Profile) error {
	_, err := t.ExecContext(ctx, `UPDATE profiles SET number = ?, first_name = ?, last_name = ?, language = ?, photo = ?, blocked = ?,
		changed_at = ?, sort_key = ?, search = ? WHERE id = ? AND org = ?`,
		p.Number, p.FirstName, p.LastName, p.Language, p.Photo, p.Blocked, micros(t.now), sortKey(p), searchText(p), p.ID, org)
	if err != nil {
		return taken(err, "number", "change person")
	}
	return nil
}

// moveProfile takes a person from the sites in old to sites, and tells the feeds
// of all their sites what has changed.
func (t *tx) moveProfile(ctx context.Context, org attendance.OrgID, old attendance.Member, p attendance.Profile, sites []attendance.SiteID) error {
	for _, site := range old.Sites {
		if !slices.Contains(sites, site) {
			if err := t.leave(ctx, org, site, p); err != nil {
				return err
			}
		}
	}
	if p != old.Profile {
		if err := t.feedPerson(ctx, p); err != nil {
			return err
		}
	}
	for _, site := range sites {
		if !slices.Contains(old.Sites, site) {
			if err := t.join(ctx, org, site, p); err != nil {
				return err
			}
		}
	}
	left, err := t.sitesOf(ctx, p.ID)
	if err == nil && len(left) == 0 {
		err = access.Invalid{Field: "sites", Problem: access.Required}
	}
	return err
}

// RemoveProfile takes a person out of the roster: their cards end, their photo
// goes, tablets forget them. Their punches stay, with their name. Somebody who
// also belongs to a site out of the actor's reach can't be removed by the actor:
// ErrForbidden.
func (s *Store) RemoveProfile(ctx context.Context, actor access.Actor, id attendance.ProfileID) error {
	return s.RemoveProfileIf(ctx, actor, id, func(attendance.Member) error { return nil })
}

// RemoveProfileIf is RemoveProfile unless same, called with the person as they are
// at that moment, returns an error. It may be called twice.
func (s *Store) RemoveProfileIf(ctx context.Context, actor access.Actor, id attendance.ProfileID, same func(attendance.Member) error) error {
	if err := actor.Require(access.ManageRoster); err != nil {
		return err
	}
	return s.change(ctx, func(t *tx) error {
		m, err := findMember(ctx, t, actor, id)
		if err != nil {
			return err
		}
		if err := same(m); err != nil {
			return err
		}
		sites, err := t.sitesOf(ctx, id)
		if err != nil {
			return err
		}
		if len(sites) != len(m.Sites) {
			return access.ErrForbidden
		}
		if err := t.removeProfile(ctx, actor, m, sites); err != nil {
			return err
		}
		return t.audit(ctx, actor, "remove-profile", string(id))
	})
}

func (t *tx) removeProfile(ctx context.Context, actor access.Actor, m attendance.Member, sites []attendance.SiteID) error {
	org := actor.Org
	if err := t.forgetFaceID(ctx, actor, m.Profile.ID); err != nil {
		return err
	}
	for _, c := range m.Cards {
		if c.To.IsZero() || c.To.After(t.now) {
			if err := t.endCard(ctx, org, c, t.now); err != nil {
				return err
			}
		}
	}
	for _, site := range sites {
		if err := t.leave(ctx, org, site, m.Profile); err != nil {
			return err
		}
	}
	_, err := t.ExecContext(ctx, `UPDATE profiles SET removed_at = ?, changed_at = ?, photo = '', search = '' WHERE id = ? AND org = ?`,
		micros(t.now), micros(t.now), m.Profile.ID, org)
	if err != nil {
		return fmt.Errorf("remove person: %w", err)
	}
	if err := t.dropFromDirectory(ctx, m.Profile.ID); err != nil {
		return err
	}
	return t.dropPhoto(ctx, org, m.Profile.Photo)
}
