// Package joining asks people at the tablet whether they join the organisation,
// and takes what they say. An answer is a row of the journal: it holds though the
// cloud is away, and what becomes of it the cloud decides.
package joining

import (
	"context"
	"fmt"
	"time"

	"google.golang.org/protobuf/proto"

	"muster/attendance"
	"muster/device"
	"muster/invite"
	"muster/sync/wire"
)

// Journal stores a row together with its effect before it returns.
type Journal interface {
	Append(ctx context.Context, kind device.Kind, payload proto.Message, effect device.Effect) (device.Row, error)
}

// Memory knows what was answered here.
type Memory interface {
	Answered(ctx context.Context, who attendance.ProfileID) (device.Answer, bool)
	AnswerTold(ctx context.Context, id string) (bool, error)
	KeepAnswerTold(ctx context.Context, id string) error
}

// Desk asks and takes answers. Make one with New.
type Desk struct {
	journal Journal
	memory  Memory
}

// New returns a desk.
func New(j Journal, m Memory) *Desk { return &Desk{j, m} }

// Question is what there is to ask somebody who holds a card here now.
type Question struct {
	Profile  attendance.Profile
	Card     attendance.CardID
	Asked    time.Time // names it
	Declined bool      // they said no; a yes is still possible
}

// ID names the question among those of this tablet.
func (q Question) ID() string { return fmt.Sprintf("%s/%d", q.Profile.ID, q.Asked.UnixMicro()) }

// Question returns what to ask somebody. waiting tells that they said yes here and
// the cloud has not dealt with it yet; ok is false when there is nothing to ask.
func (d *Desk) Question(ctx context.Context, p attendance.Profile, card attendance.CardID) (q Question, waiting, ok bool) {
	i := p.Invitation
	if i == nil || !i.Open {
		return Question{}, false, false
	}
	q = Question{Profile: p, Card: card, Asked: i.Asked, Declined: i.Declined}
	if a, here := d.memory.Answered(ctx, p.ID); here && a.ID != i.Answer && a.Asked.Equal(i.Asked) {
		if a.Join {
			return q, true, false
		}
		q.Declined = true
	}
	return q, false, true
}

// Outcome returns what became of somebody's newest answer here, and which one that
// was, if the cloud has said so and they have not seen it yet.
func (d *Desk) Outcome(ctx context.Context, p attendance.Profile) (outcome invite.AnswerOutcome, answer string) {
	i := p.Invitation
	if i == nil || i.Answer == "" || i.Outcome == "" {
		return "", ""
	}
	a, here := d.memory.Answered(ctx, p.ID)
	if !here || a.ID != i.Answer {
		return "", ""
	}
	if told, err := d.memory.AnswerTold(ctx, a.ID); err != nil || told {
		return "", "" // a store that fails has other news
	}
	return invite.AnswerOutcome(i.Outcome), a.ID
}

// Told remembers that somebody has seen what became of an answer.
func (d *Desk) Told(ctx context.Context, answer string) error {
	if err := d.memory.KeepAnswerTold(ctx, answer); err != nil {
		return fmt.Errorf("remember that an outcome was told: %w", err)
	}
	return nil
}

// Answer stores what somebody said to a question.
func (d *Desk) Answer(ctx context.Context, q Question, join bool) error {
	_, err := d.journal.Append(ctx, device.KindAnswer, &wire.AnswerPayload{
		ProfileId: string(q.Profile.ID), CardId: string(q.Card), AskedUs: q.Asked.UnixMicro(), Join: join,
	}, device.Effect{Answer: &device.Answer{Profile: q.Profile.ID, Asked: q.Asked, Join: join}})
	if err != nil {
		return fmt.Errorf("keep an answer: %w", err)
	}
	return nil
}
