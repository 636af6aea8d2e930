package store

import (
	"context"
	"fmt"

	"muster/attendance"
	"muster/sync/wire"
)

// profileChange tells what a profile has in itself; see profileChanges.
func profileChange(p attendance.Profile) *wire.Change {
	return &wire.Change{Of: &wire.Change_Profile{Profile: &wire.Profile{
		Id: string(p.ID), Number: p.Number, FirstName: p.FirstName, LastName: p.LastName,
		Language: p.Language, Photo: p.Photo, Blocked: p.Blocked, JoinWaits: p.JoinWaits, Invitation: invitationMessage(p.Invitation),
	}}}
}

func profileKey(id attendance.ProfileID) string { return "profile/" + string(id) }
func photoKey(id string) string                 { return "photo/" + id }

// openCards returns the assignments of a person that are in force, or will be.
func (t *tx) openCards(ctx context.Context, org attendance.OrgID, id attendance.ProfileID) ([]attendance.Card, error) {
	return findCards(ctx, t, &where{sql: ` WHERE org = ? AND profile = ? AND ` + notOver, args: []any{org, id, micros(t.now)}})
}

// join adds a person to a site, and everything that the site's tablets need to
// know of them to the site's feed. The site is theirs whatever groups do, see
// directorysite.go.
func (t *tx) join(ctx context.Context, org attendance.OrgID, site attendance.SiteID, p attendance.Profile) error {
	if _, err := t.ExecContext(ctx, `INSERT INTO profile_sites (profile, site, by_hand) VALUES (?, ?, TRUE)`, p.ID, site); err != nil {
		return fmt.Errorf("add a person to a site: %w", err)
	}
	if err := t.feedPhoto(ctx, org, site, p.Photo); err != nil {
		return err
	}
	changes, err := t.profileChanges(ctx, p)
	if err != nil {
		return err
	}
	if err := t.feed(ctx, site, profileKey(p.ID), changes[0]); err != nil {
		return err
	}
	if err := t.toldOne(ctx, p.ID); err != nil {
		return err
	}
	cards, err := t.openCards(ctx, org, p.ID)
	if err != nil {
		return err
	}
	for _, c := range cards {
		if err := t.feed(ctx, site, cardKey(c), &wire.Change{Of: &wire.Change_Card{Card: cardMessage(c)}}); err != nil {
			return err
		}
	}
	return nil
}

// leave takes a person away from a site; tombstones take the place of what the
// site's tablets knew of them.
func (t *tx) leave(ctx context.Context, org attendance.OrgID, site attendance.SiteID, p attendance.Profile) error {
	if _, err := t.ExecContext(ctx, `DELETE FROM profile_sites WHERE profile = ? AND site = ?`, p.ID, site); err != nil {
		return fmt.Errorf("take a person away from a site: %w", err)
	}
	cards, err := t.openCards(ctx, org, p.ID)
	if err != nil {
		return err
	}
	for _, c := range cards {
		if err := t.feed(ctx, site, cardKey(c), &wire.Change{Of: &wire.Change_CardGone{CardGone: cardMessage(c)}}); err != nil {
			return err
		}
	}
	err = t.feed(ctx, site, profileKey(p.ID), &wire.Change{Of: &wire.Change_ProfileGone{ProfileGone: string(p.ID)}})
	if err != nil {
		return err
	}
	return t.feedPhotoGone(ctx, site, p.Photo)
}

// feedPhoto gives a site's tablets a photo. An empty id is none.
func (t *tx) feedPhoto(ctx context.Context, org attendance.OrgID, site attendance.SiteID, id string) error {
	if id == "" {
		return nil
	}
	m := &wire.Photo{Id: id}
	if err := t.QueryRowContext(ctx, `SELECT jpeg FROM photos WHERE org = ? AND id = ?`, org, id).Scan(&m.Jpeg); err != nil {
		return fmt.Errorf("read a photo: %w", known(err))
	}
	return t.feed(ctx, site, photoKey(id), &wire.Change{Of: &wire.Change_Photo{Photo: m}})
}

// feedPhotoGone takes a photo away from a site's tablets unless somebody there
// still has the same one.
func (t *tx) feedPhotoGone(ctx context.Context, site attendance.SiteID, id string) error {
	if id == "" {
		return nil
	}
	var kept bool
	err := t.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM sites s JOIN profiles p ON p.org = s.org AND p.photo = ?
		JOIN profile_sites m ON m.profile = p.id AND m.site = s.id WHERE s.id = ?)`, id, site).Scan(&kept)
	if err != nil {
		return fmt.Errorf("look for a photo: %w", err)
	}
	if kept {
		return nil
	}
	return t.feed(ctx, site, photoKey(id), &wire.Change{Of: &wire.Change_PhotoGone{PhotoGone: id}})
}
