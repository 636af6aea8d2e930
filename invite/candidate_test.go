package invite_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"muster/invite"
)

var morning = time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)

func anyCandidate(t *rapid.T) invite.Candidate {
	c := invite.Candidate{
		State: invite.State{
			Account:    rapid.SampledFrom(invite.Accounts).Draw(t, "account"),
			Delivery:   rapid.SampledFrom(invite.Deliveries).Draw(t, "delivery"),
			Membership: rapid.SampledFrom(invite.Memberships).Draw(t, "membership"),
		},
		Channel: rapid.SampledFrom([]invite.Channel{invite.Email, invite.SMS, invite.Handout}).Draw(t, "channel"),
		Blocked: rapid.Bool().Draw(t, "blocked"),
	}
	if c.Channel == invite.Handout {
		c.Reason = invite.NoContact
	}
	if ago := rapid.IntRange(-1, 80).Draw(t, "hours since the last"); ago >= 0 {
		c.Chases.Last = morning.Add(-time.Duration(ago) * time.Hour)
	}
	return c
}

// Whatever is known of somebody and whenever it was asked for: what is let through is
// possible in the state machine, is for somebody with a seat and an address, and no
// reminder follows a message within 24 hours of it, at either moment.
func TestK9K12JudgeLetsNothingThroughThatTheRulesForbid(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		c := anyCandidate(t)
		e := rapid.SampledFrom([]invite.Event{"", invite.Invite, invite.Chase}).Draw(t, "event")
		asked := morning.Add(-time.Duration(rapid.IntRange(-2, 200).Draw(t, "hours ago")) * time.Hour)
		channel, hurdle := c.Judge(e, asked, morning)
		if (channel == "") == (hurdle == "") {
			t.Fatalf("%q and %q", channel, hurdle)
		}
		if hurdle != "" {
			return
		}
		fits, can := c.State.Ask()
		switch {
		case !can || e != "" && e != fits:
			t.Fatalf("%s is let through, possible is %q", e, fits)
		case c.Blocked || channel != c.Channel || channel == invite.Handout:
			t.Fatalf("it takes %q", channel)
		case morning.Sub(asked) > invite.Stale:
			t.Fatal("it has lost its meaning")
		case fits == invite.Chase && !c.Chases.Last.IsZero() && morning.Sub(c.Chases.Last) < invite.ChaseEvery:
			t.Fatalf("a reminder %v after the message before", morning.Sub(c.Chases.Last))
		case fits == invite.Chase && !c.Chases.Last.IsZero() && asked.Before(morning) && asked.Sub(c.Chases.Last) < invite.ChaseEvery:
			t.Fatalf("asked for %v after the message before", asked.Sub(c.Chases.Last))
		}
	})
}

// Each hurdle is named for what stands in the way.
func TestP13JudgeSaysWhy(t *testing.T) {
	t.Parallel()
	silent := invite.State{Account: invite.Inactive, Delivery: invite.None, Membership: invite.Accepted}
	invited := invite.State{Account: invite.Invited, Delivery: invite.Sent, Membership: invite.Accepted}
	with := func(s invite.State, d invite.Delivery, m invite.Membership) invite.State {
		s.Delivery, s.Membership = d, m
		return s
	}
	hour := func(n int) time.Time { return morning.Add(time.Duration(-n) * time.Hour) }
	for _, c := range []struct {
		what    string
		of      invite.Candidate
		event   invite.Event
		asked   time.Time
		channel invite.Channel
		hurdle  invite.Obstacle
	}{
		{"silent", invite.Candidate{State: silent, Channel: invite.Email}, "", morning, invite.Email, ""},
		{"silent, by SMS", invite.Candidate{State: silent, Channel: invite.SMS}, invite.Invite, morning, invite.SMS, ""},
		{"a first message needs no distance", invite.Candidate{State: silent, Channel: invite.Email, Chases: invite.Chases{Last: hour(1)}}, "", morning, invite.Email, ""},
		{"nothing to chase", invite.Candidate{State: silent, Channel: invite.Email}, invite.Chase, morning, "", invite.NotPossible},
		{"too soon", invite.Candidate{State: invited, Channel: invite.Email, Chases: invite.Chases{Last: hour(23)}}, "", morning, "", invite.ChasedAlready},
		{"a day later", invite.Candidate{State: invited, Channel: invite.Email, Chases: invite.Chases{Last: hour(24)}}, "", morning, invite.Email, ""},
		{"asked too soon, arrived late", invite.Candidate{State: invited, Channel: invite.Email, Chases: invite.Chases{Last: hour(30)}}, "", hour(10), "", invite.CameTooLate},
		{"eight days under way", invite.Candidate{State: silent, Channel: invite.Email}, "", hour(8 * 24), "", invite.CameTooLate},
		{"no address", invite.Candidate{State: silent, Channel: invite.Handout, Reason: invite.NoContact}, "", morning, "", invite.Obstacle(invite.NoContact)},
		{"blocked", invite.Candidate{State: silent, Channel: invite.Email, Blocked: true}, "", morning, "", invite.Obstacle(invite.AddressBlocked)},
		{"no seat", invite.Candidate{State: with(silent, invite.None, invite.Rejected), Channel: invite.Email}, "", morning, "", invite.NotMember},
		{"waits", invite.Candidate{State: with(invited, invite.Queued, invite.Accepted), Channel: invite.Email}, "", morning, "", invite.WaitsAlready},
	} {
		if channel, hurdle := c.of.Judge(c.event, c.asked, morning); channel != c.channel || hurdle != c.hurdle {
			t.Errorf("%s: %q, %q; want %q, %q", c.what, channel, hurdle, c.channel, c.hurdle)
		}
	}
}
