package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"google.golang.org/protobuf/proto"

	"muster/attendance"
	"muster/device"
	"muster/sync/wire"
)

// history holds the punches that are still in the journal, by person. It spares
// the journal an index: a tap is answered without reading the disk, and its
// commit writes the punch and nothing else.
type history struct {
	mu      sync.Mutex
	punches map[attendance.ProfileID][]moment // in the order they were stored
}

// moment is what directions and hours need of a punch.
type moment struct {
	at        int64 // microseconds since 1970
	direction attendance.Direction
}

func (h *history) add(p attendance.Punch) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.punches == nil {
		h.punches = map[attendance.ProfileID][]moment{}
	}
	h.punches[p.Profile] = append(h.punches[p.Profile], moment{p.At.UnixMicro(), p.Direction})
}

// forget drops punches from before a moment.
func (h *history) forget(before int64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for who, all := range h.punches {
		left := slices.DeleteFunc(all, func(m moment) bool { return m.at < before })
		if len(left) == 0 {
			delete(h.punches, who)
			continue
		}
		h.punches[who] = left
	}
}

// loadHistory reads the punches out of the journal. One that can't be read is
// passed over and counted: hours are reckoned without it, and the cloud, which
// gets the row as it is, puts it into quarantine.
func (s *Store) loadHistory(ctx context.Context) error {
	rows, err := s.read.QueryContext(ctx, `SELECT kind, id, payload, device_us + offset_us FROM journal WHERE kind IN (?, ?) AND stream IN (SELECT no FROM streams WHERE held = 0) ORDER BY stream, seq`,
		string(device.KindPunch), string(device.KindAnswer))
	if err != nil {
		return fmt.Errorf("load punches: %w", err)
	}
	defer rows.Close() //nolint:errcheck // rows.Err says it
	for rows.Next() {
		var kind string
		var id, payload []byte
		var at int64
		var p wire.PunchPayload
		err := rows.Scan(&kind, &id, &payload, &at)
		if err == nil && kind == string(device.KindAnswer) {
			s.answers.load(id, payload, at)
			continue
		}
		if err != nil || proto.Unmarshal(payload, &p) != nil {
			s.unreadable.Add(1)
			continue
		}
		s.recent.add(attendance.Punch{
			Profile: attendance.ProfileID(p.GetProfileId()), Direction: attendance.Direction(p.GetDirection()), At: fromMicros(at),
		})
	}
	return errors.Join(rows.Err(), rows.Close())
}

// Unreadable returns how many punches in the journal could not be read at the
// start.
func (s *Store) Unreadable() int { return int(s.unreadable.Load()) }

// History returns a person's punches at this tablet since a moment, oldest
// first, and the one that was stored last, which a clock set back may date
// before others. Last is zero when there is none.
func (s *Store) History(_ context.Context, who attendance.ProfileID, since time.Time) (punches []attendance.Punch, last attendance.Punch, err error) {
	from := since.UnixMicro()
	s.recent.mu.Lock()
	defer s.recent.mu.Unlock()
	for _, m := range s.recent.punches[who] {
		if m.at >= from {
			last = attendance.Punch{Profile: who, Direction: m.direction, At: fromMicros(m.at)}
			punches = append(punches, last)
		}
	}
	slices.SortStableFunc(punches, func(a, b attendance.Punch) int { return a.At.Compare(b.At) })
	return punches, last, nil
}
