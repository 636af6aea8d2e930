package timeclock_test

import (
	"testing"
	"time"

	"google.golang.org/protobuf/proto"

	"muster/attendance"
	"muster/device"
	"muster/device/timeclock"
	"muster/sync/wire"
)

// Where a site takes punches only with a line, a tap without one is refused by
// name, with a row of its own, and is no punch; with the line back it counts.
func TestK29RefusedWithoutALine(t *testing.T) {
	t.Parallel()
	g := newGate(t)
	g.offline = attendance.OfflineRefused
	g.line.Changed(true)
	if r := g.tap(annaUID); !r.Accepted {
		t.Fatalf("with a line: %+v", r)
	}
	g.pass(time.Hour)
	g.line.Changed(false)
	g.pass(timeclock.Grace + time.Second)
	r := g.tap(annaUID)
	if r.Accepted || r.Reason != attendance.NoLine || r.Profile != anna || r.Punch.ID != "" {
		t.Errorf("without: %+v", r)
	}
	row := g.told()
	var p wire.RefusalPayload
	if err := proto.Unmarshal(row.Payload, &p); err != nil || row.Kind != device.KindRefusal || p.GetReason() != "no-line" ||
		p.GetCardId() != string(r.CardID) || p.GetProfileId() != string(anna.ID) {
		t.Errorf("the journal tells of a %s: %v, %v", row.Kind, &p, err)
	}
	if r := g.tap(lostUID); r.Reason != attendance.BlockedCard {
		t.Errorf("a blocked card: %+v", r)
	}
	g.line.Changed(true)
	if r := g.tap(annaUID); !r.Accepted || r.Punch.Direction != attendance.Out || r.Today != time.Hour+timeclock.Grace+time.Second {
		t.Errorf("with the line back: %+v", r)
	}
}

// Where a site has offline punches approved, a tap without a line counts and is
// marked, on the receipt and in the row that is hashed; one with a line is not. What
// is marked counts for hours and for the next direction.
func TestK29ApprovedAfterwards(t *testing.T) {
	t.Parallel()
	g := newGate(t)
	g.offline = attendance.OfflineApproval
	marked := func() bool {
		t.Helper()
		row := g.told()
		var p wire.PunchPayload
		if err := proto.Unmarshal(row.Payload, &p); err != nil || row.Kind != device.KindPunch {
			t.Fatalf("the journal tells of a %s: %v", row.Kind, err)
		}
		if row.Sum() != row.Hash {
			t.Error("the row isn't what was hashed")
		}
		return p.GetNeedsApproval()
	}
	g.line.Changed(true)
	if r := g.tap(annaUID); !r.Accepted || r.Punch.Approval != attendance.ApprovalNone || marked() {
		t.Errorf("with a line: %+v", r)
	}
	g.pass(time.Hour)
	g.line.Changed(false)
	g.pass(timeclock.Grace)
	if r := g.tap(annaUID); !r.Accepted || r.Punch.Approval != attendance.ApprovalNone || marked() {
		t.Errorf("within the grace: %+v", r)
	}
	g.pass(time.Hour)
	if r := g.tap(annaUID); !r.Accepted || r.Punch.Approval != attendance.ApprovalWaiting || r.Punch.Direction != attendance.In || !marked() {
		t.Errorf("without: %+v", r)
	}
	g.pass(time.Second)
	if r := g.tap(annaUID); r.Accepted || r.Reason != attendance.TooSoon {
		t.Errorf("a second tap: %+v", r)
	}
	g.startAgain() // no line yet: how long there was none isn't known
	g.pass(2 * time.Hour)
	if r := g.tap(annaUID); r.Punch.Approval != attendance.ApprovalWaiting || r.Punch.Direction != attendance.Out || !marked() || r.Today < 3*time.Hour {
		t.Errorf("after a start without a line: %+v", r)
	}
	g.line.Changed(true)
	g.pass(time.Hour)
	if r := g.tap(annaUID); r.Punch.Approval != attendance.ApprovalNone || r.Punch.Direction != attendance.In || marked() {
		t.Errorf("with the line back: %+v", r)
	}
	for _, other := range []attendance.Offline{"", attendance.OfflineAllowed} {
		g := newGate(t)
		g.offline = other
		if r := g.tap(annaUID); r.Punch.Approval != attendance.ApprovalNone {
			t.Errorf("%q marks: %+v", other, r)
		}
	}
}

// Whoever has just punched hears that it counts, not that there is no line.
func TestK29SecondTapAfterTheLineWent(t *testing.T) {
	t.Parallel()
	g := newGate(t)
	g.offline = attendance.OfflineRefused
	g.line.Changed(true)
	g.line.Changed(false)
	g.pass(timeclock.Grace - time.Second)
	g.tap(annaUID)
	g.pass(2 * time.Second) // the line is away for too long by now
	if r := g.tap(annaUID); r.Reason != attendance.TooSoon || r.Punch.Direction != attendance.In {
		t.Errorf("receipt %+v", r)
	}
}

// A site that has chosen nothing, or to go on, never refuses for the line.
func TestK29AllowedWithoutALine(t *testing.T) {
	t.Parallel()
	for _, choice := range []attendance.Offline{"", attendance.OfflineAllowed} {
		g := newGate(t)
		g.offline = choice
		if r := g.tap(annaUID); !r.Accepted {
			t.Errorf("%q: %+v", choice, r)
		}
	}
}

// A line that comes back in time refuses nobody; how often it breaks counts from
// the last time; and no clock that can be set has a say.
func TestK29GraceOfTheLine(t *testing.T) {
	t.Parallel()
	now := time.Hour
	line := timeclock.NewLine(func() time.Duration { return now })
	if !line.Offline() {
		t.Error("a tablet that was only switched on has a line")
	}
	line.Changed(false) // the first attempt failed
	if !line.Offline() {
		t.Error("an attempt that failed gives a line")
	}
	line.Changed(true)
	now += time.Hour
	if line.Offline() {
		t.Error("a session doesn't count")
	}
	line.Changed(false)
	now += timeclock.Grace
	if line.Offline() {
		t.Error("offline within the grace")
	}
	line.Changed(false) // one more attempt that failed
	now++
	if !line.Offline() {
		t.Error("each attempt gives a new grace")
	}
	line.Changed(true)
	line.Changed(false)
	if line.Offline() {
		t.Error("no grace after a session")
	}
}
