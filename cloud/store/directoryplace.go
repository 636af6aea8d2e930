package store

import (
	"context"
	"fmt"
	"slices"

	"muster/access"
	"muster/attendance"
	"muster/invite"
)

// placing brings people to where their groups put them, in one transaction. It is
// the same workflow as a list's, one person at a time: seats, the switch of the way,
// who said no, what tablets are told.
type placing struct {
	*listSync
	fresh []attendance.ProfileID // members since just now who have no account
}

func (t *tx) placing(ctx context.Context, actor access.Actor) (*placing, error) {
	p := &placing{listSync: &listSync{tx: t, actor: actor, by: map[invite.Way]*admissions{}}}
	for _, way := range []invite.Way{invite.ByDirectory, ""} {
		var err error
		if p.by[way], err = t.admissions(ctx, actor, way); err != nil {
			return nil, err
		}
	}
	return p, nil
}

// groupSites returns the sites of the groups of somebody that are let in.
func groupSites(ctx context.Context, q querier, org attendance.OrgID, id attendance.ProfileID) ([]attendance.SiteID, error) {
	sites, err := collect(ctx, q, scanOne[attendance.SiteID], `SELECT DISTINCT u.site FROM directory_members m JOIN directory_groups g ON g.id = m.unit
		JOIN units u ON u.org = g.org AND u.name = g.name WHERE m.profile = ? AND g.org = ? ORDER BY u.site`, id, org)
	if err != nil {
		return nil, fmt.Errorf("sites of somebody's groups: %w", err)
	}
	return sites, nil
}

// place has somebody at the sites of their groups beside those that they have
// already, but for lost, the sites of groups that put them there no more. What they had
// before the group came isn't lost.
func (p *placing) place(ctx context.Context, id attendance.ProfileID, lost []attendance.SiteID) error {
	org := p.actor.Org
	m, err := findMember(ctx, p, p.actor, id)
	if err != nil {
		return err
	}
	groups, err := groupSites(ctx, p, org, id)
	if err != nil {
		return err
	}
	if lost, err = ofGroups(ctx, p, id, lost); err != nil {
		return err
	}
	want := slices.DeleteFunc(slices.Clone(m.Sites), func(s attendance.SiteID) bool { return slices.Contains(lost, s) })
	want = append(want, groups...)
	slices.Sort(want)
	want = slices.Compact(want)
	if err := p.decide(ctx, m, groups, want); err != nil {
		return err
	}
	people, err := findPeople(ctx, p, &where{sql: ` WHERE p.org = ? AND p.id = ?`, args: []any{org, id}}, 1)
	if err != nil || len(people) == 0 {
		return err
	}
	if err := p.moveSites(ctx, m, people[0].profile, want); err != nil {
		return err
	}
	return p.givenByGroup(ctx, m, want)
}

// decide makes a member of somebody who is to be somewhere, and takes the seat of
// somebody who is to be nowhere any more.
func (p *placing) decide(ctx context.Context, m attendance.Member, groups, want []attendance.SiteID) error {
	org, id := p.actor.Org, m.Profile.ID
	var n newcomer
	var account invite.Account
	var ended bool
	err := p.QueryRowContext(ctx, `SELECT p.email, p.membership, p.account, COALESCE(d.ended, FALSE)`+fromDirectoryPeople+` WHERE p.id = ? AND p.org = ?`, id, org).
		Scan(&n.email, &n.now, &account, &ended)
	if err != nil {
		return fmt.Errorf("how somebody stands: %w", known(err))
	}
	way := invite.Way("")
	if len(groups) > 0 {
		way = invite.ByDirectory
	}
	switch seated := n.now == invite.Accepted || n.now == invite.Asked; {
	case seated && len(want) == 0 && len(m.Sites) > 0:
		return p.admit(ctx, org, id, invite.Admission{Membership: invite.Outside}, "")
	case n.now != invite.Outside || len(want) == 0 || ended:
		return nil // who said no stays so, until somebody adds them again
	}
	all, err := p.by[way].decide(ctx, n)
	if err != nil {
		return err
	}
	if all[0].Refused != "" {
		return access.Invalid{Field: "members", Problem: string(all[0].Refused)}
	}
	if all[0].Membership == invite.Accepted && all[0].Added == invite.AddedNew && account == invite.Inactive {
		p.fresh = append(p.fresh, id)
	}
	return p.admit(ctx, org, id, all[0], way)
}

// roomFor refuses to let people in at once who don't all fit: nobody is in a group by
// half.
func (p *placing) roomFor(ctx context.Context, people []attendance.ProfileID) error {
	a := p.by[invite.ByDirectory]
	if a.shut == "" && a.left < 0 || len(people) == 0 {
		return nil
	}
	var need int
	err := p.QueryRowContext(ctx, `SELECT count(*)`+fromDirectoryPeople+` WHERE p.org = ? AND p.removed_at = 0 AND p.membership = 'outside' AND NOT COALESCE(d.ended, FALSE)
		AND p.id IN (SELECT value FROM json_each(?))`, p.actor.Org, list(people)).Scan(&need)
	switch {
	case err != nil:
		return fmt.Errorf("count who would take a seat: %w", err)
	case need == 0:
		return nil
	case a.shut != "":
		return access.Invalid{Field: "members", Problem: string(a.shut)}
	case need > a.left:
		return access.Invalid{Field: "members", Problem: string(invite.NoSeat)}
	}
	return nil
}

// placeAll places people, a few at a time: others get their turn between. What was
// done before an error stays; the same again does the rest.
func (s *Store) placeAll(ctx context.Context, actor access.Actor, people []attendance.ProfileID, lost []attendance.SiteID, before func(*tx, []attendance.ProfileID) error) error {
	for some := range slices.Chunk(people, rosterChunk) {
		err := s.change(ctx, func(t *tx) error {
			if err := before(t, some); err != nil {
				return err
			}
			return s.placeSome(ctx, t, actor, some, lost)
		})
		if err != nil {
			return fmt.Errorf("place people of a group: %w", err)
		}
	}
	return nil
}

// nothingBefore is for placeAll.
func nothingBefore(*tx, []attendance.ProfileID) error { return nil }

func (s *Store) placeSome(ctx context.Context, t *tx, actor access.Actor, people []attendance.ProfileID, lost []attendance.SiteID) error {
	p, err := t.placing(ctx, actor)
	if err != nil {
		return err
	}
	for _, id := range people {
		if err := p.place(ctx, id, lost); err != nil && !isNotFound(err) { // gone meanwhile
			return err
		}
	}
	return s.inviteFresh(ctx, t, actor, p.fresh)
}

// inviteFresh is inviteProvisioned where there is anybody.
func (s *Store) inviteFresh(ctx context.Context, t *tx, actor access.Actor, fresh []attendance.ProfileID) error {
	if len(fresh) == 0 {
		return nil
	}
	return s.inviteProvisioned(ctx, t, actor, fresh...)
}
