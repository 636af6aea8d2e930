package store

import (
	"fmt"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"

	"muster/attendance"
	"muster/sync/wire"
)

// follower reads a feed as a tablet does, by lanes.
type follower struct {
	*replica
	at    *wire.FeedPull
	kinds []string // of the changes, in the order in which they came
}

func newFollower() *follower {
	return &follower{replica: newReplica(), at: &wire.FeedPull{Lanes: true}}
}

// page takes the next page and tells whether there are more.
func (f *follower) page(t *testing.T, w *world, d wire.Address, size int) (p *wire.FeedPage, more bool) {
	t.Helper()
	p = must(w.FeedPage(t.Context(), d, f.at, size))(t)
	if p.GetSnapshot() {
		f.replica = newReplica()
		f.at.Base = p.GetHead()
	}
	bodies := must(wire.Unpack(p.GetPacked()))(t)
	for _, b := range bodies {
		c := new(wire.Change)
		if err := proto.Unmarshal(b, c); err != nil {
			t.Fatal(err)
		}
		f.apply(t, c)
		f.kinds = append(f.kinds, fmt.Sprintf("%T", c.GetOf())[len("*wire.Change_"):])
	}
	f.at.Epoch, f.at.Term, f.at.Head = p.GetEpoch(), p.GetTerm(), p.GetHead()
	f.at.Have, f.at.Urgent, f.at.People = p.GetTo(), p.GetToUrgent(), p.GetToPeople()
	if more = p.GetTo() < p.GetHead(); !more {
		f.at.Base = 0
	}
	return p, more
}

// rest reads on to the end and tells whether a snapshot was among it.
func (f *follower) rest(t *testing.T, w *world, d wire.Address, size int) (snapshot bool) {
	t.Helper()
	for more := true; more; {
		var p *wire.FeedPage
		p, more = f.page(t, w, d, size)
		snapshot = snapshot || p.GetSnapshot()
	}
	return snapshot
}

// Whoever may no longer in is told first, however much else there is to tell, and
// pictures last; with pages of one change as with pages of many.
func TestWhatIsUrgentComesFirst(t *testing.T) {
	t.Parallel()
	for _, size := range []int{1, 1 << 20} {
		w := newWorld(t)
		d := w.device(t, w.admin.Org, w.north.ID, "Gate")
		address := wire.Address{Org: w.admin.Org, Device: d}
		f := newFollower()
		anna, bert := w.person(t, "Anna", "Berg", w.north.ID), w.person(t, "Bert", "Amsel", w.north.ID)
		for i, p := range []attendance.Profile{anna, bert} {
			if err := w.AssignUID(t.Context(), w.admin.Actor(), p.ID, []byte{4, 1, 1, byte(i)}, ""); err != nil {
				t.Fatal(err)
			}
		}
		if !f.rest(t, w, address, size) {
			t.Error("no snapshot for a new tablet")
		}
		f.kinds = nil
		for i := range 5 {
			p := w.person(t, "Person", fmt.Sprint(i), w.north.ID)
			if err := w.SetPhoto(t.Context(), w.admin.Actor(), p.ID, picture(t, 20+i, 20)); err != nil {
				t.Fatal(err)
			}
		}
		card := must(w.Member(t.Context(), w.admin.Actor(), anna.ID))(t).Cards[0].ID
		if err := w.BlockCard(t.Context(), w.admin.Actor(), anna.ID, card, true); err != nil {
			t.Fatal(err)
		}
		if err := w.RemoveProfile(t.Context(), w.admin.Actor(), bert.ID); err != nil {
			t.Fatal(err)
		}
		if f.rest(t, w, address, size) {
			t.Error("a snapshot for a tablet that is only behind")
		}
		rank := map[string]int{"Settings": 0, "ProfileGone": 0, "CardGone": 0, "Card": 0, "Profile": 1, "Photo": 2}
		for i := 1; i < len(f.kinds); i++ {
			if rank[f.kinds[i]] < rank[f.kinds[i-1]] {
				t.Fatalf("pages of %d: %v", size, f.kinds)
			}
		}
		if got, want := f.text(), wanted(t, w, w.north.ID); len(f.kinds) != 13 || got != withTablets(want, f.replica).text() {
			t.Errorf("%v\n%s\n%s", f.kinds, got, want.text())
		}
	}
}

// withTablets leaves the names of tablets, which the console shows elsewhere, out
// of a comparison.
func withTablets(want, got *replica) *replica {
	want.settings.Tablets = got.settings.GetTablets()
	return want
}

// A snapshot goes on where it was, though the feed moves and the cloud is started
// anew; people who leave meanwhile are gone at its end.
func TestSnapshotGoesOn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	address := wire.Address{Org: w.admin.Org, Device: w.device(t, w.admin.Org, w.north.ID, "Gate")}
	var people []attendance.Profile
	for i := range 20 {
		people = append(people, w.person(t, "Person", fmt.Sprint(i), w.north.ID))
	}
	f := newFollower()
	snapshots := 0
	for i := 0; ; i++ {
		p, more := f.page(t, w, address, 1)
		if p.GetSnapshot() {
			snapshots++
		}
		if !more {
			break
		}
		switch i {
		case 3: // read already, and not read yet
			for _, p := range []attendance.Profile{people[0], people[19]} {
				if err := w.RemoveProfile(t.Context(), w.admin.Actor(), p.ID); err != nil {
					t.Fatal(err)
				}
			}
		case 5:
			w.term = "another run"
			people[1].FirstName = "Changed"
			if err := w.ChangeProfile(t.Context(), w.admin.Actor(), people[1], []attendance.SiteID{w.north.ID}); err != nil {
				t.Fatal(err)
			}
		}
	}
	if got, want := f.text(), withTablets(wanted(t, w, w.north.ID), f.replica).text(); snapshots != 1 || got != want {
		t.Errorf("%d snapshots\n%s\n%s", snapshots, got, want)
	}
}

// Off for a year: the tombstones are gone, so the tablet begins anew, and one that
// was there a while ago goes on.
func TestTombstonesArePruned(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	address := wire.Address{Org: w.admin.Org, Device: w.device(t, w.admin.Org, w.north.ID, "Gate")}
	anna, bert := w.person(t, "Anna", "Berg", w.north.ID), w.person(t, "Bert", "Amsel", w.north.ID)
	away := newFollower()
	away.rest(t, w, address, 1<<20)
	remove := func(p attendance.Profile) {
		t.Helper()
		if err := w.RemoveProfile(t.Context(), w.admin.Actor(), p.ID); err != nil {
			t.Fatal(err)
		}
	}
	remove(anna)
	near := newFollower()
	near.rest(t, w, address, 1<<20)
	w.clock.forward(TombstoneLife + time.Hour)
	remove(bert)
	if n := must(w.PruneFeeds(t.Context()))(t); n != 1 {
		t.Errorf("%d tombstones pruned, want 1", n)
	}
	if near.rest(t, w, address, 1<<20) {
		t.Error("a snapshot for a tablet that has missed no tombstone")
	}
	if !away.rest(t, w, address, 1<<20) {
		t.Error("no snapshot for a tablet that has missed a tombstone")
	}
	for name, f := range map[string]*follower{"near": near, "away": away} {
		if got, want := f.text(), withTablets(wanted(t, w, w.north.ID), f.replica).text(); got != want {
			t.Errorf("%s: %s\n%s", name, got, want)
		}
	}
	if p := must(w.SitePage(t.Context(), w.north.ID, 1, 1<<20))(t); len(p.GetChanges()) > 0 || p.GetTo() != 1 {
		t.Errorf("pushed though tombstones are missing: %v", p)
	}
}

// A position of a history that a backup has taken back is noticed, even when the
// feed has long grown past it again.
func TestRestoredFeedIsNoticed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	address := wire.Address{Org: w.admin.Org, Device: w.device(t, w.admin.Org, w.north.ID, "Gate")}
	w.person(t, "Anna", "Berg", w.north.ID)
	f := newFollower()
	f.rest(t, w, address, 1<<20)
	// What the tablet read last was written after the backup.
	f.at.Have, f.at.Urgent, f.at.People = f.at.GetHave()+1, f.at.GetUrgent()+1, f.at.GetPeople()+1
	w.term = "after the restore"
	w.person(t, "Bert", "Amsel", w.north.ID)
	w.person(t, "Carl", "Dorn", w.north.ID)
	if !f.rest(t, w, address, 1<<20) {
		t.Error("goes on from a history that never was")
	}
	if f.rest(t, w, address, 1<<20) {
		t.Error("and again")
	}
	f.at.Term = "of a run after the backup"
	if !f.rest(t, w, address, 1<<20) {
		t.Error("goes on from a term that nobody knows")
	}
}

// So is one that the feed may well have, of a tablet that was in the midst of it
// and was not told of what had been replaced by changes that the backup lacks.
func TestFeedSetBackBetweenPages(t *testing.T) {
	t.Parallel()
	for name, grow := range map[string]bool{"as it was": false, "grown past it again": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			address := wire.Address{Org: w.admin.Org, Device: w.device(t, w.admin.Org, w.north.ID, "Gate")}
			for i := range 3 {
				w.person(t, "Person", fmt.Sprint(i), w.north.ID)
			}
			f := newFollower()
			if _, more := f.page(t, w, address, 1); !more || f.at.GetHave() >= f.at.GetHead() {
				t.Fatalf("not in the midst of the feed: %v", f.at)
			}
			f.at.Head++ // there was a change that is lost
			if grow {
				w.term = "after the restore"
				w.person(t, "Bert", "Amsel", w.north.ID)
				w.person(t, "Carl", "Dorn", w.north.ID)
			}
			if p, _ := f.page(t, w, address, 1); !p.GetSnapshot() || w.isSetBack(t) == grow {
				t.Errorf("snapshot %v, known to be set back %v", p.GetSnapshot(), w.isSetBack(t))
			}
			if f.rest(t, w, address, 1) {
				t.Error("and again")
			}
			if got, want := f.text(), withTablets(wanted(t, w, w.north.ID), f.replica).text(); got != want {
				t.Errorf("%s\n%s", got, want)
			}
		})
	}
}

// B5: cards from a day on and until a day reach the tablets before their time.
func TestCardsForATimeReachTheTablets(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, admin := t.Context(), w.admin.Actor()
	address := wire.Address{Org: w.admin.Org, Device: w.device(t, w.admin.Org, w.north.ID, "Gate")}
	anna, bert := w.person(t, "Anna", "Berg", w.north.ID), w.person(t, "Bert", "Amsel", w.north.ID)
	uid := []byte{4, 1, 2, 3}
	if err := w.AssignUID(ctx, admin, anna.ID, uid, ""); err != nil {
		t.Fatal(err)
	}
	begin, end := w.clock.now().Add(24*time.Hour).Truncate(time.Microsecond), w.clock.now().Add(48*time.Hour).Truncate(time.Microsecond)
	if err := w.LendUID(ctx, admin, bert.ID, uid, "", begin, end); err != nil {
		t.Fatal(err)
	}
	f := newFollower()
	f.rest(t, w, address, 1<<20)
	got := map[string]string{}
	for _, c := range f.cards {
		got[c.GetProfileId()] = fmt.Sprint(c.GetFromUs() == begin.UnixMicro(), c.GetToUs() == begin.UnixMicro(), c.GetToUs() == end.UnixMicro())
	}
	if got[string(anna.ID)] != "false true false" || got[string(bert.ID)] != "true false true" || len(got) != 2 {
		t.Errorf("%v", got)
	}
	w.clock.forward(10 * 24 * time.Hour)
	must(w.PruneFeeds(ctx))(t)
	f.rest(t, w, address, 1<<20)
	if len(f.cards) != 0 {
		t.Errorf("cards whose time is over: %v", f.cards)
	}
	// Promised again, and given away for good before that: until then.
	later := w.clock.now().Add(24 * time.Hour).Truncate(time.Microsecond)
	if err := w.LendUID(ctx, admin, bert.ID, uid, "", later, time.Time{}); err != nil {
		t.Fatal(err)
	}
	if err := w.AssignUID(ctx, admin, anna.ID, uid, ""); err != nil {
		t.Fatal(err)
	}
	if c := must(w.Member(ctx, admin, anna.ID))(t).Cards[0]; !c.To.Equal(later) {
		t.Errorf("until %v, want %v", c.To, later)
	}
	if err := w.LendUID(ctx, admin, anna.ID, uid, "", later.Add(-time.Hour), later.Add(time.Hour)); err == nil {
		t.Error("lent across somebody's time")
	}
	// Lost an hour ago.
	card := must(w.Member(ctx, admin, anna.ID))(t).Cards[0]
	if err := w.EndCardAt(ctx, admin, anna.ID, card.ID, w.clock.now().Add(-time.Hour)); err != nil {
		t.Fatal(err)
	}
	if c := must(w.Member(ctx, admin, anna.ID))(t).Cards[0]; c.To.After(w.clock.now()) || c.To.Before(c.From) {
		t.Errorf("lost: %+v", c)
	}
}
