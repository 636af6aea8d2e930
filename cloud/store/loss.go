package store

import (
	"context"
	"database/sql"
	"fmt"
	"slices"

	"github.com/google/uuid"
	"google.golang.org/protobuf/proto"

	"muster/attendance"
	"muster/device"
	"muster/sync/wire"
)

// mostLosses is how many stretches are named; more are a ruin.
const mostLosses = 50

// losses returns what is missing of a tablet's journals, as far as nobody has settled
// that: what salvaged says, and what was lost here.
func losses(ctx context.Context, q querier, dev attendance.DeviceID) ([]device.Loss, error) {
	all, err := unsaved(ctx, q, dev)
	if err != nil {
		return nil, err
	}
	alarms, err := lostAlarms(ctx, q, dev)
	if err != nil {
		return nil, err
	}
	for _, a := range alarms {
		stream, err := uuid.Parse(a.stream)
		if !a.open || err != nil {
			continue // it says nothing of which rows
		}
		missing, err := a.missing(ctx, q, dev, stream)
		if err != nil {
			return nil, err
		}
		for _, l := range missing {
			if l, err = between(ctx, q, dev, stream[:], l); err != nil {
				return nil, fmt.Errorf("what is missing: %w", err)
			}
			if !slices.Contains(all, l) {
				all = append(all, l)
			}
		}
	}
	return all[:min(len(all), mostLosses)], nil
}

// unsaved returns what is missing of a tablet's journals since its memory was damaged:
// numbers that could not be read there and are not here, and what may have been behind
// the last that could.
func unsaved(ctx context.Context, q querier, dev attendance.DeviceID) (all []device.Loss, err error) {
	told, err := collect(ctx, q, func(r *sql.Rows, v *storedRow) error { return r.Scan(v.into()...) },
		`SELECT `+storedColumns+` FROM quarantine q JOIN raw_rows r ON r.device = q.device AND r.stream = q.stream AND r.seq = q.seq
		WHERE q.device = ? AND q.reason = ? AND q.resolved_at = 0 ORDER BY q.received_at DESC LIMIT 10`, dev, device.AlarmSalvaged)
	if err != nil {
		return nil, fmt.Errorf("what was salvaged: %w", err)
	}
	for _, v := range told {
		r, err := v.row()
		if err != nil {
			return nil, fmt.Errorf("what was salvaged: %w", err)
		}
		var p wire.SalvagePayload
		if proto.Unmarshal(r.Payload, &p) != nil {
			continue // the quarantine says so
		}
		for _, s := range p.GetStreams() {
			lost, err := lossesOf(ctx, q, dev, s, device.Loss{Before: r.Clock.Cloud()})
			if err != nil {
				return nil, fmt.Errorf("what is missing: %w", err)
			}
			all = append(all, lost...)
		}
	}
	return all, nil
}

// lossesOf looks at one journal that was salvaged. end is what is behind its last
// row, known until the damage was found.
func lossesOf(ctx context.Context, q querier, dev attendance.DeviceID, s *wire.SalvagePayload_Stream, end device.Loss) (all []device.Loss, err error) {
	spans := s.GetMissing()
	if s.GetFirst() > 1 && s.GetFound() > 0 {
		spans = append([]*wire.Span{{From: 1, To: s.GetFirst() - 1}}, spans...)
	}
	for _, span := range spans {
		if len(all) >= mostLosses {
			return all, nil
		}
		gone, err := notHere(ctx, q, dev, s.GetStream(), span, nothing)
		if err != nil {
			return nil, err
		}
		for _, l := range gone {
			if l, err = between(ctx, q, dev, s.GetStream(), l); err != nil {
				return nil, err
			}
			all = append(all, l)
		}
	}
	// What the cloud has beyond the last that could be read was there, and so what is
	// perhaps missing begins behind that.
	var last int64
	err = q.QueryRowContext(ctx, `SELECT coalesce(max(seq), 0) FROM raw_rows WHERE device = ? AND stream = ?`, dev, s.GetStream()).Scan(&last)
	if err != nil || s.GetFound() == 0 && last == 0 {
		return all, err
	}
	end.From, end.Open = max(uint64(last), s.GetLast())+1, true //nolint:gosec // it went in as one
	until := end.Before
	if end, err = between(ctx, q, dev, s.GetStream(), end); err != nil {
		return nil, err
	}
	end.Before = until
	return append(all, end), nil
}

// nothing is no reason for quarantine.
const nothing = `('')`

// notHere returns what of a stretch is neither in the raw log nor in quarantine, where some
// reasons to be there don't count.
func notHere(ctx context.Context, q querier, dev attendance.DeviceID, stream []byte, span *wire.Span, but string) (all []device.Loss, err error) {
	if span.GetFrom() == 0 || span.GetTo() < span.GetFrom() || span.GetTo() > 1<<62 {
		return nil, nil
	}
	next := span.GetFrom()
	there, err := collect(ctx, q, scanOne[uint64], `SELECT seq FROM raw_rows WHERE device = ?1 AND stream = ?2 AND seq BETWEEN ?3 AND ?4
		UNION SELECT seq FROM quarantine WHERE device = ?1 AND stream = ?2 AND seq BETWEEN ?3 AND ?4 AND reason NOT IN `+but+` ORDER BY seq`,
		dev, stream, int64(span.GetFrom()), int64(span.GetTo())) //nolint:gosec // below 1<<62
	if err != nil {
		return nil, err
	}
	for _, seq := range append(there, span.GetTo()+1) {
		if seq > next && len(all) < mostLosses {
			all = append(all, device.Loss{From: next, To: seq - 1})
		}
		next = seq + 1
	}
	return all, nil
}

// between finds out between which moments missing rows were written: those of the
// nearest rows whose clocks had been compared.
func between(ctx context.Context, q querier, dev attendance.DeviceID, stream []byte, l device.Loss) (device.Loss, error) {
	copy(l.Stream[:], stream)
	var after, before int64
	err := q.QueryRowContext(ctx, `SELECT coalesce((SELECT device_time + clock_offset FROM raw_rows WHERE device = ?1 AND stream = ?2 AND seq < ?3 AND `+wellCompared+` ORDER BY seq DESC LIMIT 1), 0),
		coalesce((SELECT device_time + clock_offset FROM raw_rows WHERE device = ?1 AND stream = ?2 AND seq > ?4 AND `+wellCompared+` ORDER BY seq LIMIT 1), 0)`,
		dev, stream, int64(l.From), int64(max(l.From, l.To))).Scan(&after, &before) //nolint:gosec // below 1<<62
	l.After, l.Before = fromMicros(after), fromMicros(before)
	return l, err
}
