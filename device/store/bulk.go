package store

import (
	"context"
	"database/sql"
	"strings"

	"muster/device"
)

// rowsAtOnce is how many rows go into the database with one statement.
const rowsAtOnce = 64

// bulk has the statements that write the roster, compiled once.
type bulk struct {
	profile, profiles *sql.Stmt
	card, cards       *sql.Stmt
}

const (
	putProfile     = `INSERT OR REPLACE INTO profiles (id, number, first_name, last_name, language, photo, blocked, join_waits, invitation, pending, manager, generation) VALUES `
	putCard        = `INSERT OR REPLACE INTO cards (card, profile, from_us, to_us, blocked, generation) VALUES `
	profileColumns = 12
	cardColumns    = 6
)

// tuples returns the places of so many rows of so many values.
func tuples(rows, columns int) string {
	row := "(" + strings.Repeat("?, ", columns-1) + "?)"
	return strings.Repeat(row+", ", rows-1) + row
}

// apply writes changes in their order, as far as the order matters: many of one
// kind that follow each other go together.
func (b *bulk) apply(ctx context.Context, tx *sql.Tx, changes []device.RosterChange, generation int64) error {
	args := make([]any, 0, rowsAtOnce*profileColumns)
	for len(changes) > 0 {
		n := run(changes)
		var err error
		switch {
		case changes[0].Profile != nil:
			for _, c := range changes[:n] {
				p := c.Profile
				args = append(args, string(p.ID), p.Number, p.FirstName, p.LastName, p.Language, p.Photo, p.Blocked, p.JoinWaits, asText(p.Invitation), asText(p.Pending), asText(p.Manager), generation)
			}
			err = insert(ctx, tx, b.profile, b.profiles, args, profileColumns)
		case changes[0].Card != nil:
			for _, c := range changes[:n] {
				k := c.Card
				args = append(args, string(k.ID), string(k.Profile), micros(k.From), micros(k.To), k.Blocked, generation)
			}
			err = insert(ctx, tx, b.card, b.cards, args, cardColumns)
		default:
			err = applyChange(ctx, tx, changes[0], generation)
		}
		if err != nil {
			return err
		}
		changes, args = changes[n:], args[:0]
	}
	return nil
}

// run tells how many changes at the beginning go into the database together.
func run(changes []device.RosterChange) int {
	n := 1
	for n < len(changes) && n < rowsAtOnce {
		a, b := changes[0], changes[n]
		if (a.Profile == nil || b.Profile == nil) && (a.Card == nil || b.Card == nil) {
			break
		}
		n++
	}
	return n
}

func insert(ctx context.Context, tx *sql.Tx, one, many *sql.Stmt, args []any, columns int) error {
	if len(args) == rowsAtOnce*columns {
		_, err := tx.StmtContext(ctx, many).ExecContext(ctx, args...)
		return err
	}
	single := tx.StmtContext(ctx, one)
	for ; len(args) > 0; args = args[columns:] {
		if _, err := single.ExecContext(ctx, args[:columns]...); err != nil {
			return err
		}
	}
	return nil
}

func applyChange(ctx context.Context, tx *sql.Tx, c device.RosterChange, generation int64) error {
	var err error
	switch {
	case c.Settings != nil:
		err = putState(ctx, tx, stateSettings, c.Settings)
	case c.ProfileGone != "":
		_, err = tx.ExecContext(ctx, `DELETE FROM profiles WHERE id = ?`, string(c.ProfileGone))
	case c.CardGone != nil:
		_, err = tx.ExecContext(ctx, `DELETE FROM cards WHERE card = ? AND profile = ? AND from_us = ?`,
			string(c.CardGone.ID), string(c.CardGone.Profile), micros(c.CardGone.From))
	case c.Photo != nil:
		_, err = tx.ExecContext(ctx, `INSERT OR REPLACE INTO photos (id, jpeg, generation) VALUES (?, ?, ?)`, c.Photo.ID, c.Photo.JPEG, generation)
	case c.PhotoGone != "":
		_, err = tx.ExecContext(ctx, `DELETE FROM photos WHERE id = ?`, c.PhotoGone)
	}
	return err
}
