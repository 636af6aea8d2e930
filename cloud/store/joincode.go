package store

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"database/sql"
	"fmt"
	"time"

	"muster/access"
	"muster/attendance"
	"muster/invite"
)

// maxJoinLife is how long a join link or key may be good that ends at all.
const maxJoinLife = 2 * 365 * 24 * time.Hour

func findJoinCodes(ctx context.Context, q querier, org attendance.OrgID) (map[invite.Way]invite.JoinCode, error) {
	found, err := collect(ctx, q, scanJoinCode, joinCodeColumns+` WHERE org = ?`, org)
	if err != nil {
		return nil, fmt.Errorf("read join codes: %w", err)
	}
	codes := map[invite.Way]invite.JoinCode{}
	for _, c := range found {
		codes[c.Way] = c.JoinCode
	}
	return codes, nil
}

// joinCode is a code with the organisation that it leads to.
type joinCode struct {
	invite.JoinCode
	org attendance.OrgID
}

const joinCodeColumns = `SELECT org, way, code, site, uses, created_at, expires_at FROM join_codes`

func scanJoinCode(r *sql.Rows, c *joinCode) error {
	var created, expires int64
	err := r.Scan(&c.org, &c.Way, &c.Code, &c.Site, &c.Uses, &created, &expires)
	c.Created, c.Expires = fromMicros(created), fromMicros(expires)
	return err
}

// DrawJoinCode draws a new join link (invite.ByLink) or join key (invite.ByKey);
// the one before is good no more. People who come in by it belong to the site,
// where one is named. A zero end is none.
func (s *Store) DrawJoinCode(ctx context.Context, actor access.Actor, way invite.Way, site attendance.SiteID, expires time.Time) (invite.JoinCode, error) {
	if err := actor.Require(access.ManageSites); err != nil {
		return invite.JoinCode{}, err
	}
	c := invite.JoinCode{Way: way, Site: site, Expires: fromMicros(micros(expires))}
	switch way {
	case invite.ByLink:
		c.Code = rand.Text()
	case invite.ByKey:
		c.Code = invite.FormatCode(invite.NewCode())
	default:
		return invite.JoinCode{}, access.Invalid{Field: "way", Problem: access.Unknown}
	}
	err := s.change(ctx, func(t *tx) error {
		if !expires.IsZero() && (!expires.After(t.now) || expires.After(t.now.Add(maxJoinLife))) {
			return access.Invalid{Field: "expires", Problem: access.OutOfRange}
		}
		if site != "" {
			if err := checkSites(ctx, t, actor, []attendance.SiteID{site}); err != nil {
				return err
			}
		}
		l, err := findLicence(ctx, t, actor.Org)
		if err != nil {
			return err
		}
		if l.Type.Fits(way) == invite.NotAllowed {
			return access.Invalid{Field: "way", Problem: access.Unknown}
		}
		c.Created = fromMicros(micros(t.now))
		_, err = t.ExecContext(ctx, `INSERT INTO join_codes (org, way, code, hash, site, created_at, expires_at) VALUES (?, ?, ?, ?, ?, ?, ?)
			ON CONFLICT (org, way) DO UPDATE SET code = excluded.code, hash = excluded.hash, site = excluded.site, uses = 0,
			created_at = excluded.created_at, expires_at = excluded.expires_at`,
			actor.Org, way, c.Code, hashSecret(plainCode(c.Code)), site, micros(t.now), micros(expires))
		if err != nil {
			return fmt.Errorf("draw a join code: %w", err)
		}
		return t.audit(ctx, actor, "draw-join-code", string(way))
	})
	if err != nil {
		return invite.JoinCode{}, err
	}
	return c, nil
}

// plainCode is the form in which a join code is compared: a key however it was
// typed, a link as it is.
func plainCode(typed string) string {
	if key := invite.ParseCode(typed); key != "" {
		return key
	}
	return typed
}

// joinCode finds the organisation of a code that lets in now. Whether it is
// unknown, replaced, over or switched off isn't told: all are ErrNotFound.
func (t *tx) joinCode(ctx context.Context, typed string) (joinCode, error) {
	found, err := collect(ctx, t, scanJoinCode, joinCodeColumns+` WHERE hash = ?`, hashSecret(plainCode(typed)))
	if err != nil {
		return joinCode{}, fmt.Errorf("look up a join code: %w", err)
	}
	if len(found) == 0 || subtle.ConstantTimeCompare([]byte(plainCode(found[0].Code)), []byte(plainCode(typed))) != 1 || !found[0].Good(t.now) {
		return joinCode{}, access.ErrNotFound
	}
	c := found[0]
	l, err := findLicence(ctx, t, c.org)
	if err != nil {
		return joinCode{}, err
	}
	on, err := waysOn(ctx, t, c.org, l.Type)
	if err != nil {
		return joinCode{}, err
	}
	if !(invite.Access{Licence: l, On: on}).Open(c.Way) {
		return joinCode{}, access.ErrNotFound
	}
	return c, nil
}

// Entrance tells where a join link leads. It lets nobody in. self is who asks;
// the zero Self is somebody who isn't signed in.
func (s *Store) Entrance(ctx context.Context, self invite.Self, code string) (invite.Entrance, error) {
	var e invite.Entrance
	err := s.change(ctx, func(t *tx) error {
		c, err := t.joinCode(ctx, code)
		if err != nil {
			return err
		}
		e = invite.Entrance{Way: c.Way}
		if err := t.QueryRowContext(ctx, `SELECT name FROM orgs WHERE id = ?`, c.org).Scan(&e.Organisation); err != nil {
			return known(err)
		}
		a, err := t.admissions(ctx, access.Actor{Org: c.org}, c.Way)
		if err != nil {
			return err
		}
		e.Refused = a.one(invite.Outside, false).Refused
		if self.Profile == "" {
			return nil
		}
		i, err := findIdentity(ctx, t, self)
		if err != nil {
			return err
		}
		there, err := t.profileIn(ctx, self, i, c.org)
		e.Member = there.State.Membership == invite.Accepted && there.State.Account != invite.Inactive && there.State.Account != invite.Invited
		return err
	})
	if err != nil {
		return invite.Entrance{}, fmt.Errorf("entrance: %w", err)
	}
	return e, nil
}

// JoinByCode makes a member of somebody who is signed in and has a join key or a
// join link; entering it is their yes, so it works at once, after a no as well.
// Whoever is a member already stays one, and no seat and no use is counted. Wrong
// codes are counted by person: after five in a row access.Locked.
func (s *Store) JoinByCode(ctx context.Context, self invite.Self, code string) (invite.Self, error) {
	guess := "join code " + string(self.Profile)
	if err := s.countFailure(ctx, addressKey(guess)); err != nil {
		return invite.Self{}, err
	}
	var to invite.Self
	err := s.change(ctx, func(t *tx) error {
		c, err := t.joinCode(ctx, code)
		if err != nil {
			return err
		}
		if err := t.forgetFailures(ctx, guess); err != nil {
			return err
		}
		i, err := findIdentity(ctx, t, self)
		if err != nil {
			return err
		}
		to, err = t.comeIn(ctx, self, i, c.org, c.Way, c.Site)
		return err
	})
	if err != nil {
		return invite.Self{}, fmt.Errorf("join by code: %w", err)
	}
	return to, nil
}

// profileIn finds who somebody is in an organisation; the zero Standing: nobody.
func (t *tx) profileIn(ctx context.Context, self invite.Self, i identity, org attendance.OrgID) (invite.Standing, error) {
	found, err := collect(ctx, t, func(r *sql.Rows, s *invite.Standing) error {
		s.Self.Org = org
		return r.Scan(&s.Self.Profile, &s.State.Account, &s.State.Delivery, &s.State.Membership, &s.Added)
	}, `SELECT p.id, p.account, p.delivery, p.membership, p.added FROM profiles p LEFT JOIN accounts a ON a.profile = p.id
		WHERE p.org = ? AND p.removed_at = 0 AND (p.id = ? OR a.person = ? AND a.person != ''
			OR p.email = ? AND p.email != '' AND p.account IN ('inactive', 'invited', 'deactivated'))
		ORDER BY CASE p.account WHEN 'deactivated' THEN 0 WHEN 'active' THEN 1 WHEN 'claiming' THEN 2 ELSE 3 END, p.id LIMIT 1`,
		org, self.Profile, i.person, i.proven)
	if err != nil {
		return invite.Standing{}, fmt.Errorf("look for a person: %w", err)
	}
	if len(found) == 0 {
		return invite.Standing{}, nil
	}
	return found[0], nil
}

// comeIn makes a member of somebody who comes of their own. Whom the organisation
// has ended stays out.
func (t *tx) comeIn(ctx context.Context, self invite.Self, i identity, org attendance.OrgID, way invite.Way, site attendance.SiteID) (invite.Self, error) {
	if !i.state.SignsIn() || i.hash == "" {
		return invite.Self{}, access.ErrForbidden
	}
	there, err := t.profileIn(ctx, self, i, org)
	if err != nil {
		return invite.Self{}, err
	}
	switch {
	case there.State.Account == invite.Deactivated:
		return invite.Self{}, access.ErrForbidden
	case there.State.SignsIn() && there.State.Membership == invite.Accepted:
		return there.Self, nil
	}
	if m := there.State.Membership; there.Self.Profile == "" || m == invite.Outside || m == invite.Rejected {
		if err := t.seatFor(ctx, org, way); err != nil {
			return invite.Self{}, err
		}
	}
	if there.Self.Profile == "" {
		if there.Self, err = t.newMember(ctx, i, org, site); err != nil {
			return invite.Self{}, err
		}
	}
	if err := t.asOnePerson(ctx, self, &i); err != nil {
		return invite.Self{}, err
	}
	if _, err := t.ExecContext(ctx, `UPDATE profiles SET added = ?, way = ? WHERE id = ? AND org = ?`, invite.AddedSelf, way, there.Self.Profile, org); err != nil {
		return invite.Self{}, fmt.Errorf("come in: %w", err)
	}
	if err := t.takeSeat(ctx, i, there.Self); err != nil {
		return invite.Self{}, err
	}
	if way == invite.ByLink || way == invite.ByKey {
		if _, err := t.ExecContext(ctx, `UPDATE join_codes SET uses = uses + 1 WHERE org = ? AND way = ?`, org, way); err != nil {
			return invite.Self{}, fmt.Errorf("count a use: %w", err)
		}
	}
	return there.Self, t.audit(ctx, access.Actor{Org: org}, "join-by-"+string(way), string(there.Self.Profile))
}

// newMember puts somebody into an organisation's roster with the name and the
// address of the account that they came with.
func (t *tx) newMember(ctx context.Context, i identity, org attendance.OrgID, site attendance.SiteID) (invite.Self, error) {
	p := i.profile
	p.ID = attendance.NewID[attendance.ProfileID]()
	var err error
	if p.Number, err = t.freeNumber(ctx, org); err != nil {
		return invite.Self{}, err
	}
	// Where the address stands on a profile that somebody claimed otherwise, it stays
	// there: nobody is kept out by it.
	email := i.proven
	if holder, err := t.addressee(ctx, org, p.ID, email); err != nil {
		return invite.Self{}, err
	} else if holder != "" {
		email = ""
	}
	if err := t.insertProfile(ctx, org, p, invite.Contact{Email: email}); err != nil {
		return invite.Self{}, err
	}
	if site != "" {
		if err := t.join(ctx, org, site, p); err != nil {
			return invite.Self{}, err
		}
	}
	return invite.Self{Org: org, Profile: p.ID}, nil
}
