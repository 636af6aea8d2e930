package store

import (
	"context"
	"fmt"
	"slices"

	"muster/attendance"
)

// A site that somebody has is theirs by hand, by a list, by a link, or it is their
// groups'. What they had before a group came stays when they leave it: nobody asked the
// directory about that. What only groups gave goes with the last of them. A cloud of an
// earlier version marks nothing; what it gives is taken away as a group's where a group
// gives it too.

// ofGroups returns those of these sites that somebody has by groups alone.
func ofGroups(ctx context.Context, q querier, id attendance.ProfileID, sites []attendance.SiteID) ([]attendance.SiteID, error) {
	if len(sites) == 0 {
		return nil, nil
	}
	all, err := collect(ctx, q, scanOne[attendance.SiteID], `SELECT site FROM profile_sites WHERE profile = ? AND NOT by_hand AND site IN (SELECT value FROM json_each(?))`, id, list(sites))
	if err != nil {
		return nil, fmt.Errorf("which sites are by groups: %w", err)
	}
	return all, nil
}

// givenByGroup notes of the sites that somebody has since just now that groups gave
// them.
func (t *tx) givenByGroup(ctx context.Context, before attendance.Member, now []attendance.SiteID) error {
	fresh := slices.DeleteFunc(slices.Clone(now), func(s attendance.SiteID) bool { return slices.Contains(before.Sites, s) })
	if len(fresh) == 0 {
		return nil
	}
	_, err := t.ExecContext(ctx, `UPDATE profile_sites SET by_hand = FALSE WHERE profile = ? AND site IN (SELECT value FROM json_each(?))`, before.Profile.ID, list(fresh))
	if err != nil {
		return fmt.Errorf("note who gave a site: %w", err)
	}
	return nil
}
