package store

import (
	"context"

	"github.com/google/uuid"

	"muster/device"
)

// Behind lists what is confirmed of a stream that is over, behind gaps that nothing
// closes any more: what is still here, of a stream that was salvaged and of which all has
// been told, in order; and what was pruned.
func (s *Store) Behind(ctx context.Context, stream uuid.UUID) (here, gone []device.Span, err error) {
	if gone, err = besides(ctx, s.read, stream); err != nil {
		return nil, nil, wrap("look beside rows that came back", err)
	}
	rows, err := s.read.QueryContext(ctx, `SELECT here, min(seq), max(seq) FROM (
			SELECT c.seq, j.seq IS NOT NULL AS here, c.seq - row_number() OVER (PARTITION BY j.seq IS NOT NULL ORDER BY c.seq) AS run
			FROM streams s JOIN confirmed c ON c.stream = s.no AND c.seq > s.through
			LEFT JOIN journal j ON j.stream = c.stream AND j.seq = c.seq
			WHERE s.id = ? AND s.held = 0 AND s.no < (SELECT max(no) FROM streams) AND (s.done = 1 OR j.seq IS NULL))
		GROUP BY here, run ORDER BY 2`, stream[:])
	if err != nil {
		return nil, nil, wrap("look behind gaps", err)
	}
	defer rows.Close() //nolint:errcheck // rows.Err says it
	for rows.Next() {
		var still bool
		var from, to int64
		if err := rows.Scan(&still, &from, &to); err != nil {
			return nil, nil, wrap("look behind gaps", err)
		}
		span := device.Span{From: uint64(from), To: uint64(to)}
		if still {
			here = append(here, span)
		} else {
			gone = append(gone, span)
		}
	}
	return here, gone, wrap("look behind gaps", rows.Err())
}
