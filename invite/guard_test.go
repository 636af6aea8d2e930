package invite

import (
	"errors"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// K9, K12: whoever asks, in whatever order requests arrive and however late, two
// chases of one profile are never less than a day apart, neither when they are
// carried out nor when they were asked for.
func TestK9ChasedOnceADay(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		now := time.Date(2026, 3, 29, 0, 0, 0, 0, time.UTC)
		var c Chases
		for range rapid.IntRange(1, 30).Draw(t, "requests") {
			now = now.Add(time.Duration(rapid.Int64Range(0, int64(30*time.Hour)).Draw(t, "later")))
			asked := now.Add(-time.Duration(rapid.Int64Range(-int64(time.Hour), int64(9*24*time.Hour)).Draw(t, "late")))
			err := c.Allow(asked, now)
			if again := c.Again(now); !again.IsZero() && (err == nil || !again.After(now)) {
				t.Fatalf("asked %v, at %v: %v, although the screen says %v", asked, now, err, again)
			}
			if err != nil {
				continue
			}
			if !c.Last.IsZero() && (now.Sub(c.Last) < ChaseEvery || asked.Sub(c.Last) < ChaseEvery) {
				t.Fatalf("chased at %v, and at %v for a request of %v", c.Last, now, asked)
			}
			if now.Sub(asked) > Stale {
				t.Fatalf("a request of %v was carried out at %v", asked, now)
			}
			c.Last = now
		}
	})
}

func TestK12ChaseSaysWhenAgain(t *testing.T) {
	last := time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)
	var soon *TooSoon
	if err := (Chases{Last: last}).Allow(last.Add(time.Hour), last.Add(time.Hour)); !errors.As(err, &soon) || !soon.Again.Equal(last.Add(24*time.Hour)) {
		t.Errorf("%v", err)
	}
	if err := (Chases{Last: last}).Allow(last.Add(24*time.Hour), last.Add(24*time.Hour)); err != nil {
		t.Error(err)
	}
	var over *Overtaken
	if err := (Chases{Last: last}).Allow(last.Add(-time.Hour), last.Add(48*time.Hour)); !errors.As(err, &over) {
		t.Errorf("a request older than the last chase: %v", err)
	}
}

func TestChannel(t *testing.T) {
	sms := DefaultPolicy
	sms.SMS = true
	only := sms
	only.EmailOnly = true
	for _, c := range []struct {
		policy  Policy
		contact Contact
		channel Channel
		reason  Reason
	}{
		{sms, Contact{Email: "a@example.com", Phone: "+79051111111"}, Email, ""},
		{sms, Contact{Phone: "+79051111111"}, SMS, ""},
		{only, Contact{Phone: "+79051111111"}, Handout, EmailOnly},
		{DefaultPolicy, Contact{Phone: "+79051111111"}, Handout, NotConfigured},
		{sms, Contact{}, Handout, NoContact},
	} {
		if ch, why := c.policy.Channel(c.contact); ch != c.channel || why != c.reason {
			t.Errorf("%+v: %s, %s", c.contact, ch, why)
		}
	}
}
