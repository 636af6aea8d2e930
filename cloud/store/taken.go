package store

import (
	"context"
	"fmt"
	"slices"

	"github.com/google/uuid"

	"muster/access"
	"muster/attendance"
)

// duplicateID is why a row lies in quarantine whose id another one has.
const duplicateID = "duplicate-id"

// owns tells whether the punch of an id is one of this tablet. Ids are made to be
// unique; but a tablet that does harm, or the copy of one, can use any that it
// knows, also of a row that is still on its way from another organisation.
func (c *courier) owns(ctx context.Context, id attendance.PunchID) (owns bool, err error) {
	err = c.hot.one(ctx, `SELECT EXISTS (SELECT 1 FROM punches WHERE id = ? AND device = ? AND org = ?)`, []any{id, c.d.Device, c.d.Org}, &owns)
	if err != nil {
		return false, fmt.Errorf("look whose punch it is: %w", err)
	}
	return owns, nil
}

// counted tells of a punch that could not be kept whether it counts already: then
// all is well. Otherwise somebody else took its id.
func (c *courier) counted(ctx context.Context, p attendance.Punch) (why string, err error) {
	for _, id := range []attendance.PunchID{p.ID, c.ownID(p.ID)} {
		if owns, err := c.owns(ctx, id); owns || err != nil {
			return "", err
		}
	}
	return duplicateID, nil
}

// keepOwnPunch is keepPunch for a punch that somebody decided about. Where another
// tablet took its id, the punch counts under one that only this tablet's can have,
// the same each time.
func (c *courier) keepOwnPunch(ctx context.Context, p attendance.Punch, by access.UserID) (kept bool, err error) {
	for _, id := range []attendance.PunchID{p.ID, c.ownID(p.ID)} {
		if owns, err := c.owns(ctx, id); owns || err != nil {
			return false, err
		}
	}
	for _, id := range []attendance.PunchID{p.ID, c.ownID(p.ID)} {
		p.ID = id
		if kept, err = c.keepPunch(ctx, p, by); kept || err != nil {
			return kept, err
		}
	}
	return false, nil
}

// ownID returns the id for a punch of this tablet whose own is taken.
func (c *courier) ownID(id attendance.PunchID) attendance.PunchID {
	of, err := uuid.Parse(string(c.d.Device))
	if err != nil { // it was made as one
		of = uuid.Nil
	}
	return attendance.PunchID(uuid.NewSHA1(of, slices.Concat([]byte("punch "), []byte(id))).String())
}
