package store_test

import (
	"context"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"
	"pgregory.net/rapid"

	"muster/attendance"
	"muster/device"
	"muster/device/journal"
	"muster/device/store"
	"muster/sync/wire"
)

func add(t interface{ Fatal(...any) }, j *journal.Journal) device.Row {
	row, err := j.Append(context.Background(), device.KindStarted, &wire.StartedPayload{}, device.Effect{})
	if err != nil {
		t.Fatal(err)
	}
	return row
}

// Whatever the cloud confirms in whatever order, what is sent next is exactly
// what it has not confirmed, over restarts too.
func TestUnconfirmedIsWhatTheCloudDoesNotHave(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := activated(t, dir)
	ctx := context.Background()
	j := journalOver(s)
	rapid.Check(t, func(t *rapid.T) {
		if err := s.Confirm(ctx, j.Stream(), j.Head(), nil); err != nil {
			t.Fatal(err)
		}
		if err := s.Activate(ctx, grant()); err != nil { // an empty stream
			t.Fatal(err)
		}
		j = journalOver(s)
		var waiting []uint64
		t.Repeat(map[string]func(*rapid.T){
			"append": func(t *rapid.T) { waiting = append(waiting, add(t, j).Seq) },
			"confirm": func(t *rapid.T) {
				// Numbers beyond the end come from a cloud that knows an older life of
				// this journal; they must confirm nothing that is yet to come.
				through := rapid.Uint64Range(0, j.Head()+3).Draw(t, "through")
				sparse := rapid.SliceOfN(rapid.Uint64Range(0, j.Head()+3), 0, 5).Draw(t, "sparse")
				if err := s.Confirm(ctx, j.Stream(), through, sparse); err != nil {
					t.Fatal(err)
				}
				waiting = slices.DeleteFunc(waiting, func(n uint64) bool { return n <= through || slices.Contains(sparse, n) })
			},
			"prune": func(t *rapid.T) {
				if _, err := s.Prune(ctx, time.Now().Add(time.Hour).UnixMicro()); err != nil {
					t.Fatal(err)
				}
			},
			"restart": func(t *rapid.T) {
				if err := s.Close(); err != nil {
					t.Fatal(err)
				}
				again, err := store.Open(ctx, dir)
				if err != nil {
					t.Fatal(err)
				}
				s, j = again, journalOver(again)
			},
			"": func(t *rapid.T) {
				rows, err := s.Unconfirmed(ctx, 0, j.Head(), 1000)
				if err != nil {
					t.Fatal(err)
				}
				var got []uint64
				for _, r := range rows {
					if r.Sum() != r.Hash {
						t.Fatalf("row %d doesn't match its hash", r.Seq)
					}
					got = append(got, r.Seq)
				}
				if !slices.Equal(got, waiting) {
					t.Fatalf("to send %v, want %v", got, waiting)
				}
				if n, oldest, err := s.Waiting(ctx); err != nil || n != len(waiting) || (oldest == 0) != (n == 0) {
					t.Fatalf("%d wait since %d (%v), want %d", n, oldest, err, len(waiting))
				}
				if head, err := s.Head(ctx); err != nil || head.Seq != j.Head() {
					t.Fatalf("head %d (%v), want %d", head.Seq, err, j.Head())
				}
			},
		})
	})
	_ = s.Close()
}

// How old a row is, is told by the cloud's clock: neither a clock that stands in the
// future nor one that was never set takes today's rows with it.
func TestPruneGoesByTheCloudsClock(t *testing.T) {
	t.Parallel()
	s := activated(t, t.TempDir())
	now, stream := time.Now(), journalOver(s).Stream()
	row, last := device.Row{}, uint64(0)
	put := func(wall time.Time, offset time.Duration, trust attendance.Trust) {
		last++
		row = device.Row{
			Stream: stream, Seq: last, ID: uuid.Must(uuid.NewV7()), Kind: device.KindStarted, Prev: row.Hash,
			Clock: attendance.ClockReading{Device: wall, BootID: "boot", Offset: offset, Trust: trust},
		}
		row.Hash = row.Sum()
		if err := s.Append(t.Context(), device.Effect{}, row); err != nil {
			t.Fatal(err)
		}
	}
	day := 24 * time.Hour
	put(now.Add(20*day), -20*day, attendance.TrustEstimated) // today, by a clock that is ahead
	put(time.Unix(0, 0), 0, attendance.TrustNone)            // today, by a clock that was never set
	put(now.Add(20*day), -20*day, attendance.TrustEstimated)
	put(now, 0, attendance.TrustEstimated)
	if err := s.Confirm(t.Context(), row.Stream, last, nil); err != nil {
		t.Fatal(err)
	}
	if gone, err := s.Prune(t.Context(), now.Add(-15*day).UnixMicro()); gone != 0 || err != nil {
		t.Errorf("%d rows of today were pruned (%v)", gone, err)
	}
	if gone, err := s.Prune(t.Context(), now.Add(time.Hour).UnixMicro()); gone != 3 || err != nil {
		t.Errorf("pruned %d rows (%v), want all but the last", gone, err)
	}
}

// Pruning takes what the cloud has and what is old, from the old end only.
func TestPruneLeavesAChain(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := activated(t, dir)
	j := journalOver(s)
	for range 10 {
		add(t, j)
	}
	if err := s.Confirm(t.Context(), j.Stream(), 5, []uint64{7, 8}); err != nil {
		t.Fatal(err)
	}
	future := time.Now().Add(time.Hour).UnixMicro()
	if gone, err := s.Prune(t.Context(), 0); gone != 0 || err != nil {
		t.Errorf("pruned %d young rows (%v)", gone, err)
	}
	if gone, err := s.Prune(t.Context(), future); gone != 5 || err != nil {
		t.Errorf("pruned %d rows (%v), want the 5 confirmed in a row", gone, err)
	}
	if err := s.Confirm(t.Context(), j.Stream(), 10, nil); err != nil {
		t.Fatal(err)
	}
	if gone, err := s.Prune(t.Context(), future); gone != 4 || err != nil {
		t.Errorf("pruned %d rows (%v), want all but the last", gone, err)
	}
	next := add(t, journalOver(s))
	if next.Seq != 11 {
		t.Errorf("the row after has number %d", next.Seq)
	}
	if report := verify(t, dir); len(report.Faults) != 0 || report.Rows != 2 {
		t.Errorf("%+v", report)
	}
}

func verify(t *testing.T, dir string) journal.Report {
	t.Helper()
	rows, end, err := store.Read(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	report := journal.Verify(rows)
	if err := end(); err != nil {
		t.Fatal(err)
	}
	return report
}

// A tablet that was set back to an old copy of its data would give numbers out a
// second time, and what is confirmed may have been said of the first. A new
// stream tells all its rows anew.
func TestRestreamTellsEverythingAgain(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := activated(t, dir)
	j := journalOver(s)
	var rows []device.Row
	for range 6 {
		rows = append(rows, add(t, j))
	}
	if err := s.Confirm(t.Context(), j.Stream(), 2, []uint64{4}); err != nil {
		t.Fatal(err)
	}
	old := j.Stream()
	if err := j.Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
	if j.Stream() == old || j.Head() != 6 {
		t.Fatalf("stream %s, head %d; want a new stream with 6 rows", j.Stream(), j.Head())
	}
	add(t, j)
	got, err := s.Unconfirmed(t.Context(), 0, 100, 100)
	if err != nil || len(got) != 7 {
		t.Fatalf("%d rows to send (%v), want 7", len(got), err)
	}
	for i, want := range rows {
		if got[i].ID != want.ID || got[i].Seq != uint64(i+1) || got[i].Stream != j.Stream() || got[i].Clock != want.Clock || got[i].Sum() != got[i].Hash {
			t.Errorf("row %d became %+v", want.Seq, got[i])
		}
	}
	if report := verify(t, dir); len(report.Faults) > 0 {
		t.Errorf("faults %v", report.Faults)
	}
}

// A cloud that was restored from a backup has lost what it had confirmed. What
// the tablet still has waits again; what is pruned can't.
func TestRewindTakesConfirmationsBack(t *testing.T) {
	t.Parallel()
	s := activated(t, t.TempDir())
	j := journalOver(s)
	for range 8 {
		add(t, j)
	}
	stream := j.Stream()
	if err := s.Confirm(t.Context(), stream, 6, []uint64{8}); err != nil {
		t.Fatal(err)
	}
	rewind := func(to uint64, want bool) {
		t.Helper()
		if moved, err := s.Rewind(t.Context(), stream, to); moved != want || err != nil {
			t.Fatalf("rewound to %d: %v, %v; want %v", to, moved, err, want)
		}
	}
	standing := func(want device.Standing) {
		t.Helper()
		if got, err := s.Standing(t.Context()); err != nil || len(got) != 1 || !reflect.DeepEqual(got[0], want) {
			t.Fatalf("standing %+v, %v; want %+v", got, err, want)
		}
	}
	rewind(7, false)
	standing(device.Standing{Stream: stream, Through: 6, Oldest: 1, Last: 8})
	rewind(3, true)
	standing(device.Standing{Stream: stream, Through: 3, Oldest: 1, Last: 8})
	if got, err := s.Unconfirmed(t.Context(), 0, 100, 100); err != nil || len(got) != 5 || got[0].Seq != 4 || got[4].Seq != 8 {
		t.Errorf("%d rows wait (%v), want 4 to 8", len(got), err)
	}
	if err := s.Confirm(t.Context(), stream, 8, nil); err != nil {
		t.Fatal(err)
	}
	before, _, err := s.Hash(t.Context(), stream, 7)
	if err != nil {
		t.Fatal(err)
	}
	if gone, err := s.Prune(t.Context(), time.Now().Add(time.Hour).UnixMicro()); gone != 7 || err != nil {
		t.Fatalf("pruned %d, %v", gone, err)
	}
	rewind(3, true)
	standing(device.Standing{Stream: stream, Through: 7, Oldest: 8, Last: 8, Before: before})
}

// Hours are reckoned from what the journal holds, after a restart as before.
func TestHistorySurvivesARestart(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := activated(t, dir)
	j := journalOver(s)
	who := attendance.NewID[attendance.ProfileID]()
	punch := func(d attendance.Direction) {
		t.Helper()
		_, err := j.Append(t.Context(), device.KindPunch, &wire.PunchPayload{ProfileId: string(who), Direction: wire.Direction(d)},
			device.Effect{Punch: &attendance.Punch{Profile: who, Direction: d}})
		if err != nil {
			t.Fatal(err)
		}
	}
	punch(attendance.In)
	punch(attendance.Out)
	since := time.Now().Add(-time.Hour)
	before, last, err := s.History(t.Context(), who, since, attendance.ClockReading{})
	if err != nil || len(before) != 2 || last.Direction != attendance.Out {
		t.Fatalf("history %v, last %v, %v", before, last, err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = open(t, dir)
	after, last, err := s.History(t.Context(), who, since, attendance.ClockReading{})
	if err != nil || !slices.Equal(before, after) || last != before[1] {
		t.Errorf("history %v (%v), want %v", after, err, before)
	}
	if got, _, _ := s.History(t.Context(), who, time.Now().Add(time.Hour), attendance.ClockReading{}); len(got) != 0 {
		t.Errorf("history of the future: %v", got)
	}
}
