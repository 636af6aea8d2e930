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

const (
	// MaxRoster is how many people one sync may name.
	MaxRoster = 100_000
	// rosterChunk is how many are written at once: others get their turn between.
	rosterChunk = 200
	// fewRemoved may always be missing from a full list; more than half of those
	// that were on it may not, unless whoever calls says that it is meant.
	fewRemoved = 20
)

// RosterSync says how a list that another system keeps is taken in.
type RosterSync = invite.RosterSync

// SyncRoster brings the roster in line with a list that another system keeps. A
// person is known by the external id, so the same list twice changes nothing the
// second time. Each entry stands for itself: one that is refused says why, the
// others go on. Outcomes are in the order of the list, removed people behind it.
//
// An entry that names a unit comes in by the directory: its people are members at
// the unit's site while the organisation lets the unit in, and otherwise known
// only. One without is a member at its sites, or known only while it has none.
func (s *Store) SyncRoster(ctx context.Context, actor access.Actor, entries []invite.RosterEntry, how RosterSync) ([]invite.RosterOutcome, error) {
	if err := actor.Require(access.ManageRoster); err != nil {
		return nil, err
	}
	if how.Whole && !actor.Everywhere() {
		return nil, access.ErrForbidden
	}
	if len(entries) == 0 || len(entries) > MaxRoster {
		return nil, access.Invalid{Field: "people", Problem: access.OutOfRange}
	}
	outcomes := make([]invite.RosterOutcome, len(entries))
	entries = slices.Clone(entries)
	ids := make([]string, 0, len(entries))
	seen := make(map[string]bool, len(entries))
	for i := range entries {
		outcomes[i] = cleanEntry(&entries[i], seen)
		ids = append(ids, entries[i].Contact.ExternalID)
	}
	gone, err := s.missing(ctx, actor, ids, how)
	if err != nil {
		return nil, err
	}
	for from := 0; from < len(entries); from += rosterChunk {
		to := min(from+rosterChunk, len(entries))
		if err := s.syncSome(ctx, actor, entries[from:to], outcomes[from:to]); err != nil {
			return outcomes[:from], fmt.Errorf("sync roster, from entry %d: %w", from, err)
		}
	}
	removed, err := s.removeMissing(ctx, actor, gone)
	return append(outcomes, removed...), err
}

// cleanEntry brings an entry into the form it is kept in; what can't be is
// refused.
func cleanEntry(e *invite.RosterEntry, seen map[string]bool) invite.RosterOutcome {
	o := invite.RosterOutcome{ExternalID: e.Contact.ExternalID}
	p := attendance.Profile{FirstName: e.FirstName, LastName: e.LastName, Language: e.Language}
	err := first(cleanContact(&e.Contact), require("external_id", &e.Contact.ExternalID, maxExternalID), cleanProfile(&p), clean("unit", &e.Unit, maxUnit))
	if err == nil {
		e.Sites, err = cleanSites(e.Sites)
	}
	if err == nil && seen[e.Contact.ExternalID] {
		err = access.Invalid{Field: "external_id", Problem: access.Taken}
	}
	if err != nil {
		return refusedEntry(o, err)
	}
	seen[e.Contact.ExternalID] = true
	e.FirstName, e.LastName, e.Language = p.FirstName, p.LastName, p.Language
	return o
}

func refusedEntry(o invite.RosterOutcome, err error) invite.RosterOutcome {
	o.Effect, o.Refused = invite.EntryRefused, invite.BadField
	if invalid, ok := err.(access.Invalid); ok { //nolint:errorlint // made above, never wrapped
		o.Field = invalid.Field
	}
	return o
}

// missing returns who came by an earlier list and isn't on this one. Whom the
// directory itself tells of is its to remove.
func (s *Store) missing(ctx context.Context, actor access.Actor, ids []string, how RosterSync) ([]attendance.ProfileID, error) {
	if !how.Whole {
		return nil, nil
	}
	on := make(map[string]bool, len(ids))
	for _, id := range ids {
		on[id] = true
	}
	type listed struct {
		id       attendance.ProfileID
		external string
	}
	before, err := collect(ctx, s.read, func(r *sql.Rows, l *listed) error { return r.Scan(&l.id, &l.external) },
		`SELECT id, external_id FROM profiles WHERE org = ? AND external_id != '' AND way IN ('roster', 'directory') AND removed_at = 0
		AND NOT EXISTS (SELECT 1 FROM directory_people d WHERE d.profile = profiles.id) ORDER BY id`, actor.Org)
	if err != nil {
		return nil, fmt.Errorf("who is missing: %w", err)
	}
	var gone []attendance.ProfileID
	for _, l := range before {
		if !on[l.external] {
			gone = append(gone, l.id)
		}
	}
	if len(gone) > fewRemoved && len(gone)*2 > len(before) && !how.Meant {
		return nil, fmt.Errorf("%d of %d would be removed: %w", len(gone), len(before), access.ErrConflict)
	}
	return gone, nil
}

func (s *Store) removeMissing(ctx context.Context, actor access.Actor, gone []attendance.ProfileID) ([]invite.RosterOutcome, error) {
	var all []invite.RosterOutcome
	for some := range slices.Chunk(gone, rosterChunk) {
		var removed []invite.RosterOutcome
		err := s.change(ctx, func(t *tx) error {
			removed = removed[:0]
			for _, id := range some {
				m, err := findMember(ctx, t, actor, id)
				if isNotFound(err) {
					continue
				}
				if err != nil {
					return err
				}
				o := invite.RosterOutcome{Profile: id, Effect: invite.EntryRemoved, Membership: invite.Outside}
				if err := t.QueryRowContext(ctx, `SELECT external_id FROM profiles WHERE id = ? AND org = ?`, id, actor.Org).Scan(&o.ExternalID); err != nil {
					return known(err)
				}
				if err := t.removeProfile(ctx, actor, m, m.Sites); err != nil {
					return err
				}
				removed = append(removed, o)
			}
			return t.audit(ctx, actor, "sync-roster", fmt.Sprintf("removed %d", len(removed)))
		})
		if err != nil {
			return all, fmt.Errorf("remove who is missing: %w", err)
		}
		all = append(all, removed...)
	}
	return all, nil
}

// listSync is one chunk on its way into the roster.
type listSync struct {
	*tx
	actor access.Actor
	units map[string]attendance.SiteID
	sites map[attendance.SiteID]bool // within the actor's reach
	by    map[invite.Way]*admissions
}

func (s *Store) syncSome(ctx context.Context, actor access.Actor, entries []invite.RosterEntry, outcomes []invite.RosterOutcome) error {
	before := slices.Clone(outcomes)
	return s.change(ctx, func(t *tx) error {
		copy(outcomes, before)
		var fresh []attendance.ProfileID
		l, err := t.beginList(ctx, actor)
		if err != nil {
			return err
		}
		for i, e := range entries {
			if outcomes[i].Effect != "" {
				continue
			}
			if outcomes[i], err = l.entry(ctx, e, outcomes[i]); err != nil {
				return fmt.Errorf("%q: %w", e.Contact.ExternalID, err)
			}
			if outcomes[i].Effect == invite.EntryCreated && outcomes[i].Membership == invite.Accepted && outcomes[i].Added == invite.AddedNew {
				fresh = append(fresh, outcomes[i].Profile)
			}
		}
		changed := 0
		for _, o := range outcomes {
			if o.Effect == invite.EntryCreated || o.Effect == invite.EntryUpdated {
				changed++
			}
		}
		if changed == 0 {
			return nil
		}
		if err := t.audit(ctx, actor, "sync-roster", fmt.Sprintf("created or changed %d", changed)); err != nil || len(fresh) == 0 {
			return err
		}
		return s.inviteProvisioned(ctx, t, actor, fresh...)
	})
}

func (t *tx) beginList(ctx context.Context, actor access.Actor) (*listSync, error) {
	l := &listSync{tx: t, actor: actor, units: map[string]attendance.SiteID{}, sites: map[attendance.SiteID]bool{}, by: map[invite.Way]*admissions{}}
	units, err := findUnits(ctx, t, actor.Org)
	if err != nil {
		return nil, err
	}
	for _, u := range units {
		l.units[u.Name] = u.Site
	}
	w := inOrg("org", actor).atSite("id", actor)
	sites, err := collect(ctx, t, scanOne[attendance.SiteID], `SELECT id FROM sites`+w.sql, w.args...)
	if err != nil {
		return nil, fmt.Errorf("look up sites: %w", err)
	}
	for _, s := range sites {
		l.sites[s] = true
	}
	for _, way := range []invite.Way{invite.ByRoster, invite.ByDirectory} {
		if l.by[way], err = t.admissions(ctx, actor, way); err != nil {
			return nil, err
		}
	}
	return l, nil
}
