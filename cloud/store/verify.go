package store

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"muster/access"
	"muster/attendance"
	"muster/device"
)

// FaultKind is what is wrong with a part of a journal. Names are printed: never
// rename one.
type FaultKind string

const (
	// Changed: a row is not what the tablet hashed.
	Changed FaultKind = "changed"
	// Unlinked: a row doesn't carry the hash of the one before it.
	Unlinked FaultKind = "unlinked"
	// Missing: rows are gone that were here, for rows behind them are confirmed.
	Missing FaultKind = "missing"
	// Awaited: rows have not come yet, though later ones have.
	Awaited FaultKind = "awaited"
	// Clone: another row came for the place that a row has.
	Clone FaultKind = "clone"
	// Aside: what came for a place lies in quarantine and is no part of the chain.
	Aside FaultKind = "aside"
	// Backwards: the clock that nobody can set ran backwards.
	Backwards FaultKind = "backwards"
	// Foreign: a row lies with another organisation than its tablet, or its tablet
	// is not there.
	Foreign FaultKind = "foreign"
)

// Fault is one place where a journal isn't as a tablet wrote it.
type Fault struct {
	Kind   FaultKind `json:"kind"`
	From   uint64    `json:"from"` // the rows, by seq
	To     uint64    `json:"to"`
	Detail string    `json:"detail"` // in English
	// Broken tells a fault from what is only worth knowing: rows that may still
	// come, entries of the quarantine that somebody has dealt with.
	Broken bool `json:"broken"`
}

// Journal is what was found of one stream of a tablet.
type Journal struct {
	Device  attendance.DeviceID `json:"device"`
	Name    string              `json:"name"`
	Stream  uuid.UUID           `json:"stream"`
	Rows    int                 `json:"rows"`
	Through uint64              `json:"through"` // confirmed to the tablet
	Last    uint64              `json:"last"`
	From    time.Time           `json:"from"` // by the tablet's clock
	To      time.Time           `json:"to"`
	Faults  []Fault             `json:"faults"`
}

// Verify checks the journals of a tablet, of all where none is named, as they
// lie in the raw log, and hands each to found. It reads one moment and changes
// nothing. A tablet that nothing is known of is access.ErrNotFound.
//
// What the chain can't vouch for: when the cloud received a row, and the end of a
// journal together with the record of how far it was confirmed.
func (s *Store) Verify(ctx context.Context, dev attendance.DeviceID, found func(Journal) error) error {
	return s.view(ctx, func(q querier) error {
		w := &where{sql: " WHERE 1 = 1"}
		if dev != "" {
			w.and("k.device = ?", dev)
		}
		journals, err := collect(ctx, q, func(r *sql.Rows, a *auditor) error {
			var stream []byte
			err := r.Scan(&a.Device, &stream, &a.Name, &a.org, &a.Through)
			copy(a.Stream[:], stream)
			a.stream = stream
			return err
		}, `SELECT k.device, k.stream, coalesce(d.name, ''), coalesce(d.org, ''), coalesce(s.through, 0) FROM (
				SELECT device, stream FROM raw_rows UNION SELECT device, stream FROM streams
				UNION SELECT device, stream FROM quarantine WHERE stream IS NOT NULL) k
			LEFT JOIN devices d ON d.id = k.device LEFT JOIN streams s ON s.device = k.device AND s.stream = k.stream`+
			w.sql+` ORDER BY k.device, k.stream`, w.args...)
		if err != nil {
			return fmt.Errorf("list journals: %w", err)
		}
		if dev != "" && len(journals) == 0 {
			return fmt.Errorf("journals of %s: %w", dev, access.ErrNotFound)
		}
		for i := range journals {
			if err := journals[i].read(ctx, q); err != nil {
				return fmt.Errorf("journal %s/%s: %w", journals[i].Device, journals[i].Stream, err)
			}
			if err := found(journals[i].Journal); err != nil {
				return err
			}
		}
		return nil
	})
}

// auditor goes through one journal in order.
type auditor struct {
	Journal
	stream []byte // as stored
	org    attendance.OrgID
	aside  []asideEntry // by seq
	before device.Row
	boots  []string // in the order in which they came
}

// asideEntry is something in quarantine that came for a place of the journal
// and is not in the raw log.
type asideEntry struct {
	seq      uint64
	reason   string
	resolved bool
}

func (a *auditor) read(ctx context.Context, q querier) (err error) {
	a.aside, err = collect(ctx, q, func(r *sql.Rows, e *asideEntry) error { return r.Scan(&e.seq, &e.reason, &e.resolved) },
		`SELECT seq, reason, resolved_at != 0 FROM quarantine WHERE device = ? AND stream = ? AND seq IS NOT NULL AND body IS NOT NULL ORDER BY seq, id`, a.Device, a.stream)
	if err != nil {
		return fmt.Errorf("read the quarantine: %w", err)
	}
	if a.org == "" {
		a.fault(Foreign, 0, 0, "there is no such tablet")
	}
	_, err = collect(ctx, q, func(r *sql.Rows, _ *struct{}) error {
		var v storedRow
		if err := r.Scan(v.into()...); err != nil {
			return err
		}
		a.row(v)
		return nil
	}, `SELECT `+storedColumns+` FROM raw_rows r WHERE r.device = ? AND r.stream = ? ORDER BY r.seq`, a.Device, a.stream)
	if err != nil {
		return fmt.Errorf("read the raw log: %w", err)
	}
	a.gap(a.Last, max(a.Last, a.Through)+1)
	for _, e := range a.aside {
		a.look(e)
	}
	slices.SortStableFunc(a.Faults, func(x, y Fault) int { return int(min(max(int64(x.From)-int64(y.From), -1), 1)) }) //nolint:gosec // seqs are below 1<<62
	return nil
}

func (a *auditor) fault(kind FaultKind, from, to uint64, detail string) {
	a.Faults = append(a.Faults, Fault{Kind: kind, From: from, To: to, Detail: detail, Broken: true})
}

// row looks at the next row of the journal.
func (a *auditor) row(v storedRow) {
	seq := uint64(v.seq) //nolint:gosec // it went in as one; what didn't, has another hash
	r, err := v.row()
	switch {
	case err != nil:
		a.fault(Changed, seq, seq, "it can't be read: "+err.Error())
	case r.Sum() != r.Hash:
		a.fault(Changed, seq, seq, "its content has another hash than it carries")
	}
	if a.org != "" && v.org != a.org {
		a.fault(Foreign, seq, seq, "it lies with another organisation than its tablet")
	}
	if a.Rows == 0 {
		a.From = r.Clock.Device
	}
	a.gap(a.Last, seq)
	switch {
	case err != nil:
	case seq == 1 && r.Prev != device.Hash{}:
		a.fault(Unlinked, seq, seq, "it is the first and names one before it")
	case a.Rows > 0 && a.Last+1 == seq && r.Prev != a.before.Hash:
		a.fault(Unlinked, seq, seq, "it doesn't carry the hash of the row before it")
	}
	a.time(r, seq)
	a.Rows++
	a.before, a.Last, a.To = r, seq, r.Clock.Device
}

// time checks that within a boot the monotonic clock never runs backwards, and
// that no boot comes back once another has followed it.
func (a *auditor) time(r device.Row, seq uint64) {
	boot := r.Clock.BootID
	switch {
	case a.Rows > 0 && a.before.Clock.BootID == boot:
		if r.Clock.Monotonic < a.before.Clock.Monotonic {
			a.fault(Backwards, seq, seq, fmt.Sprintf("the time since boot is %s less than in the row before it", a.before.Clock.Monotonic-r.Clock.Monotonic))
		}
	case slices.Contains(a.boots, boot):
		a.fault(Backwards, seq, seq, "it is from an earlier boot than the row before it")
	default:
		a.boots = append(a.boots, boot)
	}
}

// gap tells of the places between two rows that nothing came for.
func (a *auditor) gap(last, next uint64) {
	from := last + 1
	for _, e := range append(a.aside[:len(a.aside):len(a.aside)], asideEntry{seq: next}) {
		if e.seq < from || e.seq > next {
			continue
		}
		a.absent(from, e.seq-1)
		from = e.seq + 1
	}
}

func (a *auditor) absent(from, to uint64) {
	if gone := min(to, a.Through); gone >= from {
		a.fault(Missing, from, gone, "confirmed to the tablet, and not here")
		from = gone + 1
	}
	if to >= from {
		a.Faults = append(a.Faults, Fault{Kind: Awaited, From: from, To: to, Detail: "not here yet; the tablet has told later ones"})
	}
}

// look tells of something in quarantine.
func (a *auditor) look(e asideEntry) {
	kind, detail := Aside, "in quarantine: "+e.reason
	if e.reason == "clone" {
		kind, detail = Clone, "another row came for the same place"
	}
	if e.resolved {
		detail += ", dealt with"
	}
	a.Faults = append(a.Faults, Fault{Kind: kind, From: e.seq, To: e.seq, Detail: detail, Broken: !e.resolved})
}

// String says where the fault is and what it is, in English.
func (f Fault) String() string {
	var b strings.Builder
	switch {
	case f.From == 0:
	case f.From == f.To:
		fmt.Fprintf(&b, "row %d: ", f.From)
	default:
		fmt.Fprintf(&b, "rows %d to %d: ", f.From, f.To)
	}
	b.WriteString(string(f.Kind) + ": " + f.Detail)
	return b.String()
}
