package store

import (
	"context"
	"errors"
	"fmt"

	"muster/access"
	"muster/attendance"
	"muster/invite"
)

// ReadLink tells what a link is good for, without using it up and without noting
// anything. A secret that nobody was sent is ErrNotFound.
func (s *Store) ReadLink(ctx context.Context, secret string) (invite.Link, error) {
	var link invite.Link
	err := s.change(ctx, func(t *tx) (err error) {
		link, _, err = t.link(ctx, secret)
		return err
	})
	return link, err
}

// link finds the message of a secret by its hash, so the time this takes says
// nothing about the secret.
func (t *tx) link(ctx context.Context, secret string) (invite.Link, sentMessage, error) {
	m, err := t.message(ctx, `token = ?`, hashSecret(secret))
	if err != nil {
		return invite.Link{}, m, fmt.Errorf("look up a link: %w", err)
	}
	if m.id == "" {
		return invite.Link{}, m, access.ErrNotFound
	}
	s, latest, err := t.state(ctx, m.org, m.person)
	if err != nil {
		return invite.Link{}, m, err
	}
	link := invite.Link{Self: invite.Self{Org: m.org, Profile: m.person}, Expires: m.expires, State: invite.LinkOf(s, latest == m.id && !m.ended, m.expires, t.now)}
	if link.State == invite.LinkReplaced {
		newest, err := t.message(ctx, `id = ?`, latest)
		if err != nil {
			return invite.Link{}, m, fmt.Errorf("what replaced a link: %w", err)
		}
		if newest.channel == invite.Handout {
			link.State = invite.LinkHandedOut
		}
	}
	var p attendance.Profile
	err = t.QueryRowContext(ctx, `SELECT p.first_name, p.last_name, o.name, o.key, CASE WHEN p.language != '' THEN p.language ELSE
		COALESCE((SELECT MIN(s.language) FROM profile_sites ps JOIN sites s ON s.id = ps.site WHERE ps.profile = p.id), '') END
		FROM profiles p JOIN orgs o ON o.id = p.org WHERE p.id = ? AND p.org = ? AND p.removed_at = 0`, m.person, m.org).
		Scan(&p.FirstName, &p.LastName, &link.Organisation, &link.At, &link.Language)
	if err != nil {
		return invite.Link{}, m, known(err)
	}
	link.Name, link.FirstName = p.Name(), p.FirstName
	policy, err := findPolicy(ctx, t, m.org)
	link.Wanted = invite.Steps{Password: true, Details: policy.Details, Photo: policy.Photo}
	return link, m, err
}

// OpenLink is ReadLink that also notes that the link was opened, perhaps by a mail
// scanner. It claims nothing.
func (s *Store) OpenLink(ctx context.Context, secret string) (invite.Link, error) {
	var link invite.Link
	err := s.change(ctx, func(t *tx) error {
		found, m, err := t.link(ctx, secret)
		if err != nil {
			return err
		}
		link = found
		if link.State != invite.LinkGood {
			return nil
		}
		return t.happens(ctx, m, invite.Open, "", "", t.now)
	})
	return link, err
}

// ErrLink is the error of a link that is good no more; ReadLink tells why.
var ErrLink = errors.New("the link is good no more")

// ClaimLinkWith is what a person's button does, with the password that they chose: either
// both count or neither. A link that isn't good is ErrLink, and a password that doesn't
// meet the standard is Invalid.
func (s *Store) ClaimLinkWith(ctx context.Context, secret, password string) (invite.SignedIn, error) {
	link, err := s.ReadLink(ctx, secret)
	if err != nil {
		return invite.SignedIn{}, err
	}
	if link.State != invite.LinkGood {
		return invite.SignedIn{}, ErrLink
	}
	hash, err := s.newOwnPassword(ctx, link.Self, password)
	if err != nil {
		return invite.SignedIn{}, err
	}
	var in invite.SignedIn
	err = s.change(ctx, func(t *tx) error {
		link, m, err := t.link(ctx, secret) // it may have gone bad meanwhile
		if err != nil {
			return err
		}
		if link.State != invite.LinkGood {
			return ErrLink
		}
		if err := t.happens(ctx, m, invite.Open, "", "", t.now); err != nil {
			return err
		}
		if in, err = t.claim(ctx, link.Self); err != nil {
			return err
		}
		if err := t.claimedAnew(ctx, m); err != nil {
			return err
		}
		if err := t.setOwnPassword(ctx, link.Self, hash); err != nil {
			return err
		}
		if err := t.prove(ctx, m); err != nil {
			return err
		}
		in.Steps, err = t.advance(ctx, link.Self)
		return err
	})
	if err != nil {
		return invite.SignedIn{}, fmt.Errorf("claim by link: %w", err)
	}
	return in, nil
}

// DeclineLink is what the other button does.
func (s *Store) DeclineLink(ctx context.Context, secret string) error {
	err := s.change(ctx, func(t *tx) error {
		link, _, err := t.link(ctx, secret)
		if err != nil {
			return err
		}
		if link.State != invite.LinkGood {
			return ErrLink
		}
		before, _, err := t.state(ctx, link.Self.Org, link.Self.Profile)
		if err != nil {
			return err
		}
		next, err := invite.Next(before, invite.Decline)
		if err != nil {
			return err
		}
		if err := t.put(ctx, link.Self.Org, link.Self.Profile, next); err != nil {
			return err
		}
		if err := t.endLinks(ctx, link.Self.Org, link.Self.Profile, invite.Declined); err != nil {
			return err
		}
		return t.endPassword(ctx, link.Self)
	})
	if err != nil {
		return fmt.Errorf("decline: %w", err)
	}
	return nil
}

// claim takes somebody who has shown who they are to the steps that are left.
func (t *tx) claim(ctx context.Context, self invite.Self) (invite.SignedIn, error) {
	before, _, err := t.state(ctx, self.Org, self.Profile)
	if err != nil {
		return invite.SignedIn{}, err
	}
	if before.Account != invite.Active { // who is active came by a code for a forgotten password
		next, err := invite.Next(before, invite.Claim)
		if err != nil {
			return invite.SignedIn{}, err
		}
		if next.Seated() && !before.Seated() { // a yes after a no, by a link from before
			if err := t.seatFor(ctx, self.Org, ""); err != nil {
				return invite.SignedIn{}, err
			}
		}
		if err := t.put(ctx, self.Org, self.Profile, next); err != nil {
			return invite.SignedIn{}, err
		}
		if next.Membership != before.Membership {
			if err := t.feedStanding(ctx, self.Org, self.Profile); err != nil {
				return invite.SignedIn{}, err
			}
		}
	}
	if _, err := t.ExecContext(ctx, `INSERT INTO accounts (profile, org, claimed_at) VALUES (?, ?, ?)
		ON CONFLICT (profile) DO UPDATE SET claimed_at = CASE WHEN accounts.claimed_at = 0 THEN excluded.claimed_at ELSE accounts.claimed_at END`,
		self.Profile, self.Org, micros(t.now)); err != nil {
		return invite.SignedIn{}, fmt.Errorf("open an account: %w", err)
	}
	steps, err := t.stepsLeft(ctx, self)
	return invite.SignedIn{Self: self, Steps: steps}, err
}
