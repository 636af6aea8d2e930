package store

import (
	"errors"
	"testing"
	"time"

	"muster/access"
	"muster/attendance"
	"muster/device"
)

// The cloud runs on while its database is moved, though nobody should do that:
// what a tablet is told is safe is in the new place, and from then on the old one
// tells nobody anything.
func TestMovedUnderWay(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	anna := w.person(t, "Anna", "Berg", w.north.ID)
	must(w.Secret(t.Context(), "authority", func() ([]byte, error) { return []byte("key"), nil }))(t)
	p := w.pen(t, w.admin.Org, w.north.ID)
	to := other(t, w.clock.now)
	defer to.Close() //nolint:errcheck // a database of this test's own

	safe := make(chan device.Row, 100_000)
	ended := make(chan error)
	begun := make(chan struct{})
	go func() {
		defer close(safe)
		for n := 0; ; n++ {
			r := p.punch(anna.ID, "")
			if _, err := w.Deliver(t.Context(), []device.Delivery{p.delivery(r)}); err != nil {
				ended <- err
				return
			}
			safe <- r
			if n == 20 {
				close(begun)
			}
		}
	}()
	<-begun
	if _, err := w.Move(t.Context(), to, w.admin.Org); err != nil {
		t.Fatal(err)
	}
	if err := <-ended; !errors.Is(err, access.ErrUnavailable) {
		t.Errorf("the old place says %v", err)
	}
	told, there := 0, map[string]bool{}
	for _, id := range must(collect(t.Context(), to.read, scanOne[string], `SELECT id FROM punches`))(t) {
		there[id] = true
	}
	for r := range safe {
		if told++; !there[r.ID.String()] {
			t.Errorf("row %d was told to be safe and is not in the new place", r.Seq)
		}
	}
	if told < 20 || told != len(there) {
		t.Errorf("%d rows were told to be safe, %d are there", told, len(there))
	}
}

// What was moved is served in one place only, until somebody says otherwise.
func TestTheOldPlaceIsClosed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := t.Context()
	p, q := w.pen(t, w.admin.Org, w.north.ID), w.pen(t, w.stranger.Org, w.elsewhere.ID)
	now := w.clock.now()
	cert := device.Certificate{Serial: "7", Device: p.from.Device, Key: []byte("k"), DER: []byte("d"), NotBefore: now, NotAfter: now.Add(time.Hour)}
	if err := w.AddCertificate(ctx, cert); err != nil {
		t.Fatal(err)
	}
	to := other(t, w.clock.now)
	defer to.Close() //nolint:errcheck // a database of this test's own
	must(w.Move(ctx, to, w.admin.Org))(t)
	cert.Serial = "8"
	doors := map[string]func(s *Store) error{
		"a tablet's rows": func(s *Store) error {
			_, err := s.Deliver(ctx, []device.Delivery{p.delivery(p.punch(attendance.NewID[attendance.ProfileID](), ""))})
			return err
		},
		"a tablet":          func(s *Store) error { _, err := s.Admit(ctx, p.from.Device, "7"); return err },
		"a new certificate": func(s *Store) error { return s.AddCertificate(ctx, cert) },
		"a password":        func(s *Store) error { _, err := s.Authenticate(ctx, w.admin.Email, password); return err },
		"a session":         func(s *Store) error { _, err := s.User(ctx, w.admin.ID); return err },
	}
	for name, door := range doors {
		if err := door(w.Store); !errors.Is(err, access.ErrUnavailable) {
			t.Errorf("%s: the old place says %v", name, err)
		}
	}
	if _, err := w.Move(ctx, fresh(t, w.clock.now), w.admin.Org); !errors.Is(err, access.ErrConflict) {
		t.Errorf("a second move: %v", err)
	}
	for name, door := range doors {
		if err := door(to); err != nil {
			t.Errorf("%s: the new place says %v", name, err)
		}
	}
	w.deliver(t, q, q.punch("", "")) // the others are served as before
	if gone, stay, err := w.Departed(ctx); gone != 1 || stay != 1 || err != nil {
		t.Errorf("%d have gone and %d are here, %v", gone, stay, err)
	}
	if err := w.BeginFeedsAnew(ctx); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Move(ctx, fresh(t, w.clock.now), w.admin.Org); !errors.Is(err, access.ErrConflict) {
		t.Errorf("a second move: %v", err)
	}
	for name, door := range doors { // the others were restored from a backup; it counts elsewhere as before
		if err := door(w.Store); !errors.Is(err, access.ErrUnavailable) {
			t.Errorf("%s: after a restore the old place says %v", name, err)
		}
	}
	if err := w.TakeBack(ctx); err != nil {
		t.Fatal(err)
	}
	cert.Serial = "9"
	for name, door := range doors {
		if err := door(w.Store); err != nil {
			t.Errorf("%s: taken back, the old place says %v", name, err)
		}
	}
}
