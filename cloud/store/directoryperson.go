package store

import (
	"context"
	"fmt"
	"strings"

	"muster/access"
	"muster/attendance"
	"muster/invite"
)

// cleanDirectoryPerson brings what a directory tells of a person into the form it is
// kept in.
func cleanDirectoryPerson(p *invite.DirectoryPerson) error {
	of := attendance.Profile{FirstName: p.FirstName, LastName: p.LastName, Language: p.Language}
	if err := first(require("user_name", &p.UserName, maxUserName), cleanProfile(&of), cleanContact(&p.Contact)); err != nil {
		return err
	}
	p.FirstName, p.LastName, p.Language = of.FirstName, of.LastName, of.Language
	return nil
}

// ownUserName refuses a name by which somebody else is known.
func (t *tx) ownUserName(ctx context.Context, actor access.Actor, id attendance.ProfileID, name string) error {
	found, err := collect(ctx, t, scanOne[attendance.ProfileID], `SELECT p.id FROM profiles p WHERE p.id != ? AND p.id IN `+knownByUserName+` ORDER BY p.id LIMIT 1`,
		append([]any{id}, userNameArgs(actor.Org, name)...)...)
	if err != nil {
		return fmt.Errorf("look whose a user name is: %w", err)
	}
	if len(found) > 0 {
		return access.Invalid{Field: "user_name", Problem: access.Taken, Holder: found[0]}
	}
	return nil
}

// ownExternalID refuses another system's name for a person that is somebody else's.
func (t *tx) ownExternalID(ctx context.Context, actor access.Actor, id attendance.ProfileID, external string) error {
	if external == "" {
		return nil
	}
	found, err := collect(ctx, t, scanOne[attendance.ProfileID], `SELECT id FROM profiles WHERE org = ? AND external_id = ? AND external_id != '' AND removed_at = 0 AND id != ?`,
		actor.Org, external, id)
	if err != nil {
		return fmt.Errorf("look whose an external id is: %w", err)
	}
	if len(found) > 0 {
		return access.Invalid{Field: "external_id", Problem: access.Taken, Holder: found[0]}
	}
	return nil
}

// freeUserName forgets that a name is that of somebody whom a cloud of an earlier
// version removed: it leaves the row.
func (t *tx) freeUserName(ctx context.Context, org attendance.OrgID, name string) error {
	_, err := t.ExecContext(ctx, `DELETE FROM directory_people WHERE org = ? AND folded = ? AND EXISTS (SELECT 1 FROM profiles p WHERE p.id = directory_people.profile AND p.removed_at != 0)`,
		org, strings.ToLower(name))
	if err != nil {
		return fmt.Errorf("free a user name: %w", err)
	}
	return nil
}

func (t *tx) keepUserName(ctx context.Context, org attendance.OrgID, id attendance.ProfileID, name string) error {
	if err := t.freeUserName(ctx, org, name); err != nil {
		return err
	}
	_, err := t.ExecContext(ctx, `INSERT INTO directory_people (profile, org, user_name, folded, ended, was_blocked, created_at) VALUES (?, ?, ?, ?, FALSE, FALSE, ?)
		ON CONFLICT (profile) DO UPDATE SET user_name = excluded.user_name, folded = excluded.folded`, id, org, name, strings.ToLower(name), micros(t.now))
	if err != nil {
		return taken(err, "user_name", "keep a user name")
	}
	return nil
}

// adopt notes by which name a directory has found somebody, so that it finds them still
// when their address is another. Where that is somebody else's name, their id stands for it.
func (t *tx) adopt(ctx context.Context, org attendance.OrgID, p invite.DirectoryPerson) error {
	if err := t.freeUserName(ctx, org, p.UserName); err != nil {
		return err
	}
	for _, name := range []string{p.UserName, string(p.ID)} {
		_, err := t.ExecContext(ctx, `INSERT INTO directory_people (profile, org, user_name, folded, ended, was_blocked, created_at) VALUES (?, ?, ?, ?, FALSE, FALSE, ?) ON CONFLICT DO NOTHING`,
			p.ID, org, name, strings.ToLower(name), micros(t.now))
		if err != nil {
			return fmt.Errorf("note a user name: %w", err)
		}
	}
	return nil
}

// AddDirectoryPerson adds somebody of whom a directory tells. They are known only,
// and take no seat, until a group or an admin puts them somewhere. What is somebody
// else's already, user name, external id or address, is Invalid: taken.
func (s *Store) AddDirectoryPerson(ctx context.Context, actor access.Actor, p invite.DirectoryPerson) (invite.DirectoryPerson, error) {
	if err := speaksForDirectory(actor); err != nil {
		return invite.DirectoryPerson{}, err
	}
	if err := cleanDirectoryPerson(&p); err != nil {
		return invite.DirectoryPerson{}, err
	}
	var added invite.DirectoryPerson
	err := s.change(ctx, func(t *tx) error {
		if err := first(t.ownUserName(ctx, actor, "", p.UserName), t.ownExternalID(ctx, actor, "", p.Contact.ExternalID), t.ownAddress(ctx, actor, "", p.Contact.Email)); err != nil {
			return err
		}
		of := attendance.Profile{ID: attendance.NewID[attendance.ProfileID](), FirstName: p.FirstName, LastName: p.LastName, Language: p.Language}
		t.nowAsked(&of, invite.Outside)
		var err error
		if of.Number, err = t.freeNumber(ctx, actor.Org); err != nil {
			return err
		}
		if err := t.insertProfile(ctx, actor.Org, of, p.Contact); err != nil {
			return err
		}
		if _, err := t.ExecContext(ctx, `UPDATE profiles SET way = ? WHERE id = ? AND org = ?`, invite.ByDirectory, of.ID, actor.Org); err != nil {
			return fmt.Errorf("add somebody of a directory: %w", err)
		}
		if err := t.keepUserName(ctx, actor.Org, of.ID, p.UserName); err != nil {
			return err
		}
		if !p.Active {
			if err := t.endByDirectory(ctx, actor, of.ID); err != nil {
				return err
			}
		}
		if err := t.audit(ctx, actor, "add-profile", string(of.ID)); err != nil {
			return err
		}
		added, err = findDirectoryPerson(ctx, t, actor, of.ID)
		return err
	})
	return added, err
}

// EditDirectoryPerson changes somebody by what edit makes of them as they are at that
// moment. Nobody else's change comes between; an error of edit leaves everything as it
// is. It may be called twice. Sites that somebody was given by hand stay.
func (s *Store) EditDirectoryPerson(ctx context.Context, actor access.Actor, id attendance.ProfileID, edit func(*invite.DirectoryPerson) error) (invite.DirectoryPerson, error) {
	if err := speaksForDirectory(actor); err != nil {
		return invite.DirectoryPerson{}, err
	}
	var after invite.DirectoryPerson
	err := s.change(ctx, func(t *tx) error {
		now, err := findDirectoryPerson(ctx, t, actor, id)
		if err != nil {
			return err
		}
		p := now
		if err := edit(&p); err != nil {
			return err
		}
		if err := cleanDirectoryPerson(&p); err != nil {
			return err
		}
		fresh, err := t.changeDirectoryPerson(ctx, actor, now, p)
		if err != nil {
			return err
		}
		if err := s.inviteFresh(ctx, t, actor, fresh); err != nil {
			return err
		}
		after, err = findDirectoryPerson(ctx, t, actor, id)
		return err
	})
	return after, err
}

// changeDirectoryPerson returns who is a member by it and has no account yet.
func (t *tx) changeDirectoryPerson(ctx context.Context, actor access.Actor, now, p invite.DirectoryPerson) ([]attendance.ProfileID, error) {
	id, action := now.ID, ""
	if p.UserName != now.UserName || p.Contact != now.Contact || p.FirstName != now.FirstName || p.LastName != now.LastName || p.Language != now.Language || p.Active != now.Active {
		if err := t.adopt(ctx, actor.Org, now); err != nil {
			return nil, err
		}
	}
	if p.UserName != now.UserName {
		if err := t.ownUserName(ctx, actor, id, p.UserName); err != nil {
			return nil, err
		}
		if err := t.keepUserName(ctx, actor.Org, id, p.UserName); err != nil {
			return nil, err
		}
		action = "change-profile"
	}
	if p.Contact != now.Contact {
		if err := t.newContact(ctx, actor, now, p.Contact); err != nil {
			return nil, err
		}
		action = "set-contact"
	}
	if p.FirstName != now.FirstName || p.LastName != now.LastName || p.Language != now.Language {
		m, err := findMember(ctx, t, actor, id)
		if err != nil {
			return nil, err
		}
		of := m.Profile
		of.FirstName, of.LastName, of.Language = p.FirstName, p.LastName, p.Language
		if err := t.saveProfile(ctx, actor.Org, of); err != nil {
			return nil, err
		}
		if err := t.feedPerson(ctx, of); err != nil {
			return nil, err
		}
		action = "change-profile"
	}
	if action != "" {
		if err := t.audit(ctx, actor, action, string(id)); err != nil {
			return nil, err
		}
	}
	switch {
	case now.Active == p.Active:
		return nil, nil
	case !p.Active:
		if err := t.endByDirectory(ctx, actor, id); err != nil {
			return nil, err
		}
		return nil, t.audit(ctx, actor, string(invite.Deactivate)+"-account", string(id))
	}
	fresh, err := t.backByDirectory(ctx, actor, id)
	if err != nil {
		return nil, err
	}
	return fresh, t.audit(ctx, actor, string(invite.Reactivate)+"-account", string(id))
}

func (t *tx) newContact(ctx context.Context, actor access.Actor, now invite.DirectoryPerson, c invite.Contact) error {
	if err := first(t.ownExternalID(ctx, actor, now.ID, c.ExternalID), t.newAddress(ctx, actor, now.ID, c.Email)); err != nil {
		return err
	}
	if err := t.meet(ctx, actor, now.ID, c.Email); err != nil {
		return err
	}
	if err := t.setContact(ctx, actor.Org, now.ID, c); err != nil {
		return err
	}
	t.newsOfInvitation(actor.Org, now.ID)
	return nil
}
