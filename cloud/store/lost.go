package store

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"

	"github.com/google/uuid"

	"muster/attendance"
	"muster/device"
	"muster/sync/wire"
)

// lostRows begins what an alarm about lost rows says. Which rows it is about is read out
// of it again by lostSpan: that is all that is kept of it.
const (
	lostRows = "stream %s: row %d, and perhaps more up to %d, was here before this database was restored; the tablet has it no more"
	lostSpan = "stream %36s: row %d, and perhaps more up to %d,"
)

// lostAlarm is an alarm about lost rows.
type lostAlarm struct {
	id     int64
	open   bool
	text   string
	stream string
	span   device.Span
}

// lostAlarms returns what was said so far of lost rows of a tablet, in the rows' order.
func lostAlarms(ctx context.Context, q querier, dev attendance.DeviceID) ([]lostAlarm, error) {
	all, err := collect(ctx, q, func(r *sql.Rows, a *lostAlarm) error { return r.Scan(&a.id, &a.open, &a.text) },
		`SELECT id, resolved_at = 0, body FROM quarantine WHERE device = ? AND stream IS NULL AND seq IS NULL AND reason = ?`, dev, device.AlarmLost)
	if err != nil {
		return nil, fmt.Errorf("look for alarms about lost rows: %w", err)
	}
	for i := range all {
		a := &all[i]
		if _, err := fmt.Sscanf(a.text, lostSpan, &a.stream, &a.span.From, &a.span.To); err != nil {
			a.stream = "" // it is about a row that was replaced
		}
	}
	slices.SortFunc(all, func(a, b lostAlarm) int { return cmp.Compare(a.span.From, b.span.From) })
	return all, nil
}

// missing returns which of an alarm's rows are not here; stream is its own.
func (a lostAlarm) missing(ctx context.Context, q querier, dev attendance.DeviceID, stream uuid.UUID) ([]device.Loss, error) {
	all, err := notHere(ctx, q, dev, stream[:], &wire.Span{From: a.span.From, To: a.span.To}, noPlace)
	if err != nil {
		return nil, fmt.Errorf("look for lost rows: %w", err)
	}
	return all, nil
}

// lostOf raises the alarm about what is not here of a stretch that the tablet has
// pruned.
func (c *courier) lostOf(ctx context.Context, stream uuid.UUID, span device.Span) error {
	gone, err := notHere(ctx, c, c.d.Device, stream[:], &wire.Span{From: span.From, To: span.To}, notOurs)
	if err != nil {
		return fmt.Errorf("look behind a gap: %w", err)
	}
	for _, l := range gone {
		if err := c.lost(ctx, stream, l.From, l.To); err != nil {
			return err
		}
	}
	return nil
}

// lost raises the alarm about rows that were safe and are nowhere now: those from one to
// another that come before the next one here. What was said of them before, be it that
// somebody has dealt with it, is not said again: the tablet has pruned more meanwhile, or
// a part of them was told again.
func (c *courier) lost(ctx context.Context, stream uuid.UUID, from, to uint64) error {
	var next int64
	err := c.hot.one(ctx, `SELECT coalesce(min(seq), 0) FROM (SELECT min(seq) AS seq FROM raw_rows WHERE device = ?1 AND stream = ?2 AND seq >= ?3
		UNION ALL SELECT min(seq) FROM quarantine WHERE device = ?1 AND stream = ?2 AND seq >= ?3 AND reason NOT IN `+noPlace+`) AS behind`, []any{c.d.Device, stream[:], int64(from)}, &next) //nolint:gosec // below 1<<62
	if err != nil {
		return fmt.Errorf("look behind the gap: %w", err)
	}
	if next > 0 {
		to = min(to, uint64(next)-1) //nolint:gosec // it went in as one
	}
	said, err := lostAlarms(ctx, c, c.d.Device)
	if err != nil {
		return err
	}
	said = append(said, lostAlarm{stream: stream.String(), span: device.Span{From: to + 1, To: to + 1}}) // what is behind them
	for _, a := range said {
		if a.stream != stream.String() {
			continue
		}
		if end := min(to+1, a.span.From); from < end {
			detail := fmt.Sprintf(lostRows, stream, from, end-1)
			if err := c.quarantine(ctx, device.Broken{Reason: string(device.AlarmLost), Body: []byte(detail)}); err != nil {
				return err
			}
		}
		from = max(from, a.span.To+1)
	}
	return nil
}

// found has alarms about lost rows say what is missing by now, where others who have a copy
// of the tablet's data have told some of them, and ends those about rows that are all here.
// Which rows these are the chain of hashes tells: what was pruned last is compared by its
// hash, and where another one stands there, that is an alarm by itself.
func (c *courier) found(ctx context.Context) error {
	said, err := lostAlarms(ctx, c, c.d.Device)
	if err != nil {
		return err
	}
	for i := range said {
		a := &said[i]
		for _, s := range c.d.Standing {
			if !a.open || a.stream != s.Stream.String() {
				continue
			}
			missing, err := a.missing(ctx, c, c.d.Device, s.Stream)
			if err != nil {
				return err
			}
			if a.open = len(missing) > 0 || s.Oldest > 1 && s.Before == (device.Hash{}); a.open {
				err = c.stillLost(ctx, a, missing)
			} else {
				err = c.resolve(ctx, a.id, attendance.ToldAgain, "", "", "")
				c.news("quarantine", "")
			}
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// stillLost has an alarm say which of its rows are missing.
func (c *courier) stillLost(ctx context.Context, a *lostAlarm, missing []device.Loss) error {
	text := fmt.Sprintf(lostRows, a.stream, a.span.From, a.span.To)
	if len(missing) != 1 || missing[0].From != a.span.From || missing[0].To != a.span.To {
		text += "; of these are missing: " + lossNumbers(missing)
	}
	if text == a.text {
		return nil
	}
	a.text = text
	if _, err := c.ExecContext(ctx, `UPDATE quarantine SET body = ? WHERE id = ?`, []byte(text), a.id); err != nil {
		return fmt.Errorf("say what is missing: %w", err)
	}
	return nil
}

// lossNumbers writes stretches of rows down.
func lossNumbers(all []device.Loss) string {
	parts := make([]string, len(all))
	for i, l := range all {
		if parts[i] = fmt.Sprint(l.From); l.To > l.From {
			parts[i] += fmt.Sprintf("-%d", l.To)
		}
	}
	return cmp.Or(strings.Join(parts, ", "), "none")
}
