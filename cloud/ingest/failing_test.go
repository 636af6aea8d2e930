package ingest

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/uuid"

	"muster/access"
	"muster/attendance"
	"muster/device"
	"muster/sync/wire"
)

// shelf is a store that does not take what some tablets tell.
type shelf struct {
	desk
	mu   sync.Mutex
	full map[attendance.DeviceID]bool
	gone attendance.DeviceID // belongs elsewhere
	cut  []attendance.DeviceID
}

func (s *shelf) Deliver(_ context.Context, all []device.Delivery) ([]device.Outcome, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, d := range all {
		switch {
		case d.Device == s.gone:
			return nil, fmt.Errorf("deliver: %w, %w", access.ErrMoved, access.ErrUnavailable)
		case s.full[d.Device]:
			return nil, errors.New("no room")
		}
	}
	return make([]device.Outcome, len(all)), nil
}

func (s *shelf) Cut(dev attendance.DeviceID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.cut = append(s.cut, dev)
}

func (s *shelf) fill(dev attendance.DeviceID, full bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.full[dev] = full
}

// What one tablet tells is not stored, what others tell is, with the same writer and with
// another, in the same transaction and in others. That it is so is said all the while, as
// long as the tablet tries, and not a moment longer than until it is stored.
func TestFailingIsSaidWhileOthersAreStored(t *testing.T) {
	t.Parallel()
	for _, writers := range []int{1, 2} {
		synctest.Test(t, func(t *testing.T) {
			s := &shelf{full: map[attendance.DeviceID]bool{}}
			in := New(Config{Journal: s, Downlink: s, Writers: writers, Now: time.Now, Logger: slog.New(slog.DiscardHandler)})
			ctx, stop := context.WithCancel(t.Context())
			defer synctest.Wait()
			defer stop()
			go in.Run(ctx)
			tells := func(dev string) {
				in.Handle(ctx, wire.Address{Org: "o", Device: attendance.DeviceID(dev)}, wire.UpJournal, message(t, false, uuid.New(), 1, 1))
			}
			crowd := func() {
				var all sync.WaitGroup
				for i := range 20 {
					all.Go(func() { tells(fmt.Sprint("tablet ", i)) })
				}
				all.Wait()
				synctest.Wait()
			}
			says := func(want bool, when string) {
				t.Helper()
				synctest.Wait()
				if in.Failing() != want {
					t.Errorf("%d writers, %s: failing %v", writers, when, !want)
				}
			}
			crowd()
			says(false, "all is stored")

			s.fill("tablet 7", true)
			for range 10 { // each time later than before, as a tablet tries
				crowd()
				says(true, "one is not stored")
				tells("tablet 3")
				says(true, "another one is")
				time.Sleep(2 * time.Minute)
				says(true, "it has not tried again yet")
			}
			s.fill("tablet 7", false)
			tells("tablet 3")
			says(true, "it has not been stored yet")
			tells("tablet 7")
			says(false, "it is stored")

			s.fill("tablet 7", true)
			tells("tablet 7")
			time.Sleep(time.Hour)
			says(true, "nothing was stored since")
			tells("tablet 3")
			says(false, "it is away, and others are stored")
		})
	}
}

// What a tablet tells whose organisation was moved away says nothing of the store, not even
// when the store had refused it before and nobody else tells anything. The tablet is sent
// away; those that came in the same transaction are stored.
func TestTabletOfAMovedOrganisation(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &shelf{full: map[attendance.DeviceID]bool{}}
		in := New(Config{Journal: s, Downlink: s, Now: time.Now, Logger: slog.New(slog.DiscardHandler)})
		tell := func(devs ...attendance.DeviceID) {
			var group []delivery
			for _, dev := range devs {
				d := delivery{from: wire.Address{Org: "o", Device: dev}, body: message(t, false, uuid.New(), 1, 1)}
				d.rows.Org, d.rows.Device = "o", dev
				group = append(group, d)
			}
			in.store(t.Context(), gather(group))
		}
		s.fill("a", true)
		tell("a")
		time.Sleep(time.Hour)
		if !in.Failing() {
			t.Error("nothing was stored since, and that is not said")
		}
		s.gone = "a"
		tell("a")
		if in.Failing() || !slices.Equal(s.cut, []attendance.DeviceID{"a"}) {
			t.Errorf("failing: %v, sent away: %v", in.Failing(), s.cut)
		}
		tell("b", "a", "c")
		if in.Failing() || !slices.Equal(s.cut, []attendance.DeviceID{"a", "a"}) {
			t.Errorf("among others: failing: %v, sent away: %v", in.Failing(), s.cut)
		}
		s.fill("b", true)
		tell("a", "b", "c")
		if !in.Failing() {
			t.Error("another one's rows are not stored")
		}
	})
}
