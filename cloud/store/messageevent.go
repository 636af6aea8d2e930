package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"muster/attendance"
	"muster/invite"
)

// happens takes a message, and its person where it is the latest, through an
// event. An event that the state doesn't allow changes nothing: reports come late,
// twice and in any order.
func (t *tx) happens(ctx context.Context, m sentMessage, e invite.Event, why invite.Reason, detail string, at time.Time) error {
	blocks := why.Blocks() && (e == invite.Bounce || e == invite.Fail) && m.address != ""
	if blocks {
		said, err := t.saidBefore(ctx, m.id, why)
		if err != nil {
			return err
		}
		blocks = !said
	}
	var set []string
	var args []any
	if m.settled != nil {
		set, args = append(set, "lease = '', leased_until = 0, provider = ?, reference = ?"), append(args, m.settled.Provider, m.settled.Reference)
	}
	if next, err := invite.Next(invite.State{Account: invite.Invited, Delivery: m.state, Membership: invite.Outside}, e); err == nil {
		set, args = append(set, "delivery = ?, reason = ?, detail = ?"), append(args, next.Delivery, why, detail)
		if column := map[invite.Event]string{invite.Send: "sent_at", invite.Deliver: "delivered_at", invite.Open: "opened_at"}[e]; column != "" {
			set, args = append(set, column+" = CASE WHEN "+column+" = 0 THEN ? ELSE "+column+" END"), append(args, micros(at))
		}
	}
	if len(set) > 0 {
		if _, err := t.ExecContext(ctx, `UPDATE messages SET `+strings.Join(set, ", ")+` WHERE id = ?`, append(args, m.id)...); err != nil {
			return fmt.Errorf("message %s: %w", e, err)
		}
	}
	if blocks {
		if err := t.blockAddress(ctx, m.org, m.address, why, detail, at); err != nil {
			return err
		}
	}
	return t.happensTo(ctx, m, e, why, detail, at)
}

// saidBefore tells whether it is known already that a message came back for a
// reason. Bounce mails and providers tell the same more than once, and an address
// whose block an admin has lifted isn't blocked again by what was known then.
func (t *tx) saidBefore(ctx context.Context, id invite.MessageID, why invite.Reason) (said bool, err error) {
	err = t.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM messages WHERE id = ? AND reason = ?)`, id, why).Scan(&said)
	if err != nil {
		err = fmt.Errorf("what was known of a message: %w", err)
	}
	return said, err
}

// happensTo takes the person through the event, if the message is the latest one.
func (t *tx) happensTo(ctx context.Context, m sentMessage, e invite.Event, why invite.Reason, detail string, at time.Time) error {
	s, latest, err := t.state(ctx, m.org, m.person)
	if err != nil {
		return err
	}
	if latest != m.id {
		return t.happensBefore(ctx, m, s, e, why, detail)
	}
	next, err := invite.Next(s, e)
	if err != nil {
		return nil //nolint:nilerr // it came too late to mean anything
	}
	sql, args := `UPDATE profiles SET account = ?, delivery = ?, status = ?, reason = ?, detail = ?`,
		[]any{next.Account, next.Delivery, next.Status(), why, detail}
	switch e {
	case invite.Send:
		// From now on it counts for the next chase, unless it went where the person isn't
		// reached any more.
		sql, args = sql+`, channel = ?, expires_at = ?, due_at = 0,
			messaged_at = CASE WHEN ? = CASE WHEN email != '' THEN email ELSE phone END THEN ? ELSE messaged_at END`,
			append(args, m.channel, micros(m.expires), m.address, micros(at))
	case invite.Open:
		sql, args = sql+`, opened_at = CASE WHEN opened_at = 0 THEN ? ELSE opened_at END`, append(args, micros(at))
	case invite.Fail, invite.Bounce, invite.Block:
		sql += `, due_at = 0, chased_at = CASE WHEN chased_at = asked_at THEN 0 ELSE chased_at END`
		if !next.Delivery.Counts() {
			sql += `, messaged_at = 0`
		}
	}
	if _, err := t.ExecContext(ctx, sql+` WHERE id = ? AND org = ?`, append(args, m.person, m.org)...); err != nil {
		return fmt.Errorf("person %s: %w", e, err)
	}
	t.newsOfInvitation(m.org, m.person)
	return nil
}

// state returns where a person stands and the latest message. Rows that change
// by it are locked.
func (t *tx) state(ctx context.Context, org attendance.OrgID, id attendance.ProfileID) (s invite.State, latest invite.MessageID, err error) {
	err = t.QueryRowContext(ctx, `SELECT account, delivery, membership, message FROM profiles WHERE id = ? AND org = ? /* FOR UPDATE */`, id, org).
		Scan(&s.Account, &s.Delivery, &s.Membership, &latest)
	if err != nil {
		return s, "", fmt.Errorf("where %s stands: %w", id, known(err))
	}
	return s, latest, nil
}

func (t *tx) blockAddress(ctx context.Context, org attendance.OrgID, address string, why invite.Reason, detail string, at time.Time) error {
	_, err := t.ExecContext(ctx, `INSERT INTO blocks (org, address, reason, detail, since) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
		org, address, why, detail, micros(at))
	if err != nil {
		return fmt.Errorf("block an address: %w", err)
	}
	return nil
}

// Report takes in what became known of messages. What names no message that was
// sent is left aside, and so is what comes a second time.
func (s *Store) Report(ctx context.Context, reports []invite.Report) error {
	err := s.change(ctx, func(t *tx) error {
		for _, r := range reports {
			m, err := t.message(ctx, `id = ?`, r.Message)
			if err == nil && m.id == "" && r.Reference != "" {
				m, err = t.message(ctx, `provider = ? AND reference = ?`, r.Provider, r.Reference)
			}
			if err != nil {
				return err
			}
			switch r.Event {
			case invite.Deliver, invite.Bounce, invite.Fail:
			default:
				continue // a provider has no say in anything else
			}
			if m.id == "" {
				continue
			}
			if err := t.happens(ctx, m, r.Event, r.Reason, short(r.Detail), t.now); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return fmt.Errorf("take in reports: %w", err)
	}
	return nil
}

// Expire ends the invitations whose time is over, at most n at once, and returns
// how many it were.
func (s *Store) Expire(ctx context.Context, n int) (int, error) {
	done := 0
	err := s.change(ctx, func(t *tx) error {
		done = 0
		type over struct {
			org    attendance.OrgID
			person attendance.ProfileID
		}
		found, err := collect(ctx, t, func(r *sql.Rows, o *over) error { return r.Scan(&o.org, &o.person) },
			`SELECT org, id FROM profiles WHERE expires_at != 0 AND expires_at <= ? ORDER BY expires_at LIMIT ?`, micros(t.now), n)
		if err != nil {
			return err
		}
		for _, o := range found {
			s, _, err := t.state(ctx, o.org, o.person)
			if err != nil {
				return err
			}
			if next, err := invite.Next(s, invite.Expire); err == nil && s.Account != invite.Active {
				s = next
			}
			if _, err := t.ExecContext(ctx, `UPDATE profiles SET delivery = ?, status = ?, expires_at = 0 WHERE id = ? AND org = ?`,
				s.Delivery, s.Status(), o.person, o.org); err != nil {
				return err
			}
			t.newsOfInvitation(o.org, o.person)
			done++
		}
		return nil
	})
	if err != nil {
		return 0, fmt.Errorf("expire invitations: %w", err)
	}
	return done, nil
}
