package invite

import (
	"errors"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// Whatever somebody says, and however late it comes, an answer does only what the
// table of memberships allows, touches no account, and takes nobody out who is in.
func TestL15AnswersAtATabletDoNoMore(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		moment := rapid.Custom(func(t *rapid.T) time.Time { return time.Unix(int64(rapid.IntRange(1, 4).Draw(t, "s")), 0) })
		s := State{Account: rapid.SampledFrom(Accounts).Draw(t, "account"), Delivery: rapid.SampledFrom(Deliveries).Draw(t, "delivery"), Membership: rapid.SampledFrom(Memberships).Draw(t, "membership")}
		a := Answer{Join: rapid.Bool().Draw(t, "join"), Asked: moment.Draw(t, "asked"), At: moment.Draw(t, "at")}
		since := moment.Draw(t, "since")
		e, outcome := a.Settle(s, since)
		if e == "" {
			if s.Membership == Asked && a.Asked.Equal(since) && s.Account != Deactivated {
				t.Fatalf("the question is open and the answer does nothing: %s", outcome)
			}
			return
		}
		next, err := Next(s, e)
		if refused := (*NotNow)(nil); errors.As(err, &refused) {
			t.Fatalf("%s isn't possible: %v", e, err)
		}
		if next.Account != s.Account || next.Delivery != s.Delivery {
			t.Fatalf("%s changes more than the membership: %+v", e, next)
		}
		if s.Membership == Accepted || s.Membership == Outside || s.Account == Deactivated {
			t.Fatalf("%s moves somebody who is %s, %s", e, s.Membership, s.Account)
		}
		want, says := Rejected, AnswerDeclined
		if a.Join {
			want, says = Accepted, AnswerJoined
		}
		if next.Membership != want || outcome != says {
			t.Fatalf("said %v, stands %s, told %s", a.Join, next.Membership, outcome)
		}
	})
}
