package store

import (
	"context"
	"errors"
	"fmt"

	"google.golang.org/protobuf/proto"

	"muster/access"
	"muster/attendance"
	"muster/device"
	"muster/invite"
	"muster/sync/wire"
)

// asked is what of a row of profiles tells how somebody stands who was asked to
// join; askedColumns are its columns, of profiles p.
type asked struct {
	membership      invite.Membership
	since           int64
	answer, outcome string
}

const askedColumns = `p.membership, p.member_at, p.answer_id, p.answer_outcome`

// tell puts it into a profile, for the tablets.
func (a asked) tell(p *attendance.Profile) {
	p.JoinWaits = a.membership == invite.Asked
	p.Invitation = nil
	if a.answer != "" || a.membership.Limited() {
		p.Invitation = &attendance.Invitation{Answer: a.answer, Outcome: a.outcome}
	}
	if a.membership.Limited() {
		p.Invitation.Open, p.Invitation.Declined, p.Invitation.Asked = true, a.membership == invite.Rejected, fromMicros(a.since)
	}
}

// nowAsked puts into a profile that its membership is set in this transaction.
func (t *tx) nowAsked(p *attendance.Profile, m invite.Membership) {
	a := asked{membership: m, since: micros(t.now)}
	if p.Invitation != nil {
		a.answer, a.outcome = p.Invitation.Answer, p.Invitation.Outcome
	}
	a.tell(p)
}

func invitationMessage(i *attendance.Invitation) *wire.Invitation {
	if i == nil {
		return nil
	}
	return &wire.Invitation{Open: i.Open, Declined: i.Declined, AskedUs: micros(i.Asked), AnswerId: i.Answer, Outcome: i.Outcome}
}

// invitationAnswer takes what somebody said at a tablet to the question whether
// they join. Only what can't be read goes to quarantine: an answer that comes too
// late changes nothing, and the tablets are told so.
func (c *courier) invitationAnswer(ctx context.Context, r device.Row) (string, error) {
	var m wire.AnswerPayload
	if proto.Unmarshal(r.Payload, &m) != nil {
		return "malformed-payload", nil
	}
	_, badCard := attendance.ParseCardID(m.GetCardId())
	switch {
	case badCard != nil:
		return "malformed-card", nil
	case !plausible(c.at, r.Clock):
		return "implausible-time", nil
	}
	if ours, err := c.ours(ctx, "profiles", m.GetProfileId()); err != nil || !ours {
		return "unknown-profile", err
	}
	self := invite.Self{Org: c.d.Org, Profile: attendance.ProfileID(m.GetProfileId())}
	at := c.at.At
	if at.After(c.now) {
		at = c.now // a clock that is ahead: the answer was given before it came here
	}
	outcome := invite.AnswerUnproven
	shown, err := c.shown(ctx, self.Profile, m.GetCardId(), at.UnixMicro())
	if shown {
		outcome, err = c.answerMembership(ctx, self, invite.Answer{Join: m.GetJoin(), Asked: fromMicros(m.GetAskedUs()), At: at})
	}
	if err != nil {
		return "", fmt.Errorf("answer at a tablet: %w", err)
	}
	if err := c.keepAnswer(ctx, self, r.ID.String(), outcome); err != nil {
		return "", fmt.Errorf("answer at a tablet: %w", err)
	}
	return "", nil
}

// held tells whether somebody held a card at a time. A tablet that was offline may
// not know that it was lost; unlike a punch, an answer can be given again.
func (t *tx) held(ctx context.Context, self invite.Self, card string, at int64) (held bool, err error) {
	err = t.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM cards WHERE org = ? AND card = ? AND profile = ? AND from_at <= ? AND (to_at = 0 OR to_at > ?) AND NOT blocked)`,
		self.Org, card, self.Profile, at, at).Scan(&held)
	return held, err
}

// answerMembership does what AnswerMembership does, for somebody of whom a tablet
// saw a card: they become a member or not. It ties no accounts, because whoever
// gives out cards could give the answer too: their account stays as it is until
// they go there from their own.
func (t *tx) answerMembership(ctx context.Context, self invite.Self, a invite.Answer) (invite.AnswerOutcome, error) {
	var since int64
	before, _, err := t.state(ctx, self.Org, self.Profile)
	if err == nil {
		err = t.QueryRowContext(ctx, `SELECT member_at FROM profiles WHERE id = ? AND org = ? AND removed_at = 0`, self.Profile, self.Org).Scan(&since)
	}
	if isNotFound(known(err)) { // removed from the roster meanwhile
		return invite.AnswerWithdrawn, nil
	}
	if err != nil {
		return "", err
	}
	event, outcome := a.Settle(before, fromMicros(since))
	if event == "" {
		return outcome, nil
	}
	if before.Membership == invite.Rejected {
		var barred access.Invalid
		switch err := t.seatFor(ctx, self.Org, ""); {
		case errors.As(err, &barred):
			return invite.AnswerOutcome(barred.Problem), nil
		case err != nil:
			return "", err
		}
	}
	next, err := invite.Next(before, event)
	if err != nil {
		return "", err
	}
	if err := t.put(ctx, self.Org, self.Profile, next); err != nil {
		return "", err
	}
	return outcome, t.keepAnswered(ctx, self, a)
}

// keepAnswered dates the membership by the answer itself, not by its arrival: what
// the same person says afterwards counts in its turn, wherever it arrives first.
func (t *tx) keepAnswered(ctx context.Context, self invite.Self, a invite.Answer) error {
	if _, err := t.ExecContext(ctx, `UPDATE profiles SET member_at = ? WHERE id = ? AND org = ?`, a.At.UnixMicro(), self.Profile, self.Org); err != nil {
		return err
	}
	if a.Join {
		return t.audit(ctx, access.Actor{Org: self.Org}, "join-at-tablet", string(self.Profile))
	}
	return t.audit(ctx, access.Actor{Org: self.Org}, "decline-at-tablet", string(self.Profile))
}

// keepAnswer tells the tablets of somebody's sites what became of their answer.
func (t *tx) keepAnswer(ctx context.Context, self invite.Self, row string, outcome invite.AnswerOutcome) error {
	r, err := t.ExecContext(ctx, `UPDATE profiles SET answer_id = ?, answer_outcome = ? WHERE id = ? AND org = ? AND removed_at = 0`, row, outcome, self.Profile, self.Org)
	if err != nil {
		return err
	}
	if n, err := r.RowsAffected(); err != nil || n == 0 {
		return err
	}
	return t.feedStanding(ctx, self.Org, self.Profile)
}
