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
	boot    string                            // of the newest
}

// moment is what directions and hours need of a punch.
type moment struct {
	at        int64 // microseconds since 1970, as the clock had it then
	monotonic int64 // microseconds since that boot
	boot      string
	direction attendance.Direction
	sure      bool // the clock was compared with the cloud's
}

// in dates a punch as is known now: of the boot that still runs it is certain how
// long ago it was, whatever has become of the clock since.
func (m moment) in(now attendance.ClockReading) int64 {
	if m.boot == "" || m.boot != now.BootID {
		return m.at
	}
	return now.Cloud().UnixMicro() - (now.Monotonic.Microseconds() - m.monotonic)
}

// clock returns what tells how long ago the punch was.
func (m moment) clock() attendance.ClockReading {
	c := attendance.ClockReading{Device: fromMicros(m.at), Monotonic: time.Duration(m.monotonic) * time.Microsecond, BootID: m.boot}
	if m.sure {
		c.Trust = attendance.TrustEstimated
	}
	return c
}

func (h *history) add(p attendance.Punch) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.punches == nil {
		h.punches = map[attendance.ProfileID][]moment{}
	}
	if p.Clock.BootID == h.boot {
		p.Clock.BootID = h.boot // the same text, kept once
	}
	h.boot = p.Clock.BootID
	h.punches[p.Profile] = append(h.punches[p.Profile], moment{
		p.At.UnixMicro(), p.Clock.Monotonic.Microseconds(), p.Clock.BootID, p.Direction, p.Clock.Trust == attendance.TrustEstimated,
	})
}

// forget drops punches from before a moment. One whose clock was not to be believed
// is as old as the next one whose was.
func (h *history) forget(before int64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for who, all := range h.punches {
		gone := 0
		for i, m := range all {
			if m.sure && m.at < before {
				gone = i + 1
			}
		}
		switch gone {
		case 0:
		case len(all):
			delete(h.punches, who)
		default:
			h.punches[who] = slices.Clone(all[gone:])
		}
	}
}

// loadHistory reads the punches out of the journal. One that can't be read is
// passed over and counted: hours are reckoned without it, and the cloud, which
// gets the row as it is, puts it into quarantine.
func (s *Store) loadHistory(ctx context.Context) error {
	rows, err := s.read.QueryContext(ctx, `SELECT kind, id, payload, device_us + offset_us, monotonic_us, boot, trust FROM journal WHERE kind IN (?, ?, ?) AND stream IN (SELECT no FROM streams WHERE held = 0) ORDER BY stream, seq`,
		string(device.KindPunch), string(device.KindAnswer), string(device.KindOrder))
	if err != nil {
		return fmt.Errorf("load punches: %w", err)
	}
	defer rows.Close() //nolint:errcheck // rows.Err says it
	for rows.Next() {
		var kind string
		var id, payload []byte
		var at, monotonic, trust int64
		var boot string
		var p wire.PunchPayload
		err := rows.Scan(&kind, &id, &payload, &at, &monotonic, &boot, &trust)
		if err == nil && kind == string(device.KindAnswer) {
			s.answers.load(id, payload, at)
			continue
		}
		if err == nil && kind == string(device.KindOrder) {
			s.orders.load(id, payload, at)
			continue
		}
		if err != nil || proto.Unmarshal(payload, &p) != nil {
			s.unreadable.Add(1)
			continue
		}
		s.recent.add(attendance.Punch{
			Profile: attendance.ProfileID(p.GetProfileId()), Direction: attendance.Direction(p.GetDirection()), At: fromMicros(at),
			Clock: attendance.ClockReading{Monotonic: time.Duration(monotonic) * time.Microsecond, BootID: boot, Trust: attendance.Trust(trust)},
		})
	}
	return errors.Join(rows.Err(), rows.Close())
}

// Unreadable returns how many punches in the journal could not be read at the
// start.
func (s *Store) Unreadable() int { return int(s.unreadable.Load()) }

// History returns a person's punches at this tablet since a moment, oldest
// first, and the one that was stored last, which a clock set back may date
// before others. Last is zero when there is none. now is what the clock says: what
// was punched since the tablet was switched on is dated by how long ago that was. The
// clock of each is as the journal has it, its offset added to the time of the device.
func (s *Store) History(_ context.Context, who attendance.ProfileID, since time.Time, now attendance.ClockReading) (punches []attendance.Punch, last attendance.Punch, err error) {
	from := since.UnixMicro()
	s.recent.mu.Lock()
	defer s.recent.mu.Unlock()
	for _, m := range s.recent.punches[who] {
		if at := m.in(now); at >= from {
			last = attendance.Punch{Profile: who, Direction: m.direction, At: fromMicros(at), Clock: m.clock()}
			punches = append(punches, last)
		}
	}
	slices.SortStableFunc(punches, func(a, b attendance.Punch) int { return a.At.Compare(b.At) })
	return punches, last, nil
}
