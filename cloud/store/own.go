package store

import (
	"context"
	"database/sql"
	"fmt"

	"muster/access"
	"muster/attendance"
	"muster/invite"
)

// Own returns what a person sees of themselves.
func (s *Store) Own(ctx context.Context, self invite.Self) (invite.Own, error) {
	var o invite.Own
	err := s.view(ctx, func(q querier) error {
		o = invite.Own{}
		p := &o.Profile
		var details, passwordAt, active int64
		var hash string
		err := q.QueryRowContext(ctx, `SELECT p.id, p.number, p.first_name, p.last_name, p.language, p.photo, p.blocked, p.membership = 'invited', p.email, p.phone, p.external_id,
			p.account, p.delivery, p.membership, p.active_at, o.name, COALESCE(a.password, ''), COALESCE(a.password_at, 0), COALESCE(a.details_at, 0)
			FROM profiles p JOIN orgs o ON o.id = p.org LEFT JOIN accounts a ON a.profile = p.id WHERE p.id = ? AND p.org = ? AND p.removed_at = 0`,
			self.Profile, self.Org).Scan(&p.ID, &p.Number, &p.FirstName, &p.LastName, &p.Language, &p.Photo, &p.Blocked, &p.JoinWaits, &o.Contact.Email, &o.Contact.Phone,
			&o.Contact.ExternalID, &o.State.Account, &o.State.Delivery, &o.State.Membership, &active, &o.Organisation, &hash, &passwordAt, &details)
		if err != nil {
			return known(err)
		}
		if err := q.QueryRowContext(ctx, `SELECT count(*) FROM profiles p JOIN accounts a ON a.proven = p.email WHERE a.profile = ? AND a.org = ? AND a.proven != ''
			AND p.membership = 'invited' AND p.account IN ('inactive', 'invited') AND p.removed_at = 0`, self.Profile, self.Org).Scan(&o.Waiting); err != nil {
			return err
		}
		o.PasswordSet, o.Active = fromMicros(passwordAt), fromMicros(active)
		policy, err := findPolicy(ctx, q, self.Org)
		if err != nil {
			return err
		}
		o.Region, o.Wanted = policy.Region, invite.Steps{Password: true, Details: policy.Details, Photo: policy.Photo}
		o.Steps = invite.Steps{Password: hash == "", Details: policy.Details && details == 0, Photo: policy.Photo && p.Photo == ""}
		if o.Sites, err = ownSites(ctx, q, self); err != nil {
			return err
		}
		if o.Changes, err = contactChanges(ctx, q, s.now(), self.Org, self.Profile); err != nil {
			return err
		}
		o.Cards, err = findCards(ctx, q, &where{sql: ` WHERE org = ? AND profile = ?`, args: []any{self.Org, self.Profile}})
		return err
	})
	if err != nil {
		return invite.Own{}, fmt.Errorf("own data: %w", err)
	}
	return o, nil
}

func ownSites(ctx context.Context, q querier, self invite.Self) ([]attendance.Site, error) {
	return collect(ctx, q, func(r *sql.Rows, s *attendance.Site) error {
		return r.Scan(&s.ID, &s.Org, &s.Name, &s.TimeZone, &s.Language)
	}, `SELECT s.id, s.org, s.name, s.time_zone, s.language FROM profile_sites m JOIN sites s ON s.id = m.site WHERE m.profile = ? AND s.org = ? ORDER BY s.name, s.id`,
		self.Profile, self.Org)
}

// ChangeOwnDetails changes how a person is reached and addressed, and notes that
// they have gone through their data. It returns what is left to do. Another address or
// number takes the present password: ErrForbidden, access.Locked, or Invalid where it is
// missing. What messages go to then waits for a code; see ConfirmOwnContact.
func (s *Store) ChangeOwnDetails(ctx context.Context, self invite.Self, d invite.Details) (invite.Steps, error) {
	c := invite.Contact{Email: d.Email, Phone: d.Phone}
	if err := first(cleanContact(&c), cleanLanguage(&d.Language)); err != nil {
		return invite.Steps{}, err
	}
	proof, err := s.proveOwnReach(ctx, self, c, d.Current)
	if err != nil {
		return invite.Steps{}, err
	}
	return s.step(ctx, self, func(t *tx) error {
		policy, err := s.policy(ctx, t, self.Org)
		if err != nil {
			return err
		}
		if err := t.setOwnLanguage(ctx, self, d.Language); err != nil {
			return err
		}
		if err := t.changeOwnReach(ctx, self, c, proof, policy.SMS); err != nil {
			return err
		}
		t.newsOfInvitation(self.Org, self.Profile)
		return t.confirmDetails(ctx, self)
	})
}

// SetOwnLanguage changes the language that a person is spoken to, in the portal,
// at tablets and in messages.
func (s *Store) SetOwnLanguage(ctx context.Context, self invite.Self, language string) error {
	if err := cleanLanguage(&language); err != nil {
		return err
	}
	_, err := s.step(ctx, self, func(t *tx) error { return t.setOwnLanguage(ctx, self, language) })
	return err
}

func (t *tx) setOwnLanguage(ctx context.Context, self invite.Self, language string) error {
	p, err := t.ownProfile(ctx, self)
	if err != nil || p.Language == language {
		return err
	}
	p.Language = language
	if err := t.saveProfile(ctx, self.Org, p); err != nil {
		return err
	}
	return t.feedPerson(ctx, p)
}

func (t *tx) ownProfile(ctx context.Context, self invite.Self) (attendance.Profile, error) {
	people, err := findPeople(ctx, t, &where{sql: ` WHERE p.org = ? AND p.removed_at = 0 AND p.id = ?`, args: []any{self.Org, self.Profile}}, 1)
	if err != nil {
		return attendance.Profile{}, err
	}
	if len(people) == 0 {
		return attendance.Profile{}, access.ErrNotFound
	}
	return people[0].profile, nil
}

// SetOwnPhoto is SetPhoto for a person's own one. nil takes it away, which is
// ErrForbidden where the organisation wants one.
func (s *Store) SetOwnPhoto(ctx context.Context, self invite.Self, image []byte) (invite.Steps, error) {
	o, err := s.Own(ctx, self)
	if err != nil {
		return invite.Steps{}, err
	}
	if !o.State.SignsIn() || image == nil && o.Wanted.Photo {
		return invite.Steps{}, access.ErrForbidden
	}
	photo, jpeg, err := s.portraitOf(ctx, image)
	if err != nil {
		return invite.Steps{}, err
	}
	return s.step(ctx, self, func(t *tx) error {
		p, err := t.ownProfile(ctx, self)
		if err != nil || p.Photo == photo {
			return err
		}
		return t.setPhoto(ctx, self.Org, p, photo, jpeg)
	})
}

// OwnPhoto returns the JPEG of a person's photo.
func (s *Store) OwnPhoto(ctx context.Context, self invite.Self) ([]byte, error) {
	var jpeg []byte
	err := s.read.QueryRowContext(ctx, `SELECT f.jpeg FROM profiles p JOIN photos f ON f.org = p.org AND f.id = p.photo
		WHERE p.id = ? AND p.org = ? AND p.removed_at = 0`, self.Profile, self.Org).Scan(&jpeg)
	if err != nil {
		return nil, fmt.Errorf("own photo: %w", known(err))
	}
	return jpeg, nil
}
