package invite

import "time"

// Answer is what somebody said at a tablet to the question whether they join. A
// card is all that shows there who they are, so it makes a member of them and no
// more: their accounts are tied when they are signed in.
type Answer struct {
	Join  bool
	Asked time.Time // names the question that was on the screen: since when the membership was as the tablet knew it
	At    time.Time // when they said so, by the best estimate; may be long ago
}

// AnswerOutcome is what became of an answer that came from a tablet. Names are
// stored, sent, and keys of sentences in three languages: never rename one.
type AnswerOutcome string

const (
	// AnswerJoined: they are a member.
	AnswerJoined AnswerOutcome = "joined"
	// AnswerDeclined: they are none, as they wished.
	AnswerDeclined AnswerOutcome = "declined"
	// AnswerOvertaken: they have answered otherwise elsewhere, and that counts.
	AnswerOvertaken AnswerOutcome = "overtaken"
	// AnswerWithdrawn: nobody asks them any more.
	AnswerWithdrawn AnswerOutcome = "withdrawn"
	// AnswerAskedAnew: it was an answer to an earlier question; they were asked again since.
	AnswerAskedAnew AnswerOutcome = "asked-anew"
	// AnswerUnproven: the card was theirs no longer, or not yet, or is blocked.
	AnswerUnproven AnswerOutcome = "unproven"
	// AnswerNoSeat: a yes after a no, and no seat is left.
	AnswerNoSeat = AnswerOutcome(NoSeat)
	// AnswerLicenceOver: a yes after a no, and the licence has expired.
	AnswerLicenceOver = AnswerOutcome(LicenceOver)
)

// AnswerOutcomes lists all of them.
var AnswerOutcomes = []AnswerOutcome{
	AnswerJoined, AnswerDeclined, AnswerOvertaken, AnswerWithdrawn, AnswerAskedAnew, AnswerUnproven, AnswerNoSeat, AnswerLicenceOver,
}

// Settle decides what an answer does to somebody whose membership is as it is
// since a moment. An empty event changes nothing. Whether a seat is left for a
// yes after a no is the caller's to look at.
//
// The last word counts: a no takes nobody out who said yes elsewhere meanwhile,
// and a yes counts after a no that was said before it.
func (a Answer) Settle(s State, since time.Time) (Event, AnswerOutcome) {
	same := a.Asked.Equal(since)
	switch {
	case s.Account == Deactivated || s.Membership == Outside:
		return "", AnswerWithdrawn
	case s.Membership == Accepted && a.Join:
		return "", AnswerJoined
	case s.Membership == Rejected && !a.Join:
		return "", AnswerDeclined
	case s.Membership == Accepted, s.Membership == Rejected && !same && !a.At.After(since):
		return "", AnswerOvertaken
	case s.Membership == Asked && !same:
		return "", AnswerAskedAnew
	case a.Join:
		return Admit, AnswerJoined
	default:
		return Reject, AnswerDeclined
	}
}
