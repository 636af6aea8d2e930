package store

import (
	"testing"
	"time"

	"muster/attendance"
	"muster/device"
	"muster/sync/wire"
)

// The reader fails and comes back just when the cloud's clock is right again: most of the
// boot's rows are right in the end all the same.
func TestCloudsClockIsRightAgainAtARowWithoutATime(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	anna := w.person(t, "Anna", "Berg", w.north.ID)
	p := w.pen(t, w.admin.Org, w.north.ID)
	const before, wrong, after, off = 3, 20, 30, -time.Hour
	var punches []device.Row
	truth := map[uint64]time.Time{}
	now := hour(1)
	send := func(r device.Row, off time.Duration) {
		r = p.seal(r)
		p.last = r
		received := now.Add(time.Second + off)
		p.now = func() time.Time { return received }
		w.deliver(t, p, r)
	}
	for i := range before + wrong + after {
		now = now.Add(5 * time.Minute)
		r := p.stamped(anna.ID, "", now, compared, 0)
		clock, by := r.Clock, time.Duration(0)
		if i >= before && i < before+wrong {
			by = off
		}
		if i == before+wrong {
			p.last = punches[len(punches)-1]
			r = p.write(device.KindReader, &wire.ReaderPayload{State: "missing"})
			r.Clock = clock
			send(r, 0)
			continue
		}
		r.Clock.Offset += by
		send(r, by)
		punches = append(punches, p.last)
		truth[p.last.Seq] = now
	}
	for _, r := range punches {
		if m := w.momentOf(t, r); !m.At.Equal(truth[r.Seq]) {
			t.Errorf("row %d is %s off (%s)", r.Seq, m.At.Sub(truth[r.Seq]), m.Source)
		}
	}
}

// A wrong clock has good cards refused, and people try again and again: however often they
// do, what most punches say counts.
func TestRefusalsDecideNoContest(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	anna := w.person(t, "Anna", "Berg", w.north.ID)
	p := w.pen(t, w.admin.Org, w.north.ID)
	now, truth := hour(1), map[uint64]time.Time{}
	var punches []device.Row
	for i := range 40 {
		now = now.Add(time.Minute)
		r, off := p.stamped(anna.ID, "", now, compared, 0), time.Duration(0)
		if i >= 5 && i < 35 {
			off, p.last = -time.Hour, device.Row{Stream: r.Stream, Seq: r.Seq - 1, Hash: r.Prev}
			clock := r.Clock
			r = p.write(device.KindRefusal, &wire.RefusalPayload{Reason: string(attendance.UnknownCard)})
			r.Clock = clock
			r.Clock.Offset += off
			r = p.seal(r)
		} else {
			punches, truth[r.Seq] = append(punches, r), now
		}
		p.last = r
		received := now.Add(time.Second + off)
		p.now = func() time.Time { return received }
		w.deliver(t, p, r)
	}
	for _, r := range punches {
		if m := w.momentOf(t, r); !m.At.Equal(truth[r.Seq]) {
			t.Errorf("row %d is %s off (%s)", r.Seq, m.At.Sub(truth[r.Seq]), m.Source)
		}
	}
}
