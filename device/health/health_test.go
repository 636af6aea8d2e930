package health_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"google.golang.org/protobuf/proto"

	"muster/attendance"
	"muster/device"
	"muster/device/health"
	"muster/sync/wire"
)

// shelf is a store of which the test says what it holds.
type shelf struct {
	waiting int
	oldest  time.Time
	err     error
}

func (s shelf) Waiting(context.Context) (int, int64, error) {
	return s.waiting, s.oldest.UnixMicro(), s.err
}
func (s shelf) Profiles(context.Context) (int, error) { return 42, nil }

func reading() attendance.ClockReading {
	return attendance.ClockReading{Device: time.Unix(1000, 0), Offset: 2 * time.Second, Trust: attendance.TrustEstimated}
}

func TestPulseTellsHowTheTabletIs(t *testing.T) {
	t.Parallel()
	m := health.New(shelf{waiting: 3, oldest: time.Unix(940, 0)}, t.TempDir(), "v1", time.Unix(500, 0))
	m.Reader(device.ReaderMissing, "unplugged")
	h, err := m.Health(t.Context(), reading(), true)
	if err != nil {
		t.Fatal(err)
	}
	p := health.Pulse(h, reading().Trust, device.RosterState{
		At: device.FeedPosition{Epoch: "e", Version: 7, People: 8, Urgent: 9}, Current: time.Unix(900, 0), Skipped: 2, Problem: "card: odd",
	})
	if p.GetDiskFree() == 0 {
		t.Error("no room on the disk?")
	}
	p.DiskFree = 0
	want := &wire.Pulse{
		SentUs: 1_000_000_000, Version: "v1", Waiting: 3, OldestWaitUs: 60_000_000, Reader: "missing", ReaderDetail: "unplugged",
		ClockOffsetUs: 2_000_000, Trust: wire.ClockTrust_CLOCK_TRUST_ESTIMATED, FeedVersion: 7, Profiles: 42, Locked: true, StartedUs: 500_000_000,
		FeedEpoch: "e", FeedPeople: 8, FeedCurrentUs: 900_000_000, FeedSkipped: 2, FeedProblem: "card: odd",
	}
	if !proto.Equal(p, want) {
		t.Errorf("pulse %v\nwant  %v", p, want)
	}
}

// A store that fails is no reason to be silent, nor is a text of any length and
// kind.
func TestPulseInTrouble(t *testing.T) {
	t.Parallel()
	m := health.New(shelf{err: errors.New("disk")}, "/does/not/exist", "v1", time.Unix(500, 0))
	m.Reader(device.ReaderFailing, strings.Repeat("\xffü", 1000))
	h, err := m.Health(t.Context(), reading(), false)
	if err == nil {
		t.Error("the failure is not told")
	}
	p := health.Pulse(h, attendance.TrustNone, device.RosterState{})
	if p.GetReader() != "failing" || len(p.GetReaderDetail()) > 600 || !utf8.ValidString(p.GetReaderDetail()) || p.GetDiskFree() != 0 {
		t.Errorf("pulse %v", p)
	}
	if _, err := proto.Marshal(p); err != nil {
		t.Error(err)
	}
}

// A clock that was set back makes nothing wait for less than no time.
func TestWaitIsNeverNegative(t *testing.T) {
	t.Parallel()
	m := health.New(shelf{waiting: 1, oldest: time.Unix(2000, 0)}, t.TempDir(), "v1", time.Unix(500, 0))
	h, err := m.Health(t.Context(), reading(), false)
	if err != nil || h.OldestWait != 0 {
		t.Errorf("%v, %v", h.OldestWait, err)
	}
}
