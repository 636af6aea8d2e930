package store

import (
	"context"
	"database/sql"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/google/uuid"
	"pgregory.net/rapid"

	"muster/attendance"
	"muster/device"
)

// lay puts rows with these numbers into the raw log, or the quarantine, as if
// they had been there for long.
func (w *world) lay(t testing.TB, dev attendance.DeviceID, stream uuid.UUID, kept, aside []int64) {
	t.Helper()
	err := w.change(context.Background(), func(tx *tx) error {
		for _, seq := range kept {
			id := uuid.New()
			if _, err := tx.ExecContext(t.Context(), `INSERT INTO raw_rows
				(device, stream, seq, id, org, kind, payload, device_time, monotonic, boot, clock_offset, uncertainty, trust, prev, hash, received_at)
				VALUES (?, ?, ?, ?, ?, 'started', ?, 0, 0, '', 0, 0, 0, ?, ?, 0)`, dev, stream[:], seq, id[:], w.admin.Org, []byte{}, []byte{}, []byte{}); err != nil {
				return err
			}
		}
		for _, seq := range aside {
			if _, err := tx.ExecContext(t.Context(), `INSERT INTO quarantine (org, device, stream, seq, reason, received_at) VALUES (?, ?, ?, ?, 'test', 0)`,
				w.admin.Org, dev, stream[:], seq); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// end says where the first gap is, as a delivery finds it.
func (w *world) end(t testing.TB, dev attendance.DeviceID, stream uuid.UUID, from int64) (end int64) {
	t.Helper()
	err := w.change(context.Background(), func(tx *tx) (err error) {
		c := &courier{tx: tx, hot: prepare(tx.speaker), d: device.Delivery{Device: dev, Org: w.admin.Org}}
		end, err = c.gap(t.Context(), stream, from)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return end
}

func seqsTo(from, to int64) (all []int64) {
	for ; from <= to; from++ {
		all = append(all, from)
	}
	return all
}

// What is safe goes to the first number that is neither in the raw log nor in
// quarantine, however long the stretches are and however they lie.
func TestGapIsFound(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	dev := w.device(t, w.admin.Org, w.north.ID, "Gate")
	rapid.Check(t, func(r *rapid.T) {
		var kept, aside []int64
		there := map[int64]bool{}
		stream := uuid.New()
		for at, n := int64(1), rapid.IntRange(1, 5).Draw(r, "stretches"); n > 0; n-- {
			length := rapid.SampledFrom([]int64{1, 2, 60, 63, 64, 65, 130}).Draw(r, "length")
			switch rapid.SampledFrom([]string{"kept", "kept", "aside", "both", "turns", "gap"}).Draw(r, "where") {
			case "kept":
				kept = append(kept, seqsTo(at, at+length-1)...)
			case "aside":
				aside = append(aside, seqsTo(at, at+length-1)...)
			case "both":
				kept, aside = append(kept, seqsTo(at, at+length-1)...), append(aside, seqsTo(at, at+length-1)...)
			case "turns":
				for i := range length {
					if i%2 == 0 {
						kept = append(kept, at+i)
					} else {
						aside = append(aside, at+i)
					}
				}
			}
			at += length
		}
		for _, seq := range append(append([]int64{}, kept...), aside...) {
			there[seq] = true
		}
		w.lay(t, dev, stream, kept, aside)
		from := rapid.Int64Range(0, 70).Draw(r, "from")
		want := from
		for there[want+1] {
			want++
		}
		if got := w.end(t, dev, stream, from); got != want {
			r.Fatalf("from %d: through %d, want %d; kept %v aside %v", from, got, want, kept, aside)
		}
	})
}

// Behind a gap there may be a year of rows: they are not gone through with each
// delivery.
func TestGapIsFoundQuickly(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	dev, stream := w.device(t, w.admin.Org, w.north.ID, "Gate"), uuid.New()
	args := []any{dev, stream[:], int64(10), firstPortion}
	if _, ok := on.(files); ok {
		p := &planner{querier: w.read}
		if _, err := collect(t.Context(), p, func(*sql.Rows, *int64) error { return nil }, nextSeqs, args...); err != nil {
			t.Fatal(err)
		}
		plan := strings.Join(p.steps, "\n")
		if strings.Contains(plan, "SCAN raw_rows") || strings.Contains(plan, "SCAN quarantine") ||
			strings.Count(plan, "(device=? AND stream=? AND seq>?)") != 2 {
			t.Errorf("not read from indexes:\n%s", plan)
		}
		return
	}
	w.lay(t, dev, stream, append(seqsTo(1, 10), seqsTo(12, 5000)...), nil)
	err := w.change(t.Context(), func(tx *tx) error {
		if _, err := tx.ExecContext(t.Context(), `ANALYZE raw_rows`); err != nil {
			return err
		}
		steps, err := collect(t.Context(), tx, scanOne[string], `EXPLAIN (ANALYZE, TIMING OFF, SUMMARY OFF) `+nextSeqs, args...)
		plan := strings.Join(steps, "\n")
		read := 0
		for _, n := range regexp.MustCompile(`actual rows=(\d+)`).FindAllStringSubmatch(plan, -1) {
			read = max(read, must(strconv.Atoi(n[1]))(t))
		}
		if !strings.Contains(plan, "Index Only Scan using raw_rows_pkey") || read > firstPortion {
			t.Errorf("it goes through what is behind the gap:\n%s", plan)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
