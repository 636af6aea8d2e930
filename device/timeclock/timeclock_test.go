package timeclock_test

import (
	"context"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"

	"muster/attendance"
	"muster/device"
	"muster/device/journal"
	"muster/device/store"
	"muster/device/timeclock"
	"muster/sync/wire"
)

// gate is a time clock over a real journal, with a wall clock that the test
// turns.
type gate struct {
	*timeclock.Clock
	t     *testing.T
	store *store.Store
	now   time.Time
	mono  time.Duration
	boot  string
	lock  device.Lock
	disk  error // what the disk says to the next rows
	floor time.Time
	dir   string
	clock *journal.Clock
	set   device.Settings

	offline attendance.Offline // what the site has chosen
	line    *timeclock.Line
}

func (g *gate) Wall() time.Time          { return g.now }
func (g *gate) Monotonic() time.Duration { return g.mono }
func (g *gate) BootID() string           { return g.boot }

func (g *gate) pass(d time.Duration) { g.now, g.mono = g.now.Add(d), g.mono+d }

// Head, Append and Restream are the store's, but for a disk that fails.
func (g *gate) Head(ctx context.Context) (device.Row, error) { return g.store.Head(ctx) }
func (g *gate) Restream(ctx context.Context) error           { return g.store.Restream(ctx) }
func (g *gate) Append(ctx context.Context, e device.Effect, rows ...device.Row) error {
	if g.disk != nil {
		return g.disk
	}
	return g.store.Append(ctx, e, rows...)
}

var (
	annaUID    = []byte{4, 1, 2, 3}
	lostUID    = []byte{4, 1, 2, 4}
	blockedUID = []byte{4, 1, 2, 5, 6, 7, 8}
	endedUID   = []byte{4, 1, 2, 6}
	comingUID  = []byte{4, 1, 2, 7}
	anna       = attendance.Profile{ID: "0199a0b0-0000-7000-8000-000000000001", Number: "1001", FirstName: "Anna", LastName: "Berg"}
	bob        = attendance.Profile{ID: "0199a0b0-0000-7000-8000-000000000002", Number: "1002", FirstName: "Bob", Blocked: true}
)

func newGate(t *testing.T) *gate {
	t.Helper()
	// Monday 23 November 2026, 07:00 in Berlin.
	g := &gate{t: t, now: time.Date(2026, 11, 23, 6, 0, 0, 0, time.UTC), mono: time.Hour, boot: "boot", dir: t.TempDir()}
	var err error
	if g.store, err = store.Open(t.Context(), g.dir); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = g.store.Close() }) // the last one
	if err := g.store.Activate(t.Context(), device.Grant{}); err != nil {
		t.Fatal(err)
	}
	settings := device.Settings{TimeZone: "Europe/Berlin", CardKey: attendance.CardKey{1}, Debounce: 5 * time.Second}
	card := func(uid []byte, who attendance.ProfileID, change func(*attendance.Card)) device.RosterChange {
		c := &attendance.Card{ID: settings.CardKey.ID(uid), Profile: who, From: g.now.Add(-time.Hour)}
		change(c)
		return device.RosterChange{Card: c}
	}
	err = g.store.ApplyFeed(t.Context(), device.RosterUpdate{Complete: true, Changes: []device.RosterChange{
		{Profile: &anna},
		{Profile: &bob},
		card(annaUID, anna.ID, func(*attendance.Card) {}),
		card(lostUID, anna.ID, func(c *attendance.Card) { c.Blocked = true }),
		card(blockedUID, bob.ID, func(*attendance.Card) {}),
		card(endedUID, anna.ID, func(c *attendance.Card) { c.To = g.now }),
		card(comingUID, anna.ID, func(c *attendance.Card) { c.From = g.now.Add(time.Hour) }),
	}})
	if err != nil {
		t.Fatal(err)
	}
	g.set = settings
	g.begin(device.ClockEstimate{})
	return g
}

// begin makes the clock over the store.
func (g *gate) begin(kept device.ClockEstimate) {
	g.t.Helper()
	g.clock = journal.NewClock(g, kept)
	j, err := journal.Open(g.t.Context(), g, g.clock)
	if err != nil {
		g.t.Fatal(err)
	}
	g.line = timeclock.NewLine(g.Monotonic)
	g.Clock = timeclock.New(timeclock.Config{
		Roster: g.store, History: g.store, Journal: j, Identity: device.Identity{Device: "d", Site: "s"},
		Settings: func() device.Settings {
			now := g.set
			now.Offline = g.offline
			return now
		},
		Lock: func() device.Lock { return g.lock }, Floor: func() time.Time { return g.floor }, Offline: g.line.Offline, Logger: slog.New(slog.DiscardHandler),
	})
}

// startAgain ends the program and starts it.
func (g *gate) startAgain() {
	g.t.Helper()
	kept, _ := g.clock.Estimate()
	if err := g.store.Close(); err != nil {
		g.t.Fatal(err)
	}
	var err error
	if g.store, err = store.Open(g.t.Context(), g.dir); err != nil {
		g.t.Fatal(err)
	}
	g.begin(kept)
}

func (g *gate) tap(uid []byte) attendance.Receipt {
	return g.Punch(g.t.Context(), attendance.Tap{UID: uid, At: g.now})
}

// told returns the newest row of the journal.
func (g *gate) told() device.Row {
	g.t.Helper()
	row, err := g.store.Head(g.t.Context())
	if err != nil {
		g.t.Fatal(err)
	}
	return row
}

func TestPunchIsStoredBeforeItIsAccepted(t *testing.T) {
	t.Parallel()
	g := newGate(t)
	r := g.tap(annaUID)
	if !r.Accepted || r.Punch.Direction != attendance.In || r.Profile != anna || !r.Punch.At.Equal(g.now) {
		t.Fatalf("receipt %+v", r)
	}
	row := g.told()
	var p wire.PunchPayload
	if err := proto.Unmarshal(row.Payload, &p); err != nil || row.Kind != device.KindPunch {
		t.Fatalf("row %+v, %v", row, err)
	}
	if string(r.Punch.ID) != row.ID.String() || p.GetProfileId() != string(anna.ID) || p.GetCardId() != string(r.CardID) ||
		p.GetSiteId() != "s" || p.GetDirection() != wire.Direction_DIRECTION_IN {
		t.Errorf("receipt %+v, row tells %v", r, &p)
	}
}

// Each tap that is refused has its own answer, its own row, and is no punch.
func TestRefusals(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		reason attendance.Reason
		uid    []byte
		name   string // who the answer names
	}{
		{attendance.UnknownCard, []byte{4, 9, 9, 9}, ""},
		{attendance.UnknownCard, endedUID, ""},
		{attendance.UnknownCard, comingUID, ""},
		{attendance.BlockedCard, lostUID, "Anna Berg"},
		{attendance.BlockedPerson, blockedUID, "Bob"},
		{attendance.RandomCard, []byte{8, 1, 2, 3}, ""},
		{attendance.Unreadable, []byte{1, 2, 3, 4, 5}, ""},
		{attendance.Unreadable, nil, ""},
	} {
		g := newGate(t)
		r := g.tap(c.uid)
		if r.Accepted || r.Reason != c.reason || r.Profile.Name() != c.name || r.Punch.ID != "" {
			t.Errorf("%x: %+v, want %s", c.uid, r, c.reason)
		}
		row := g.told()
		var p wire.RefusalPayload
		if err := proto.Unmarshal(row.Payload, &p); err != nil || row.Kind != device.KindRefusal ||
			p.GetReason() != string(c.reason) || p.GetCardId() != string(r.CardID) || p.GetProfileId() != string(r.Profile.ID) {
			t.Errorf("%x: row %s %v, %v", c.uid, row.Kind, &p, err)
		}
		if (r.CardID == "") != (c.reason == attendance.RandomCard || c.reason == attendance.Unreadable) {
			t.Errorf("%x: card id %q", c.uid, r.CardID)
		}
	}
}

// The second tap of somebody who is not sure about the first gets an answer of
// its own: the name, and the punch that was stored.
func TestTooSoon(t *testing.T) {
	t.Parallel()
	g := newGate(t)
	first := g.tap(annaUID)
	g.pass(4999 * time.Millisecond)
	r := g.tap(annaUID)
	if r.Accepted || r.Reason != attendance.TooSoon || r.Profile != anna || !r.Punch.At.Equal(first.Punch.At) || r.Punch.Direction != attendance.In {
		t.Errorf("receipt %+v", r)
	}
	if row := g.told(); row.Kind != device.KindRefusal {
		t.Errorf("the journal tells of a %s", row.Kind)
	}
	g.pass(time.Millisecond)
	if r := g.tap(annaUID); !r.Accepted || r.Punch.Direction != attendance.Out {
		t.Errorf("after the debounce time: %+v", r)
	}
}

func TestDirectionsAndHours(t *testing.T) {
	t.Parallel()
	g := newGate(t)
	for _, c := range []struct {
		after       time.Duration
		direction   attendance.Direction
		today, week time.Duration
	}{
		{0, attendance.In, 0, 0}, // Monday 07:00
		{4 * time.Hour, attendance.Out, 4 * time.Hour, 4 * time.Hour},    // 11:00
		{time.Hour, attendance.In, 4 * time.Hour, 4 * time.Hour},         // 12:00
		{4 * time.Hour, attendance.Out, 8 * time.Hour, 8 * time.Hour},    // 16:00
		{15 * time.Hour, attendance.In, 0, 8 * time.Hour},                // Tuesday 07:00
		{17 * time.Hour, attendance.In, 0, 8 * time.Hour},                // Wednesday 00:00: the punch out was forgotten
		{8 * time.Hour, attendance.Out, 8 * time.Hour, 16 * time.Hour},   // 08:00
		{6*24*time.Hour + 15*time.Hour, attendance.In, 0, 0},             // Tuesday 23:00 of the next week
		{2 * time.Hour, attendance.Out, time.Hour, 2 * time.Hour},        // Wednesday 01:00, over midnight
		{4*24*time.Hour + 22*time.Hour, attendance.In, 0, 2 * time.Hour}, // Sunday 23:00
		{3 * time.Hour, attendance.Out, 2 * time.Hour, 2 * time.Hour},    // Monday 02:00, over the end of the week
	} {
		g.pass(c.after)
		r := g.tap(annaUID)
		if !r.Accepted || r.Punch.Direction != c.direction || r.Today != c.today || r.Week != c.week {
			t.Errorf("%s: %v %s, today %v, week %v; want %v, %v, %v", g.now.Format("Mon 15:04"), r.Reason, r.Punch.Direction, r.Today, r.Week, c.direction, c.today, c.week)
		}
	}
}

// A clock that somebody sets back doesn't turn everybody round.
func TestClockSetBack(t *testing.T) {
	t.Parallel()
	g := newGate(t)
	g.tap(annaUID)
	g.now, g.mono = g.now.Add(-30*time.Minute), g.mono+time.Minute
	if r := g.tap(annaUID); !r.Accepted || r.Punch.Direction != attendance.Out || r.Today < 0 || r.Today > time.Hour {
		t.Errorf("after the clock was set back: %+v", r)
	}
	g.pass(time.Minute)
	if r := g.tap(annaUID); !r.Accepted || r.Punch.Direction != attendance.In {
		t.Errorf("and then: %+v", r)
	}
}

// A tablet without a battery for its clock starts in the past when the cloud is
// away. It knows that time doesn't run backwards, and lets people in.
func TestClockThatForgotTheTime(t *testing.T) {
	t.Parallel()
	g := newGate(t)
	g.floor = g.now
	g.now = time.Unix(1000, 0)
	if r := g.tap(annaUID); !r.Accepted || r.Punch.Direction != attendance.In || r.Punch.Clock.Trust != attendance.TrustNone || !r.Punch.At.Equal(g.now) {
		t.Errorf("receipt %+v", r)
	}
	if r := g.tap(endedUID); r.Reason != attendance.UnknownCard {
		t.Errorf("a card that was given back: %+v", r)
	}
	g.pass(time.Hour)
	if r := g.tap(annaUID); !r.Accepted || r.Punch.Direction != attendance.Out || r.Week != time.Hour {
		t.Errorf("receipt %+v", r)
	}
}

// A clock that was wrong is put right between two taps: by the cloud, or by
// somebody. Nobody taps twice for it, and whoever came goes when they go. The same
// holds after the program was started again in between.
func TestClockPutRightBetweenTwoTaps(t *testing.T) {
	t.Parallel()
	for name, right := range map[string]func(g *gate){
		"compared with the cloud": func(g *gate) { g.clock.Compared(60*time.Hour, time.Millisecond) },
		"set forward":             func(g *gate) { g.now = g.now.Add(60 * time.Hour) },
		"set back":                func(g *gate) { g.now = g.now.Add(-60 * time.Hour) },
		"years ahead":             func(g *gate) { g.now = g.now.Add(50 * 365 * 24 * time.Hour) },
	} {
		for _, again := range []bool{false, true} {
			t.Run(fmt.Sprint(name, " again=", again), func(t *testing.T) {
				t.Parallel()
				g := newGate(t)
				g.floor = g.now
				if r := g.tap(annaUID); !r.Accepted || r.Punch.Direction != attendance.In {
					t.Fatalf("receipt %+v", r)
				}
				right(g)
				if again {
					g.startAgain()
				}
				g.pass(2 * time.Second)
				if r := g.tap(annaUID); r.Reason != attendance.TooSoon {
					t.Errorf("two seconds later: %+v", r)
				}
				if _, err := g.store.Prune(t.Context(), g.now.Add(-time.Hour).UnixMicro()); err != nil {
					t.Fatal(err)
				}
				g.pass(4 * time.Hour)
				if r := g.tap(annaUID); !r.Accepted || r.Punch.Direction != attendance.Out || r.Week.Round(time.Minute) != 4*time.Hour {
					t.Errorf("four hours later: %s %s, %s this week", r.Reason, r.Punch.Direction, r.Week)
				}
			})
		}
	}
}

// A disk that refuses gives an answer with the reason, never a tick; and a
// refusal that can't be written down is shown all the same.
func TestStorageFailures(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		disk error
		want attendance.Reason
	}{
		{fmt.Errorf("append: %w", device.ErrStorageFull), attendance.StorageFull},
		{fmt.Errorf("append: %w", device.ErrStorageReadOnly), attendance.StorageFault},
		{fmt.Errorf("append: %w", device.ErrStorageDamaged), attendance.StorageFault},
		{context.DeadlineExceeded, attendance.StorageFault},
	} {
		g := newGate(t)
		g.disk = c.disk
		r := g.tap(annaUID)
		if r.Accepted || r.Reason != c.want || r.Profile != anna || r.Punch.ID != "" {
			t.Errorf("%v: %+v, want %s", c.disk, r, c.want)
		}
		if r := g.tap([]byte{4, 9, 9, 9}); r.Reason != attendance.UnknownCard {
			t.Errorf("%v: an unknown card is %+v", c.disk, r)
		}
		g.disk = nil
		if r := g.tap(annaUID); !r.Accepted || r.Punch.Direction != attendance.In || g.told().Seq != 1 {
			t.Errorf("when the disk is good again: %+v, row %d", r, g.told().Seq)
		}
	}
}

func TestLockedTabletTakesNoPunches(t *testing.T) {
	t.Parallel()
	g := newGate(t)
	g.lock = device.Lock{Locked: true}
	if r := g.tap(annaUID); r.Accepted || r.Reason != attendance.Locked || r.Profile.ID == "" {
		t.Errorf("receipt %+v", r)
	}
	for name, uid := range map[string][]byte{"random": {8, 1, 2, 3}, "unreadable": nil} {
		if r := g.tap(uid); r.Accepted || r.Reason != attendance.Locked {
			t.Errorf("a card whose number is %s: %+v", name, r)
		}
	}
	g.lock = device.Lock{}
	if r := g.tap(annaUID); !r.Accepted {
		t.Errorf("receipt %+v", r)
	}
}
