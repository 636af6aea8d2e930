package store

import (
	"errors"
	"testing"
	"time"

	"muster/access"
	"muster/device"
	"muster/sync/wire"
)

// isSetBack tells whether the world's organisation is known to be set back.
func (w *world) isSetBack(t *testing.T) bool {
	t.Helper()
	all := must(w.SetBack(t.Context()))(t)
	org := must(w.Organisation(t.Context(), w.admin.Actor()))(t)
	if org.SetBack.IsZero() == (len(all) == 1) {
		t.Fatalf("the console hears %v, whoever runs the cloud %+v", org.SetBack, all)
	}
	return len(all) == 1
}

// A database that was restored from a backup, and nobody has said so: tablets that
// were told of more give it away. Once it was said it is explained, and what
// is lacking is filled in without another word.
func TestForgottenRestoreIsNoticedByRows(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	anna := w.person(t, "Anna", "Berg", w.north.ID)
	p := w.pen(t, w.admin.Org, w.north.ID)
	var rows []device.Row
	for range 8 {
		rows = append(rows, p.punch(anna.ID, ""))
	}
	w.deliver(t, p, rows[:3]...) // then the backup is made; 4 to 8 are forgotten
	w.answer(t, p.standing(3, 1))
	if w.isSetBack(t) {
		t.Fatal("nothing is lacking")
	}
	w.answer(t, p.standing(8, 1))
	if !w.isSetBack(t) {
		t.Fatal("4 to 8 are lacking, and nobody hears of it")
	}
	w.clock.forward(time.Hour)
	if err := w.BeginFeedsAnew(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.answer(t, p.standing(8, 1))              // as it should be
	w.answer(t, p.standing(3, 1, rows[3]))     // it begins to fill in
	w.answer(t, p.standing(8, 1))              // late, from before
	w.answer(t, p.standing(4, 1, rows[4:]...)) // all is here
	if w.isSetBack(t) {
		t.Error("it was said that the database was restored")
	}
	w.clock.forward(25 * time.Hour)
	w.answer(t, p.standing(9, 1)) // restored once more: 9 came after it was said
	if !w.isSetBack(t) {
		t.Error("a second time nobody hears of it")
	}
}

// So do a certificate of ours that nobody knows, and a tablet that has read more of
// a feed than there is.
func TestForgottenRestoreIsNoticedByCertificatesAndFeeds(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := t.Context()
	p := w.pen(t, w.admin.Org, w.north.ID)
	w.person(t, "Anna", "Berg", w.north.ID)
	at := wire.Address{Org: p.from.Org, Device: p.from.Device}
	head := must(w.FeedPage(ctx, at, &wire.FeedPull{}, 1<<20))(t)
	w.person(t, "Bea", "Ost", w.north.ID)
	ahead := must(w.FeedPage(ctx, at, &wire.FeedPull{Epoch: head.GetEpoch(), Have: head.GetTo()}, 1<<20))(t)
	if ahead.GetSnapshot() || w.isSetBack(t) {
		t.Fatal("a tablet that reads on is taken for one that has read more")
	}
	if page := must(w.FeedPage(ctx, at, &wire.FeedPull{Epoch: head.GetEpoch(), Have: ahead.GetTo() + 1}, 1<<20))(t); !page.GetSnapshot() || !w.isSetBack(t) {
		t.Error("a tablet has read more than there is, and nobody hears of it")
	}
	if err := w.BeginFeedsAnew(ctx); err != nil {
		t.Fatal(err)
	}
	must(w.FeedPage(ctx, at, &wire.FeedPull{Epoch: head.GetEpoch(), Have: ahead.GetTo() + 1}, 1<<20))(t)
	if w.isSetBack(t) {
		t.Error("the feed has begun anew, and nothing is strange about it")
	}
	w.clock.forward(time.Hour)
	c := device.Certificate{Serial: "f00", Device: p.from.Device, Key: []byte("k"), DER: []byte("d"), NotBefore: w.clock.now().Add(-time.Minute), NotAfter: w.clock.now().Add(time.Hour)}
	if err := w.Adopt(ctx, c, w.admin.Org); !errors.Is(err, access.ErrNotFound) {
		t.Errorf("a certificate that can't have been forgotten: %v", err)
	}
	if !w.isSetBack(t) {
		t.Error("a certificate of ours is unknown, and nobody hears of it")
	}
}
