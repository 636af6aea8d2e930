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

// Letterhead returns what messages of an organisation have in common. It is for
// whoever sends them.
func (s *Store) Letterhead(ctx context.Context, org attendance.OrgID) (invite.Letterhead, error) {
	var h invite.Letterhead
	err := s.view(ctx, func(q querier) (err error) {
		if err = q.QueryRowContext(ctx, `SELECT name FROM orgs WHERE id = ?`, org).Scan(&h.Organisation); err != nil {
			return known(err)
		}
		if h.Policy, err = s.policy(ctx, q, org); err != nil {
			return err
		}
		if h.Style, err = findStyle(ctx, q, org); err != nil {
			return err
		}
		h.Templates, err = findTemplates(ctx, q, org)
		return err
	})
	if err != nil {
		return invite.Letterhead{}, fmt.Errorf("letterhead: %w", err)
	}
	return h, nil
}

// Templates returns the texts that the actor's organisation wrote; for what is
// not there the standard ones go out.
func (s *Store) Templates(ctx context.Context, actor access.Actor) (map[invite.TemplateKey]invite.Template, error) {
	if err := actor.Require(access.ReadRoster); err != nil {
		return nil, err
	}
	return findTemplates(ctx, s.read, actor.Org)
}

func findTemplates(ctx context.Context, q querier, org attendance.OrgID) (map[invite.TemplateKey]invite.Template, error) {
	all := map[invite.TemplateKey]invite.Template{}
	_, err := collect(ctx, q, func(r *sql.Rows, _ *struct{}) error {
		var k invite.TemplateKey
		var t invite.Template
		err := r.Scan(&k.Event, &k.Channel, &k.Language, &t.Subject, &t.Body)
		all[k] = t
		return err
	}, `SELECT kind, channel, language, subject, body FROM templates WHERE org = ?`, org)
	if err != nil {
		return nil, fmt.Errorf("read templates: %w", err)
	}
	return all, nil
}

// SetTemplate keeps a text that an admin wrote; nil goes back to the standard one.
// A text that can't be sent is *invite.BadTemplate.
func (s *Store) SetTemplate(ctx context.Context, actor access.Actor, k invite.TemplateKey, text *invite.Template) error {
	if err := actor.Require(access.ManageSites); err != nil {
		return err
	}
	if err := cleanTemplate(k, text); err != nil {
		return err
	}
	return s.EditTemplate(ctx, actor, k, func(*invite.Template) (*invite.Template, error) { return text, nil })
}

// EditTemplate is SetTemplate with what edit makes of the text that an admin wrote
// before, nil for none; see EditProfile.
func (s *Store) EditTemplate(ctx context.Context, actor access.Actor, k invite.TemplateKey, edit func(now *invite.Template) (*invite.Template, error)) error {
	if err := actor.Require(access.ManageSites); err != nil {
		return err
	}
	return s.change(ctx, func(t *tx) error {
		all, err := findTemplates(ctx, t, actor.Org)
		if err != nil {
			return err
		}
		var now *invite.Template
		if one, ok := all[k]; ok {
			now = &one
		}
		text, err := edit(now)
		if err != nil {
			return err
		}
		if err := cleanTemplate(k, text); err != nil {
			return err
		}
		if text == nil {
			_, err = t.ExecContext(ctx, `DELETE FROM templates WHERE org = ? AND kind = ? AND channel = ? AND language = ?`, actor.Org, k.Event, k.Channel, k.Language)
		} else {
			_, err = t.ExecContext(ctx, `INSERT INTO templates (org, kind, channel, language, subject, body, changed_at) VALUES (?, ?, ?, ?, ?, ?, ?)
				ON CONFLICT (org, kind, channel, language) DO UPDATE SET subject = excluded.subject, body = excluded.body, changed_at = excluded.changed_at`,
				actor.Org, k.Event, k.Channel, k.Language, text.Subject, text.Body, micros(t.now))
		}
		if err != nil {
			return fmt.Errorf("keep template: %w", err)
		}
		return t.audit(ctx, actor, "set-template", string(k.Event)+" "+string(k.Channel)+" "+k.Language)
	})
}

// cleanTemplate checks a text, where there is one, and what it is for.
func cleanTemplate(k invite.TemplateKey, text *invite.Template) error {
	switch {
	case k.Event != invite.Invite && k.Event != invite.Chase:
		return access.Invalid{Field: "event", Problem: access.Unknown}
	case k.Channel != invite.Email && k.Channel != invite.SMS:
		return access.Invalid{Field: "channel", Problem: access.Unknown}
	case !slices.Contains(attendance.Languages, k.Language):
		return access.Invalid{Field: "language", Problem: access.Unknown}
	case text == nil:
		return nil
	}
	return text.Check(k.Channel)
}
