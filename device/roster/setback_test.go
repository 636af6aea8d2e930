package roster_test

import (
	"fmt"
	"maps"
	"testing"

	"muster/attendance"
	"muster/device"
	"muster/device/roster"
	"muster/sync/wire"
)

// A tablet is in the midst of a feed, and was not told of somebody because they had
// just been removed. Then the cloud is restored from a backup that has them: the
// tablet hears of them, whether the feed stays where it was or grows past it again.
func TestSetBackBetweenPages(t *testing.T) {
	t.Parallel()
	for name, before := range map[string]int{"after a page that has them not yet": 1, "after the first page": 0} {
		for grown := range 4 {
			t.Run(fmt.Sprintf("%s, then %d changes", name, grown), func(t *testing.T) {
				t.Parallel()
				setBackBetweenPages(t, before, grown)
			})
		}
	}
}

// setBackBetweenPages has the tablet read so many pages before somebody is removed,
// and one after that; the restored feed grows by so many changes.
func setBackBetweenPages(t *testing.T, before, grown int) {
	c := &cloud{}
	c.start(history{feed: map[attendance.ProfileID]entry{}})
	disk := &memory{names: map[attendance.ProfileID]string{}}
	r := open(t, disk)
	read := func() (more bool) {
		t.Helper()
		more, err := r.Apply(t.Context(), c.answer(r.Pull(), 1))
		if err != nil {
			t.Fatal(err)
		}
		return more
	}
	for range before {
		c.set(1, "")
	}
	c.set(0, "!C")
	c.set(2, "")
	backup := c.copy()
	for range before {
		read()
	}
	c.set(0, "")
	if !read() { // of 2; that 0 is gone comes behind it
		t.Fatal("everything is read, nothing can be missed")
	}
	c.start(backup)
	for range grown {
		c.set(3, "A")
	}
	r = open(t, disk)
	for range 10 {
		if !read() {
			break
		}
	}
	if got, want := disk.names, c.people(); !maps.Equal(got, want) || r.Position().Version != c.head {
		t.Errorf("at %+v the roster is %v, the site %v at %d", r.Position(), got, want, c.head)
	}
}

// A page that comes late, of a feed that ended before what is here was read, brings
// the tablet no further: nobody has checked that there was no restore in between.
func TestPageOfShorterFeed(t *testing.T) {
	t.Parallel()
	at := device.FeedPosition{Epoch: "e", Version: 2, People: 2, Urgent: 3, Head: 9}
	page := &wire.FeedPage{Epoch: "e", From: 2, To: 5, Head: 5, Ask: 7}
	if _, verdict := roster.Judge(at, page, 8); verdict != roster.Pull {
		t.Errorf("verdict %d, want that the tablet asks", verdict)
	}
	if to, verdict := roster.Judge(at, page, 7); verdict != roster.Apply || to.Head != 5 {
		t.Errorf("verdict %d, to %+v: the cloud has said that the tablet can go on there", verdict, to)
	}
	page.To, page.Head = 9, 9
	if to, verdict := roster.Judge(at, page, 8); verdict != roster.Apply || to.Head != 9 {
		t.Errorf("verdict %d, to %+v of a feed that is as long", verdict, to)
	}
}
