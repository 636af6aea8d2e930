package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"muster/attendance"
	"muster/device"
	"muster/invite"
)

// A message that waits is its person's row: so to queue a hundred thousand is one
// statement. It becomes a row of messages when a worker takes it on.

// TakeOn gives a worker up to n messages that are due; they are the worker's until
// then, and after that anybody's. Two workers never have the same one.
func (s *Store) TakeOn(ctx context.Context, worker string, n int, until time.Time) ([]invite.Job, error) {
	var jobs []invite.Job
	err := s.changeLocked(ctx, func(t *tx) error {
		jobs = nil
		var batches []invite.BatchID
		found, err := t.due(ctx, n)
		if err != nil {
			return err
		}
		var fresh, again []invite.Job
		for _, d := range found {
			if d.handing {
				if err := t.settle(ctx, invite.Outcome{ID: d.job.ID, Perhaps: true}, ""); err != nil {
					return err
				}
				continue
			}
			j := d.next()
			if d.job.ID == "" {
				fresh = append(fresh, j)
			} else {
				again = append(again, j)
			}
			jobs, batches = append(jobs, j), append(batches, d.batch)
		}
		if err := t.takeOn(ctx, worker, until, fresh, again); err != nil {
			return err
		}
		return t.addTexts(ctx, jobs, batches)
	})
	if err != nil {
		return nil, fmt.Errorf("take messages on: %w", err)
	}
	return jobs, nil
}

type dueMessage struct {
	job     invite.Job
	batch   invite.BatchID
	state   invite.State
	handing bool // an earlier worker began to hand it over, and wasn't heard of again
	chase   bool
}

func (t *tx) due(ctx context.Context, n int) ([]dueMessage, error) {
	return collect(ctx, t, func(r *sql.Rows, d *dueMessage) error {
		j := &d.job
		var handing int64
		err := r.Scan(&j.Person.ID, &j.Org, &j.Person.Number, &j.Person.FirstName, &j.Person.LastName, &j.Person.Language,
			&j.Contact.Email, &j.Contact.Phone, &j.ID, &d.batch, &d.state.Account, &d.state.Delivery, &d.state.Membership, &j.Attempt, &handing, &d.chase, &j.Language)
		d.handing = handing != 0
		return err
	}, `SELECT p.id, p.org, p.number, p.first_name, p.last_name, p.language, p.email, p.phone, p.message, p.batch, p.account, p.delivery, p.membership, p.attempts,
			COALESCE((SELECT m.handing FROM messages m WHERE m.id = p.message), 0), p.chased_at = p.asked_at,
			COALESCE((SELECT MIN(s.language) FROM profile_sites ps JOIN sites s ON s.id = ps.site WHERE ps.profile = p.id), '')
		FROM profiles p WHERE p.delivery = 'queued' AND p.due_at <= ? ORDER BY p.due_at LIMIT ? /* FOR UPDATE, WHAT IS FREE */`, micros(t.now), n)
}

// next is the job of the next try.
func (d dueMessage) next() invite.Job {
	j := d.job
	j.Event = invite.Invite
	if d.chase {
		j.Event = invite.Chase
	}
	if j.Person.Language != "" {
		j.Language = j.Person.Language
	}
	j.Attempt++
	if j.ID == "" {
		j.ID = attendance.NewID[invite.MessageID]()
	}
	return j
}

// Hand notes that a worker is about to hand messages over, and returns those that
// still are the worker's to send: the others were taken back, or their time ran
// out and somebody else has them.
func (s *Store) Hand(ctx context.Context, worker string, messages []invite.Handing) ([]invite.MessageID, error) {
	return s.Turn(ctx, worker, nil, messages)
}

// Turn is Settle and then Hand in one transaction: what became of the last few
// messages, and which come next.
func (s *Store) Turn(ctx context.Context, worker string, done []invite.Outcome, next []invite.Handing) ([]invite.MessageID, error) {
	var good []invite.MessageID
	err := s.change(ctx, func(t *tx) error {
		good = nil
		if err := t.settleAll(ctx, worker, done); err != nil {
			return err
		}
		var err error
		good, err = t.handAll(ctx, worker, next)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("a worker's turn: %w", err)
	}
	return good, nil
}

// Settle notes how handing messages over went. What is no longer the worker's is
// left alone.
func (s *Store) Settle(ctx context.Context, worker string, outcomes []invite.Outcome) error {
	if _, err := s.Turn(ctx, worker, outcomes, nil); err != nil {
		return fmt.Errorf("settle messages: %w", err)
	}
	return nil
}

// settle does one outcome. worker is whose the message must be; empty: it is
// nobody's any more.
func (t *tx) settle(ctx context.Context, o invite.Outcome, worker string) error {
	m, err := t.message(ctx, `id = ? AND lease != '' AND (lease = ? OR ? = '')`, o.ID, worker, worker)
	if err != nil || m.id == "" {
		return err
	}
	if o.Failed != nil && !o.Again.IsZero() {
		return t.postpone(ctx, m, o)
	}
	event, reason, detail := invite.Send, invite.Reason(""), ""
	if o.Perhaps {
		reason = invite.PerhapsSent
	}
	if f := o.Failed; f != nil {
		event, reason, detail = invite.Fail, f.Reason, short(f.Detail)
		if f.Reason == invite.AddressBlocked {
			event = invite.Block
		}
	}
	m.settled = &o.Receipt
	return t.happens(ctx, m, event, reason, detail, t.now)
}

// postpone gives a message back to the queue.
func (t *tx) postpone(ctx context.Context, m sentMessage, o invite.Outcome) error {
	back := 0
	if o.Free {
		back = 1
	}
	if _, err := t.ExecContext(ctx, `UPDATE messages SET lease = '', leased_until = 0, handing = 0, token = NULL, attempts = attempts - ?, reason = ?, detail = ? WHERE id = ?`,
		back, o.Failed.Reason, short(o.Failed.Detail), m.id); err != nil {
		return err
	}
	_, err := t.ExecContext(ctx, `UPDATE profiles SET attempts = attempts - ?, due_at = ?, reason = ?, detail = ? WHERE id = ? AND org = ? AND message = ? AND delivery = 'queued'`,
		back, micros(o.Again), o.Failed.Reason, short(o.Failed.Detail), m.person, m.org, m.id)
	t.newsOfInvitation(m.org, m.person)
	return err
}

// short cuts a provider's words to what is kept of them.
func short(detail string) string {
	const most = 500
	if len(detail) <= most {
		return detail
	}
	for i := most; i > most-4; i-- {
		if detail[i]&0xC0 != 0x80 { // the start of a character
			return detail[:i]
		}
	}
	return detail[:most]
}

// sentMessage is a row of messages as the state machine needs it.
type sentMessage struct {
	id      invite.MessageID
	org     attendance.OrgID
	person  attendance.ProfileID
	batch   invite.BatchID
	event   invite.Event
	channel invite.Channel
	address string
	state   invite.Delivery
	expires time.Time
	ended   bool
	settled *invite.Receipt // what happens ends a worker's hold on it; nil: it doesn't
}

// message finds one message; its id is empty where there is none.
func (t *tx) message(ctx context.Context, condition string, args ...any) (sentMessage, error) {
	found, err := collect(ctx, t, func(r *sql.Rows, m *sentMessage) error {
		var expires, ended int64
		err := r.Scan(&m.id, &m.org, &m.person, &m.batch, &m.event, &m.channel, &m.address, &m.state, &expires, &ended)
		m.expires, m.ended = fromMicros(expires), ended != 0
		return err
	}, `SELECT id, org, profile, batch, event, channel, address, delivery, expires_at, ended_at FROM messages WHERE `+condition+` LIMIT 1`, args...)
	if err != nil || len(found) == 0 {
		return sentMessage{}, err
	}
	return found[0], nil
}

// newsOfInvitation tells whoever watches.
func (t *tx) newsOfInvitation(org attendance.OrgID, person attendance.ProfileID) {
	t.tell(org, device.News{Topic: "invitation", ID: string(person)})
}
