package tablet

import (
	"context"
	"time"

	"muster/attendance"
	"muster/device/joining"
	"muster/device/timeclock"
	"muster/ui/scene"
)

const (
	// questionTime is how long a question stays without an answer; whoever comes
	// next ends it by their card.
	questionTime = 20 * time.Second
	// cardTime is how long the tablet waits for the card of whoever wants to see
	// their invitation: for so long a tap is no punch.
	cardTime = 12 * time.Second
)

// lobby shows people their invitations to join, and takes what they say. What is
// asked of it at the screen is done in the loop that answers taps; there is room
// for more than anybody can touch in the time of a tap, and what finds none is
// lost like a touch beside the button.
type lobby struct {
	t        *Tablet
	desk     *joining.Desk
	question joining.Question // the latest that was shown
	asked    chan func(context.Context)
}

func newLobby(t *Tablet) *lobby {
	return &lobby{t: t, desk: joining.New(t.office.journal, t.store), asked: make(chan func(context.Context), 4)}
}

// greet tells what the answer to a tap says of an invitation. then is to be called
// when the answer is on the screen.
func (l *lobby) greet(ctx context.Context, r attendance.Receipt) (j scene.Joining, then func()) {
	if !r.Accepted && r.Reason != attendance.TooSoon {
		return j, func() {}
	}
	q, _, open := l.desk.Question(ctx, r.Profile, r.CardID)
	answer := ""
	if r.Accepted { // a refusal says one thing
		outcome, which := l.desk.Outcome(ctx, r.Profile)
		j.Outcome, answer = string(outcome), which
	}
	j.Here = open && !q.Declined
	j.Elsewhere = r.Profile.JoinWaits && r.Profile.Invitation == nil
	return j, func() {
		l.told(ctx, answer)
		if j.Here {
			l.show(l.put(q), l.t.office.settings().ResultTime, questionTime)
		}
	}
}

func (l *lobby) told(ctx context.Context, answer string) {
	if answer == "" {
		return
	}
	if err := l.desk.Told(ctx, answer); err != nil {
		l.t.logger.Warn("joining", "error", err) // they are told once more
	}
}

// put makes a scene of a question.
func (l *lobby) put(q joining.Question) scene.Invitation {
	l.question = q
	s := l.about(q.Profile, scene.InvitationQuestion)
	s.ID, s.Declined = q.ID(), q.Declined
	return s
}

func (l *lobby) about(p attendance.Profile, step scene.InvitationStep) scene.Invitation {
	return scene.Invitation{Step: step, Name: p.Name(), Language: p.Language, Organisation: l.t.office.settings().Org}
}

// show shows a scene for a time, which begins after a while.
func (l *lobby) show(s scene.Invitation, after, d time.Duration) {
	s.Expires = time.Now().Add(after + d)
	l.t.stage.aside(s, after+d)
}

// lookUp takes a card for that of somebody who wants to see their invitation, and
// tells whether it was awaited. Nothing is stored then.
func (l *lobby) lookUp(ctx context.Context, clock *timeclock.Clock, tap attendance.Tap) bool {
	if s, shown := l.t.stage.invitation(); !shown || s.Step != scene.InvitationCard {
		return false
	}
	settings := l.t.office.settings()
	receipt := clock.Identify(ctx, tap)
	if receipt.Reason != "" {
		l.t.stage.aside(nil, 0)
		l.t.show(ctx, receipt, scene.Joining{})
		return true
	}
	q, waiting, open := l.desk.Question(ctx, receipt.Profile, receipt.CardID)
	switch {
	case waiting:
		l.show(l.about(receipt.Profile, scene.InvitationWaiting), 0, 2*settings.ResultTime)
	case open:
		l.show(l.put(q), 0, questionTime)
	default:
		s := l.about(receipt.Profile, scene.InvitationNone)
		outcome, answer := l.desk.Outcome(ctx, receipt.Profile)
		s.Outcome = string(outcome)
		l.show(s, 0, 2*settings.ResultTime)
		l.told(ctx, answer)
	}
	return true
}

// do has something done in the loop.
func (l *lobby) do(f func(context.Context)) {
	select {
	case l.asked <- f:
	default:
	}
}

// MyInvitations implements joiner.
func (l *lobby) MyInvitations() {
	l.do(func(context.Context) { l.show(scene.Invitation{Step: scene.InvitationCard}, 0, cardTime) })
}

// CloseInvitation implements joiner.
func (l *lobby) CloseInvitation() {
	l.do(func(context.Context) { l.t.stage.aside(nil, 0) })
}

// AnswerInvitation implements joiner. An answer to a question that is no longer on
// the screen is nobody's.
func (l *lobby) AnswerInvitation(id string, join bool) {
	l.do(func(ctx context.Context) { l.answer(ctx, id, join) })
}

func (l *lobby) answer(ctx context.Context, id string, join bool) {
	s, shown := l.t.stage.invitation()
	if !shown || s.Step != scene.InvitationQuestion || s.ID != id || l.question.ID() != id {
		return
	}
	said := l.about(l.question.Profile, scene.InvitationAnswered)
	said.Join = join
	if err := l.desk.Answer(ctx, l.question, join); err != nil {
		l.t.logger.Error("answer not kept", "error", err)
		said.Failed = timeclock.StorageReason(err)
	}
	l.show(said, 0, 2*l.t.office.settings().ResultTime)
}
