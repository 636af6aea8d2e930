package roster_test

import (
	"strings"
	"testing"
	"time"

	"muster/attendance"
	"muster/device"
	"muster/sync/wire"
)

// What the feed says of an invitation reaches the tablet; what makes no sense of
// it takes nothing from the person.
func TestL14TheFeedTellsOfInvitations(t *testing.T) {
	t.Parallel()
	asked := time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)
	for name, c := range map[string]struct {
		told *wire.Invitation
		want *attendance.Invitation
	}{
		"nobody asks":      {nil, nil},
		"asked":            {&wire.Invitation{Open: true, AskedUs: asked.UnixMicro()}, &attendance.Invitation{Open: true, Asked: asked}},
		"said no":          {&wire.Invitation{Open: true, Declined: true, AskedUs: asked.UnixMicro()}, &attendance.Invitation{Open: true, Declined: true, Asked: asked}},
		"answered here":    {&wire.Invitation{AnswerId: "a", Outcome: "joined"}, &attendance.Invitation{Answer: "a", Outcome: "joined"}},
		"no time":          {&wire.Invitation{Open: true}, &attendance.Invitation{}},
		"before all times": {&wire.Invitation{Open: true, AskedUs: -1 << 63}, &attendance.Invitation{}},
		"after all times":  {&wire.Invitation{Open: true, AskedUs: 1<<63 - 1}, &attendance.Invitation{}},
		"a long word":      {&wire.Invitation{Open: true, AskedUs: 1, Outcome: strings.Repeat("x", 65)}, nil},
		"no text":          {&wire.Invitation{Open: true, AskedUs: 1, AnswerId: "\xff"}, nil},
	} {
		m := &memory{names: map[attendance.ProfileID]string{}}
		r := open(t, m)
		page := &wire.FeedPage{Epoch: "e", Term: "t", To: 1, Head: 1, Snapshot: true, Ask: r.Pull().GetAsk(), Changes: []*wire.Change{
			{Of: &wire.Change_Profile{Profile: &wire.Profile{Id: string(person(1)), FirstName: "Olga", Invitation: c.told}}},
		}}
		if _, err := r.Apply(t.Context(), page); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if len(m.last.Changes) != 1 || m.last.Changes[0].Profile == nil {
			t.Errorf("%s: the person is lost: %+v", name, m.last)
			continue
		}
		got := m.last.Changes[0].Profile.Invitation
		if (got == nil) != (c.want == nil) || got != nil && *got != *c.want {
			t.Errorf("%s: %+v, want %+v", name, got, c.want)
		}
	}
}

// A tablet whose roster was read by a program that knew nothing of invitations
// reads it again; everybody stays known meanwhile.
func TestL14AnOlderRosterIsReadAgain(t *testing.T) {
	t.Parallel()
	m := &memory{names: map[attendance.ProfileID]string{}, state: device.RosterState{At: device.FeedPosition{Epoch: "e", Version: 7, Urgent: 7, People: 7}, Reading: 1}}
	if p := open(t, m).Pull(); p.GetHave() != 0 || p.GetPeople() != 0 {
		t.Errorf("it goes on from %v", p)
	}
}
