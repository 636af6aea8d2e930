package store

import (
	"bytes"
	"context"
	"fmt"
	"slices"

	"github.com/google/uuid"
	"google.golang.org/protobuf/proto"

	"muster/attendance"
	"muster/device"
	"muster/sync/wire"
)

// lacks tells whether rows of a stream are missing here that the tablet was told
// are safe, and still has. That can be only where this database was restored from
// a backup. Rows that neither has any more are lost: that raises the alarm.
func (c *courier) lacks(ctx context.Context, stream uuid.UUID, through uint64) (again bool, err error) {
	for _, s := range c.d.Standing {
		if s.Stream != stream {
			continue
		}
		for _, span := range s.Behind {
			if again {
				break
			}
			if again, err = c.lacksAny(ctx, stream, span); err != nil {
				return false, err
			}
		}
		for _, span := range s.Gone {
			if err := c.lostOf(ctx, stream, span); err != nil {
				return false, err
			}
		}
		if err := c.replaced(ctx, stream, s); err != nil {
			return false, err
		}
		if s.Through <= through {
			continue
		}
		from := through
		if s.Oldest > through+1 {
			from = s.Oldest - 1
			if err := c.lost(ctx, stream, through+1, min(from, s.Through)); err != nil {
				return false, err
			}
		}
		end, err := c.gap(ctx, stream, int64(from)) //nolint:gosec // below 1<<62
		if err != nil {
			return false, err
		}
		again = again || uint64(end) < s.Through //nolint:gosec // it went in as one
	}
	return again, nil
}

// settledBehind returns which row, behind a gap, a tablet takes for the last of those
// that are safe, where it asks and there is one: it hears which one that is. What is
// before it may be lost, and the row be another one's.
func (c *courier) settledBehind(ctx context.Context, stream uuid.UUID, through uint64) (seqs []uint64, err error) {
	for _, s := range c.d.Standing {
		if !c.d.Asks || s.Stream != stream || s.Through <= through {
			continue
		}
		var n int
		err := c.hot.one(ctx, `SELECT count(*) FROM raw_rows WHERE device = ? AND stream = ? AND seq = ?`, []any{c.d.Device, stream[:], int64(s.Through)}, &n) //nolint:gosec // at most 1<<62
		if err != nil {
			return nil, err
		}
		if n > 0 {
			seqs = append(seqs, s.Through)
		}
	}
	return seqs, nil
}

// lacksAny tells whether rows of a stretch are missing here. What lies in
// quarantine is here.
func (c *courier) lacksAny(ctx context.Context, stream uuid.UUID, span device.Span) (bool, error) {
	end, err := c.gap(ctx, stream, int64(span.From)-1) //nolint:gosec // below 1<<62
	return uint64(end) < span.To, err                  //nolint:gosec // it went in as one
}

// replaced raises the alarm where another row stands before the oldest that the tablet
// still has, or lies in quarantine for it: what it has pruned was safe here, this database
// was restored from a backup since, and a copy of the tablet has told its own rows.
func (c *courier) replaced(ctx context.Context, stream uuid.UUID, s device.Standing) error {
	if s.Oldest < 2 || s.Oldest > 1<<62 || s.Before == (device.Hash{}) {
		return nil
	}
	at := []any{c.d.Device, stream[:], int64(s.Oldest - 1)} //nolint:gosec // just looked at
	told, err := collect(ctx, c, scanOne[[]byte], `SELECT hash FROM raw_rows WHERE device = ? AND stream = ? AND seq = ?`, at...)
	if err == nil && len(told) == 0 {
		told, err = collect(ctx, c, scanOne[[]byte], `SELECT body FROM quarantine WHERE device = ? AND stream = ? AND seq = ? AND body IS NOT NULL AND reason NOT IN `+noPlace+` ORDER BY id LIMIT 100`, at...)
		for i, body := range told {
			var m wire.JournalRow
			_ = proto.Unmarshal(body, &m) // what can't be read says no hash
			told[i] = m.GetHash()
		}
	}
	if err != nil {
		return fmt.Errorf("look at what was pruned: %w", err)
	}
	if len(told) == 0 || slices.ContainsFunc(told, func(h []byte) bool { return bytes.Equal(h, s.Before[:]) }) {
		return nil
	}
	detail := fmt.Sprintf("stream %s: row %d, and perhaps more before it, was here before this database was restored, and has another in its place; the tablet has it no more", stream, s.Oldest-1)
	return c.quarantine(ctx, device.Broken{Reason: string(device.AlarmLost), Body: []byte(detail)})
}

// elsewhere looks at a row whose id another one has. Where that one is of the
// same tablet and tells the same, a tablet that was restored has told it again in
// a new stream: it is noted as dealt with.
func (c *courier) elsewhere(ctx context.Context, r device.Row) error {
	if err := c.aside(ctx, r, duplicateID); err != nil {
		return err
	}
	_, err := c.hot.exec(ctx, `UPDATE quarantine SET resolved_at = ?, resolution = ? WHERE device = ? AND stream = ? AND seq = ? AND reason = 'duplicate-id' AND resolved_at = 0
		AND EXISTS (SELECT 1 FROM raw_rows w WHERE w.id = ? AND w.device = quarantine.device AND w.stream != quarantine.stream AND w.kind = ? AND w.payload = ?
			AND w.device_time = ? AND w.monotonic = ? AND w.boot = ? AND w.clock_offset = ? AND w.trust = ?)`,
		micros(c.d.Received), attendance.ToldAgain, c.d.Device, r.Stream[:], int64(r.Seq), r.ID[:], r.Kind, notNil(r.Payload), //nolint:gosec // below 1<<62
		r.Clock.Device.UnixMicro(), r.Clock.Monotonic.Microseconds(), r.Clock.BootID, r.Clock.Offset.Microseconds(), r.Clock.Trust)
	if err != nil {
		return fmt.Errorf("look for the same row in another stream: %w", err)
	}
	return nil
}

// BeginFeedsAnew has every tablet fetch its roster from the beginning. It is for a
// database that was restored from a backup: tablets may know changes that it has
// forgotten, and the numbers of those are given out again. From now on Adopt takes
// back what was issued before. Pictures of faces are destroyed: the backup can't know
// who has withdrawn since. What was moved away stays away: see TakeBack.
func (s *Store) BeginFeedsAnew(ctx context.Context) error {
	return s.change(ctx, func(t *tx) error {
		sites, err := collect(ctx, t, scanOne[attendance.SiteID], `SELECT id FROM sites ORDER BY id`)
		if err != nil {
			return fmt.Errorf("begin feeds anew: %w", err)
		}
		for _, site := range sites {
			if _, err := t.ExecContext(ctx, `UPDATE sites SET feed_epoch = ? WHERE id = ?`, uuid.NewString(), site); err != nil {
				return fmt.Errorf("begin the feed of %s anew: %w", site, err)
			}
			t.touched[site] = true
		}
		if _, err := t.ExecContext(ctx, `UPDATE orgs SET set_back_at = 0 WHERE set_back_at != 0`); err != nil {
			return fmt.Errorf("begin feeds anew: %w", err)
		}
		if err := t.restoredFaces(ctx); err != nil {
			return err
		}
		return t.noteRestored(ctx)
	})
}
