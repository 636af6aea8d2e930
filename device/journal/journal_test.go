package journal_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"google.golang.org/protobuf/proto"
	"pgregory.net/rapid"

	"muster/attendance"
	"muster/device"
	"muster/device/journal"
	"muster/device/store"
	"muster/sync/wire"
)

// ledger opens a real store of an activated tablet.
func ledger(t testing.TB, dir string) *store.Store {
	t.Helper()
	s, err := store.Open(context.Background(), dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	if _, ok, _ := s.Identity(context.Background()); !ok {
		if err := s.Activate(context.Background(), device.Grant{}); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

// failing is a store whose disk may refuse, as a full one does.
type failing struct {
	journal.Store
	refuse bool
	after  bool // the row is stored, and yet the answer is an error
}

var errRefused = errors.New("refused")

func (f *failing) Append(ctx context.Context, e device.Effect, rows ...device.Row) error {
	if f.refuse {
		return errRefused
	}
	if err := f.Store.Append(ctx, e, rows...); err != nil || f.after {
		return errors.Join(err, errRefused)
	}
	return nil
}

// Whatever fails in between, and however often the tablet starts anew, the rows
// are numbered without gaps and each follows the one before it.
func TestChainHasNoGaps(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := ledger(t, dir)
	h := machine()
	f := &failing{Store: s}
	rapid.Check(t, func(t *rapid.T) {
		clock := journal.NewClock(h, device.ClockEstimate{})
		j, err := journal.Open(t.Context(), f, clock)
		if err != nil {
			t.Fatal(err)
		}
		t.Repeat(map[string]func(*rapid.T){
			"append": func(t *rapid.T) {
				f.refuse, f.after = rapid.Bool().Draw(t, "refuse"), rapid.Bool().Draw(t, "after")
				_, err := j.Append(t.Context(), device.KindRefusal, &wire.RefusalPayload{Reason: "x"}, device.Effect{})
				if (err != nil) != (f.refuse || f.after) {
					t.Fatalf("append: %v", err)
				}
				f.refuse, f.after = false, false
			},
			"step": func(t *rapid.T) {
				h.wall = h.wall.Add(time.Duration(rapid.Int64Range(-100, 100).Draw(t, "seconds")) * time.Second)
			},
			"look": func(t *rapid.T) {
				if err := j.Look(t.Context()); err != nil {
					t.Fatal(err)
				}
			},
			"restart": func(t *rapid.T) {
				if j, err = journal.Open(t.Context(), f, clock); err != nil {
					t.Fatal(err)
				}
			},
		})
	})
	rows, end, err := store.Read(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	report := journal.Verify(rows)
	if err := end(); err != nil || len(report.Faults) != 0 || report.Rows < 100 {
		t.Errorf("%d rows, faults %v, %v", report.Rows, report.Faults, err)
	}
}

// Many goroutines write at once: reader, commands, taps.
func TestConcurrentAppends(t *testing.T) {
	t.Parallel()
	s := ledger(t, t.TempDir())
	j, err := journal.Open(t.Context(), s, journal.NewClock(machine(), device.ClockEstimate{}))
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 20 {
				if _, err := j.Append(t.Context(), device.KindStarted, &wire.StartedPayload{}, device.Effect{}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	if head, err := s.Head(t.Context()); err != nil || head.Seq != 160 {
		t.Errorf("head %d, %v; want 160", head.Seq, err)
	}
}

// A step of the wall clock is told before whatever happens next.
func TestStepIsTold(t *testing.T) {
	t.Parallel()
	s := ledger(t, t.TempDir())
	h := machine()
	j, err := journal.Open(t.Context(), s, journal.NewClock(h, device.ClockEstimate{}))
	if err != nil {
		t.Fatal(err)
	}
	kinds := func() string {
		rows, err := s.Unconfirmed(t.Context(), 0, 100, 100)
		if err != nil {
			t.Fatal(err)
		}
		text := ""
		for _, r := range rows {
			text += string(r.Kind) + " "
			if r.Kind == device.KindClock {
				var p wire.ClockPayload
				if err := proto.Unmarshal(r.Payload, &p); err != nil {
					t.Fatal(err)
				}
				text += fmt.Sprint(time.Duration(p.GetStepUs())*time.Microsecond) + " "
			}
		}
		return text
	}
	row := func() {
		t.Helper()
		if _, err := j.Append(t.Context(), device.KindRefusal, &wire.RefusalPayload{}, device.Effect{}); err != nil {
			t.Fatal(err)
		}
	}
	row()
	h.wall = h.wall.Add(-time.Hour)
	row()
	row()
	if err := j.Look(t.Context()); err != nil {
		t.Fatal(err)
	}
	h.wall = h.wall.Add(time.Minute)
	if err := j.Look(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := j.Look(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got, want := kinds(), "refusal clock -1h0m0s refusal refusal clock 1m0s "; got != want {
		t.Errorf("the journal tells %q, want %q", got, want)
	}
}

// Rows were written before the clock was compared with the cloud. Once it is, a row
// says so, by which the cloud puts the others right, and only one.
func TestComparisonIsTold(t *testing.T) {
	t.Parallel()
	s := ledger(t, t.TempDir())
	h := machine()
	clock := journal.NewClock(h, device.ClockEstimate{})
	open := func() *journal.Journal {
		j, err := journal.Open(t.Context(), s, clock)
		if err != nil {
			t.Fatal(err)
		}
		return j
	}
	j := open()
	look := func(want uint64, trust attendance.Trust) {
		t.Helper()
		if err := j.Look(t.Context()); err != nil {
			t.Fatal(err)
		}
		head, err := s.Head(t.Context())
		if err != nil || head.Seq != want || want > 0 && head.Clock.Trust != trust {
			t.Errorf("the newest row is %d, %s (%v); want %d, %s", head.Seq, head.Clock.Trust, err, want, trust)
		}
	}
	row := func() {
		t.Helper()
		if _, err := j.Append(t.Context(), device.KindRefusal, &wire.RefusalPayload{}, device.Effect{}); err != nil {
			t.Fatal(err)
		}
	}
	look(0, 0) // nothing to put right
	row()
	look(1, attendance.TrustNone)
	clock.Compared(time.Hour, time.Millisecond)
	j = open() // the program starts anew in between
	look(2, attendance.TrustEstimated)
	look(2, attendance.TrustEstimated)
	row()
	look(3, attendance.TrustEstimated)
	h.wall = h.wall.Add(time.Hour)
	look(4, attendance.TrustStepped)
	look(4, attendance.TrustStepped)
	clock.Compared(0, time.Millisecond)
	look(5, attendance.TrustEstimated)
	look(5, attendance.TrustEstimated)
}

// A punch bears the id and the time of the row that tells of it.
func TestPunchIsItsRow(t *testing.T) {
	t.Parallel()
	s := ledger(t, t.TempDir())
	h := machine()
	clock := journal.NewClock(h, device.ClockEstimate{})
	clock.Compared(3*time.Second, time.Millisecond)
	j, err := journal.Open(t.Context(), s, clock)
	if err != nil {
		t.Fatal(err)
	}
	who := attendance.NewID[attendance.ProfileID]()
	row, err := j.Append(t.Context(), device.KindPunch, &wire.PunchPayload{ProfileId: string(who), Direction: wire.Direction_DIRECTION_IN},
		device.Effect{Punch: &attendance.Punch{Profile: who, Direction: attendance.In}})
	if err != nil {
		t.Fatal(err)
	}
	if row.ID.Version() != 7 || row.Seq != 1 || row.Hash != row.Sum() {
		t.Errorf("row %+v", row)
	}
	_, last, err := s.History(t.Context(), who, h.wall, attendance.ClockReading{})
	if err != nil || !last.At.Equal(h.wall.Add(3*time.Second)) {
		t.Errorf("the punch is remembered at %v (%v), want the cloud's time %v", last.At, err, h.wall.Add(3*time.Second))
	}
}

func TestVerifyFindsEveryChange(t *testing.T) {
	t.Parallel()
	good := func() []device.Row {
		var rows []device.Row
		var prev device.Hash
		for seq := uint64(1); seq <= 4; seq++ {
			row := device.Row{Stream: uuid.UUID{1}, Seq: seq, ID: uuid.UUID{byte(seq)}, Kind: device.KindStarted, Prev: prev}
			row.Clock.Device = time.Unix(int64(seq), 0)
			row.Hash = row.Sum()
			rows, prev = append(rows, row), row.Hash
		}
		return rows
	}
	changes := map[string]func([]device.Row) []device.Row{
		"row gone":      func(r []device.Row) []device.Row { return slices.Delete(r, 1, 2) },
		"row changed":   func(r []device.Row) []device.Row { r[2].Payload = []byte("other"); return r },
		"rows swapped":  func(r []device.Row) []device.Row { r[1], r[2] = r[2], r[1]; return r },
		"row forged":    func(r []device.Row) []device.Row { r[2].Kind = "x"; r[2].Hash = r[2].Sum(); return r },
		"first forged":  func(r []device.Row) []device.Row { r[0].Prev[0] = 1; r[0].Hash = r[0].Sum(); return r[:1] },
		"row repeated":  func(r []device.Row) []device.Row { return slices.Insert(r, 1, r[1]) },
		"clock changed": func(r []device.Row) []device.Row { r[3].Clock.Device = time.Unix(9, 0); return r },
	}
	if report := journal.Verify(slices.Values(good())); len(report.Faults) != 0 || report.Rows != 4 || len(report.Streams) != 1 {
		t.Errorf("a good journal: %+v", report)
	}
	if report := journal.Verify(slices.Values(good()[2:])); len(report.Faults) != 0 {
		t.Errorf("a pruned journal: %+v", report)
	}
	for name, change := range changes {
		if report := journal.Verify(slices.Values(change(good()))); len(report.Faults) == 0 {
			t.Errorf("%s: nothing found", name)
		}
	}
}
