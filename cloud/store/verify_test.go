package store

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"muster/access"
	"muster/attendance"
	"muster/device"
	"muster/sync/wire"
)

// tamper changes the raw log behind the back of what keeps it append-only.
func (w *world) tamper(t testing.TB, query string, args ...any) {
	t.Helper()
	ctx := context.Background()
	x, err := w.write.begin(ctx, &sql.TxOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer x.rollback()
	run := func(queries ...string) {
		for _, q := range queries {
			if _, err := x.ExecContext(ctx, q); err != nil {
				t.Fatal(err)
			}
		}
	}
	if w.write.bulk() {
		run(`SET LOCAL session_replication_role = replica`)
	} else {
		run(`DROP TRIGGER raw_rows_no_update`, `DROP TRIGGER raw_rows_no_delete`)
	}
	if _, err := x.ExecContext(ctx, query, args...); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	if !w.write.bulk() {
		run(`CREATE TRIGGER raw_rows_no_update BEFORE UPDATE ON raw_rows BEGIN SELECT RAISE(ABORT, 'raw_rows is append-only'); END`,
			`CREATE TRIGGER raw_rows_no_delete BEFORE DELETE ON raw_rows BEGIN SELECT RAISE(ABORT, 'raw_rows is append-only'); END`)
	}
	if err := x.commit(); err != nil {
		t.Fatal(err)
	}
}

// journals verifies a tablet's journals, all where none is named.
func (w *world) journals(t testing.TB, dev attendance.DeviceID) []Journal {
	t.Helper()
	var all []Journal
	err := w.Verify(context.Background(), dev, func(j Journal) error {
		all = append(all, j)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// faults returns the broken ones in words.
func faults(journals []Journal) (all []string) {
	for _, j := range journals {
		for _, f := range j.Faults {
			if f.Broken {
				all = append(all, f.String())
			}
		}
	}
	return all
}

func TestVerifyAGoodJournal(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	anna := w.person(t, "Anna", "Berg", w.north.ID)
	p := w.pen(t, w.admin.Org, w.north.ID)
	var rows []device.Row
	for range 10 {
		rows = append(rows, p.punch(anna.ID, ""))
	}
	w.deliver(t, p, rows...)
	all := w.journals(t, "")
	if len(all) != 1 || all[0].Rows != 10 || all[0].Last != 10 || all[0].Through != 10 || len(all[0].Faults) != 0 || all[0].Stream != p.last.Stream ||
		!all[0].From.Equal(rows[0].Clock.Device) || !all[0].To.Equal(rows[9].Clock.Device) || all[0].Name == "" {
		t.Errorf("%+v", all)
	}
	if err := w.Verify(t.Context(), "no such tablet", nil); !errors.Is(err, access.ErrNotFound) {
		t.Errorf("a tablet that isn't there: %v", err)
	}
}

// What is known of a journal that has come in parts, and of what lies in
// quarantine, is told and told apart.
func TestVerifyTellsWhatIsNotHere(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	anna := w.person(t, "Anna", "Berg", w.north.ID)
	p := w.pen(t, w.admin.Org, w.north.ID)
	var rows []device.Row
	for range 4 {
		rows = append(rows, p.punch(anna.ID, ""))
	}
	twin := *p
	for range 6 {
		rows = append(rows, p.punch(anna.ID, ""))
	}
	w.deliver(t, p, rows[:5]...)
	w.deliver(t, p, rows[8:]...)
	w.deliver(t, p, twin.punch(anna.ID, "")) // another row 5
	d := p.delivery()
	d.Broken = []device.Broken{{Stream: p.last.Stream, Seq: 7, Reason: "wrong-hash", Body: []byte("x")}}
	if _, err := w.Deliver(t.Context(), []device.Delivery{d}); err != nil {
		t.Fatal(err)
	}
	tell := func() (all []string) {
		for _, f := range w.journals(t, p.from.Device)[0].Faults {
			all = append(all, f.String())
		}
		return all
	}
	want := []string{
		"row 5: clone: another row came for the same place",
		"row 6: awaited: not here yet; the tablet has told later ones",
		"row 7: aside: in quarantine: wrong-hash",
		"row 8: awaited: not here yet; the tablet has told later ones",
	}
	if got := tell(); !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	if n := len(faults(w.journals(t, ""))); n != 2 {
		t.Errorf("%d broken, want the clone and the damaged row", n)
	}
	w.exec(t, `UPDATE quarantine SET resolved_at = 1`)
	if n := len(faults(w.journals(t, ""))); n != 0 {
		t.Errorf("%d broken after somebody dealt with them", n)
	}
}

func TestVerifyFindsTimeThatRunsBackwards(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.pen(t, w.admin.Org, w.north.ID)
	write := func(boot string, since time.Duration) device.Row {
		r := p.write(device.KindStarted, new(wire.StartedPayload))
		r.Clock.BootID, r.Clock.Monotonic = boot, since*time.Millisecond
		p.last = p.seal(r)
		return p.last
	}
	w.deliver(t, p, write("a", 5), write("a", 6000), write("a", 6000), write("b", 1), write("b", 0), write("a", 7000))
	want := []string{
		"row 5: backwards: the time since boot is 1ms less than in the row before it",
		"row 6: backwards: it is from an earlier boot than the row before it",
	}
	if got := faults(w.journals(t, "")); !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

// Whatever is changed of whatever row in the database is found, and found where
// it was changed.
func TestTamperingIsFound(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	anna := w.person(t, "Anna", "Berg", w.north.ID)
	other := w.pen(t, w.admin.Org, w.north.ID)
	w.deliver(t, other, other.punch(anna.ID, ""))
	random := func(b []byte) []byte { b = slices.Clone(b); b[len(b)-1] ^= 1; return b }
	kinds := map[string]func(r *rapid.T, row device.Row) (set string, value any){
		"device":       func(*rapid.T, device.Row) (string, any) { return "device", string(other.from.Device) },
		"no tablet":    func(*rapid.T, device.Row) (string, any) { return "device", "ghost" },
		"stream":       func(_ *rapid.T, row device.Row) (string, any) { return "stream", random(row.Stream[:]) },
		"short stream": func(_ *rapid.T, row device.Row) (string, any) { return "stream", row.Stream[:3] },
		"seq":          func(_ *rapid.T, row device.Row) (string, any) { return "seq", int64(row.Seq) + 1000 },
		"id":           func(_ *rapid.T, row device.Row) (string, any) { return "id", random(row.ID[:]) },
		"short id":     func(_ *rapid.T, row device.Row) (string, any) { return "id", row.ID[8:] },
		"org":          func(*rapid.T, device.Row) (string, any) { return "org", string(w.stranger.Org) },
		"kind":         func(*rapid.T, device.Row) (string, any) { return "kind", "refusal" },
		"payload":      func(_ *rapid.T, row device.Row) (string, any) { return "payload", append(random(row.Payload), 0) },
		"no payload":   func(*rapid.T, device.Row) (string, any) { return "payload", []byte{} },
		"device_time": func(r *rapid.T, row device.Row) (string, any) {
			return "device_time", row.Clock.Device.UnixMicro() + some(r)
		},
		"monotonic": func(r *rapid.T, row device.Row) (string, any) {
			return "monotonic", row.Clock.Monotonic.Microseconds() + some(r)
		},
		"boot": func(*rapid.T, device.Row) (string, any) { return "boot", "bOot" },
		"clock_offset": func(r *rapid.T, row device.Row) (string, any) {
			return "clock_offset", row.Clock.Offset.Microseconds() + some(r)
		},
		"uncertainty": func(r *rapid.T, row device.Row) (string, any) {
			return "uncertainty", row.Clock.Uncertainty.Microseconds() + some(r)
		},
		"trust":      func(_ *rapid.T, row device.Row) (string, any) { return "trust", int(row.Clock.Trust+1) % 3 },
		"prev":       func(_ *rapid.T, row device.Row) (string, any) { return "prev", random(row.Prev[:]) },
		"hash":       func(_ *rapid.T, row device.Row) (string, any) { return "hash", random(row.Hash[:]) },
		"short hash": func(_ *rapid.T, row device.Row) (string, any) { return "hash", row.Hash[:31] },
		"deleted":    nil,
		"forged":     nil,
	}
	names := make([]string, 0, len(kinds))
	for name := range kinds {
		names = append(names, name)
	}
	slices.Sort(names)
	rapid.Check(t, func(r *rapid.T) {
		p := w.pen(t, w.admin.Org, w.north.ID)
		var rows []device.Row
		for range rapid.IntRange(1, 6).Draw(r, "rows") {
			rows = append(rows, p.punch(anna.ID, ""))
		}
		w.deliver(t, p, rows...)
		if got := faults(w.journals(t, p.from.Device)); len(got) != 0 {
			r.Fatalf("before: %q", got)
		}
		row := rapid.SampledFrom(rows).Draw(r, "row")
		name := rapid.SampledFrom(names).Draw(r, "what")
		at := ` WHERE device = ? AND stream = ? AND seq = ?`
		place := []any{p.from.Device, row.Stream[:], int64(row.Seq)}
		switch name {
		case "deleted":
			w.tamper(t, `DELETE FROM raw_rows`+at, place...)
		case "forged": // with a hash that is right for what it says now
			forged := row
			forged.Payload = append(random(row.Payload), 0)
			forged.Hash = forged.Sum()
			if row.Seq == uint64(len(rows)) {
				return // the newest row vouches for itself alone
			}
			w.tamper(t, `UPDATE raw_rows SET payload = ?, hash = ?`+at, append([]any{forged.Payload, forged.Hash[:]}, place...)...)
		default:
			set, value := kinds[name](r, row)
			w.tamper(t, `UPDATE raw_rows SET `+set+` = ?`+at, append([]any{value}, place...)...)
		}
		seq := row.Seq
		found := false
		for _, j := range w.journals(t, p.from.Device) {
			for _, f := range j.Faults {
				near := f.From <= seq && seq <= f.To || name == "forged" && f.From == seq+1
				found = found || f.Broken && j.Stream == row.Stream && near
			}
		}
		if !found {
			r.Errorf("%s of row %d of %d: found %q", name, seq, len(rows), faults(w.journals(t, p.from.Device)))
		}
		w.tamper(t, `DELETE FROM raw_rows WHERE stream = ? OR device = 'ghost' OR length(stream) < 16`, row.Stream[:])
		w.tamper(t, `DELETE FROM streams WHERE stream = ?`, row.Stream[:])
	})
}

// some draws a change of a number.
func some(r *rapid.T) int64 {
	n := rapid.Int64Range(-1_000_000, 1_000_000).Draw(r, "by")
	if n == 0 {
		return 1
	}
	return n
}
