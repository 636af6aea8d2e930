package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"muster/access"
	"muster/attendance"
	"muster/device"
	"muster/sync/wire"
)

// atOnce runs f n times at the same time and returns what each answered.
func atOnce(n int, f func(i int) error) []error {
	errs := make([]error, n)
	start := make(chan struct{})
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() {
			<-start
			errs[i] = f(i)
		})
	}
	close(start)
	all.Wait()
	return errs
}

// oneOf checks that one of several got what only one can have, and that the
// others were told so.
func oneOf(t *testing.T, what string, errs []error, others ...error) {
	t.Helper()
	won := 0
	for _, err := range errs {
		if err == nil {
			won++
		} else if !slices.ContainsFunc(others, func(o error) bool { return errors.Is(err, o) }) {
			t.Errorf("%s: %v", what, err)
		}
	}
	if won != 1 {
		t.Errorf("%s: %d of %d got it", what, won, len(errs))
	}
}

const crowd = 8

func TestWhatIsGoodOnceIsGoodOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := t.Context()
	link := must(w.IssuePasswordLink(ctx, w.admin.Actor(), w.viewerNorth.ID))(t)
	oneOf(t, "password link", atOnce(crowd, func(int) error {
		_, err := w.ChoosePassword(ctx, link, "correct zebra chimney")
		return err
	}), access.ErrExpired)

	code := w.claim(t)
	oneOf(t, "claim", atOnce(crowd, func(i int) error {
		actor := []access.User{w.admin, w.stranger}[i%2]
		site := []attendance.Site{w.north, w.elsewhere}[i%2]
		_, err := w.Approve(ctx, actor.Actor(), code, site.ID, fmt.Sprint("Gate ", i))
		return err
	}), access.ErrExpired)
	if n := w.number(t, `SELECT count(*) FROM devices`); n != 1 {
		t.Errorf("one claim became %d tablets", n)
	}

	hash := device.Hash{7}
	now := w.clock.now()
	if err := w.IssueActivation(ctx, w.admin.Actor(), hash, w.north.ID, "Door", now.Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	oneOf(t, "activation code", atOnce(crowd, func(i int) error {
		id := attendance.NewID[string]()
		return w.RedeemActivation(ctx, hash, device.ClaimRecord{
			ID: id, Key: []byte("key " + id), DeviceCode: device.Hash([]byte(id)[:32]),
			Claim: device.Claim{UserCode: fmt.Sprintf("CODE%d", i), Created: now, Expires: now.Add(time.Hour)},
		})
	}), access.ErrConflict)
}

func TestASecretIsMadeOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	got := make([][]byte, crowd)
	for _, err := range atOnce(crowd, func(i int) (err error) {
		got[i], err = w.Secret(t.Context(), "authority", func() ([]byte, error) { return []byte{byte(i)}, nil })
		return err
	}) {
		if err != nil {
			t.Error(err)
		}
	}
	for _, g := range got {
		if !bytes.Equal(g, got[0]) {
			t.Errorf("two secrets of one name: %v", got)
		}
	}
}

// However many change a roster at the same time, each change has its own place in
// the feed, and no place is empty.
func TestFeedsGrowOneByOne(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	before := w.number(t, `SELECT feed_head FROM sites WHERE id = ?`, w.north.ID)
	for _, err := range atOnce(2*crowd, func(i int) error {
		_, err := w.AddProfile(t.Context(), w.admin.Actor(), attendance.Profile{FirstName: "Anna", LastName: fmt.Sprint("Berg ", i)}, []attendance.SiteID{w.north.ID})
		return err
	}) {
		if err != nil {
			t.Error(err)
		}
	}
	if head := w.number(t, `SELECT feed_head FROM sites WHERE id = ?`, w.north.ID); head != before+2*crowd {
		t.Errorf("%d changes moved the head from %d to %d", 2*crowd, before, head)
	}
	if n := w.number(t, `SELECT count(DISTINCT version) FROM feed WHERE site = ? AND version > ?`, w.north.ID, before); n != 2*crowd {
		t.Errorf("%d changes have %d places in the feed", 2*crowd, n)
	}
}

// A card that several people are given at the same time is in one hand, and the
// tablets hear of that hand.
func TestACardIsInOneHand(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	people := make([]attendance.Profile, crowd)
	for i := range people {
		people[i] = w.person(t, "Anna", fmt.Sprint("Berg ", i), w.north.ID)
	}
	card := w.cardOf(t.Context(), t, w.admin.Org, []byte{4, 1, 2, 3})
	for _, err := range atOnce(crowd, func(i int) error { return w.AssignCard(t.Context(), w.admin.Actor(), people[i].ID, card, "") }) {
		if err != nil {
			t.Error(err)
		}
	}
	if n := w.number(t, `SELECT count(*) FROM cards WHERE card = ? AND to_at = 0`, card); n != 1 {
		t.Errorf("the card is in %d hands", n)
	}
	r := must(w.SitePage(t.Context(), w.north.ID, 0, 1<<20))(t)
	var told []*wire.Card
	for _, c := range r.GetChanges() {
		if c.GetCard() != nil {
			told = append(told, c.GetCard())
		}
	}
	if len(told) != 1 || w.number(t, `SELECT count(*) FROM cards WHERE card = ? AND to_at = 0 AND profile = ?`, card, told[0].GetProfileId()) != 1 {
		t.Errorf("the tablets are told of %v", told)
	}
}

// A journal that arrives by several ways at the same time, in pieces and more
// than once, is kept once and without a gap.
func TestOneJournalByManyWays(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	anna := w.person(t, "Anna", "Berg", w.north.ID)
	p := w.pen(t, w.admin.Org, w.north.ID)
	other := w.pen(t, w.admin.Org, w.north.ID)
	const rows = 60
	var journal, others []device.Row
	for range rows {
		journal = append(journal, p.punch(anna.ID, ""))
		others = append(others, other.punch(anna.ID, ""))
	}
	for _, err := range atOnce(crowd, func(i int) error {
		dice := rand.New(rand.NewPCG(1, uint64(i)))
		for _, start := range dice.Perm(rows / 5) {
			both := []device.Delivery{p.delivery(journal[5*start : 5*start+5]...), other.delivery(others[5*start : 5*start+5]...)}
			if i%2 == 1 {
				slices.Reverse(both)
			}
			if _, err := w.Deliver(context.WithoutCancel(t.Context()), both); err != nil {
				return err
			}
		}
		return nil
	}) {
		if err != nil {
			t.Error(err)
		}
	}
	for _, p := range []*pen{p, other} {
		if got := w.deliver(t, p, p.last); got.Through != rows || len(got.Sparse) != 0 {
			t.Errorf("safe through %d of %d, and %v", got.Through, rows, got.Sparse)
		}
		if why := w.reasons(t, p); len(why) != 0 {
			t.Errorf("in quarantine: %v", why)
		}
	}
	if n := w.number(t, `SELECT count(*) FROM punches`); n != 2*rows {
		t.Errorf("%d punches count as %d", 2*rows, n)
	}
}

// A card that is read while its capture is cancelled is either given or not.
func TestACaptureEndsOneWay(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	for range 5 {
		open := must(d.StartCapture(t.Context(), d.managerNorth.Actor(), d.p.from.Device, d.anna.ID))(t)
		row := d.reads(d.p, open.ID)
		before := d.cards()
		for _, err := range atOnce(2, func(i int) error {
			if i == 0 {
				_, err := d.CancelCapture(t.Context(), d.managerNorth.Actor(), open.ID)
				return err
			}
			_, err := d.Deliver(t.Context(), []device.Delivery{d.p.delivery(row)})
			return err
		}) {
			if err != nil {
				t.Error(err)
			}
		}
		given := d.cards() > before
		if state := d.state(open.ID).State; given != (state == device.CaptureDone) || state == device.CaptureOpen {
			t.Errorf("the capture is %s; card given: %t", state, given)
		}
		if given {
			if err := d.EndCard(t.Context(), d.admin.Actor(), d.anna.ID, d.card); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// Nobody leaves with a card in force, whenever the card came.
func TestWhoLeavesHasNoCard(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	for range 5 {
		who := d.person(t, "Carla", "Dietz", d.north.ID)
		open := must(d.StartCapture(t.Context(), d.managerNorth.Actor(), d.p.from.Device, who.ID))(t)
		row := d.reads(d.p, open.ID)
		for _, err := range atOnce(2, func(i int) error {
			if i == 0 {
				return d.RemoveProfile(t.Context(), d.admin.Actor(), who.ID)
			}
			_, err := d.Deliver(t.Context(), []device.Delivery{d.p.delivery(row)})
			return err
		}) {
			if err != nil {
				t.Error(err)
			}
		}
		if n := d.number(t, `SELECT count(*) FROM cards WHERE profile = ? AND to_at = 0`, who.ID); n != 0 {
			t.Errorf("somebody left with a card")
		}
	}
}
