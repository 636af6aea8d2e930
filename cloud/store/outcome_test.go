package store

import (
	"errors"
	"slices"
	"testing"
	"time"

	"muster/access"
	"muster/attendance"
	"muster/device"
	"muster/sync/wire"
)

// desk is a tablet that is asked to read a card for Anna.
type desk struct {
	*world
	t    *testing.T
	p    *pen
	anna attendance.Profile
	card attendance.CardID
	open device.CardCapture
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	w := newWorld(t)
	d := &desk{world: w, t: t, anna: w.person(t, "Anna", "Berg", w.north.ID), p: w.pen(t, w.admin.Org, w.north.ID)}
	d.card = w.cardOf(t.Context(), t, w.admin.Org, []byte{4, 1, 2, 3})
	d.open = must(w.StartCapture(t.Context(), w.managerNorth.Actor(), d.p.from.Device, d.anna.ID))(t)
	return d
}

// reads writes that the card was read for a capture.
func (d *desk) reads(p *pen, capture string) device.Row {
	return p.write(device.KindCaptured, &wire.CapturePayload{CaptureId: capture, CardId: string(d.card), Technology: "MIFARE Classic"})
}

func (d *desk) state(capture string) device.CardCapture {
	d.t.Helper()
	return must(d.CardCapture(d.t.Context(), d.managerNorth.Actor(), capture))(d.t)
}

func (d *desk) cards() int {
	d.t.Helper()
	return len(must(d.Member(d.t.Context(), d.admin.Actor(), d.anna.ID))(d.t).Cards)
}

func TestCaptureGivesTheCard(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	to, open, err := d.OpenCommands(t.Context(), d.p.from.Device)
	if err != nil || len(open) != 1 || open[0].GetCapture().GetName() != "Anna Berg" || open[0].GetId() != d.open.ID || to.Org != d.admin.Org {
		t.Fatalf("the tablet is asked %v, %v", open, err)
	}
	head := d.number(t, `SELECT feed_head FROM sites WHERE id = ?`, d.north.ID)
	out, err := d.Deliver(t.Context(), []device.Delivery{d.p.delivery(d.reads(d.p, d.open.ID))})
	if err != nil || !slices.Contains(out[0].News, device.News{Topic: "capture", ID: d.open.ID}) {
		t.Errorf("news %v, %v", out, err)
	}
	if got := d.state(d.open.ID); got.State != device.CaptureDone || got.Outcome != string(d.card) {
		t.Errorf("the capture is %+v", got)
	}
	if d.cards() != 1 {
		t.Error("Anna has no card")
	}
	page := must(d.SitePage(t.Context(), d.north.ID, uint64(head), 1<<20))(t)
	if len(page.GetChanges()) != 1 || page.GetChanges()[0].GetCard().GetCardId() != string(d.card) {
		t.Errorf("the site's tablets are told %v", page)
	}
	if _, open, _ := d.OpenCommands(t.Context(), d.p.from.Device); len(open) != 0 {
		t.Errorf("the tablet is still asked %v", open)
	}
}

// A card that was read in time counts, however late its row arrives; one that
// was read too late does not.
func TestCaptureIsJudgedByWhenTheCardWasRead(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	inTime := d.reads(d.p, d.open.ID)
	d.clock.forward(time.Hour)
	if got := d.state(d.open.ID).State; got != device.CaptureExpired {
		t.Errorf("after an hour the capture is %s", got)
	}
	d.deliver(t, d.p, inTime)
	if got := d.state(d.open.ID).State; got != device.CaptureDone {
		t.Errorf("the card was read in time, but the capture is %s", got)
	}
	late := must(d.StartCapture(t.Context(), d.admin.Actor(), d.p.from.Device, d.anna.ID))(t)
	d.clock.forward(time.Hour)
	d.deliver(t, d.p, d.reads(d.p, late.ID))
	if got := d.reasons(t, d.p); !slices.Equal(got, []string{"capture-expired"}) {
		t.Errorf("in quarantine for %v", got)
	}
}

// The tablet may not know yet that the card is somebody's; the store does.
func TestCaptureTakesNobodysCard(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	boris := d.person(t, "Boris", "Petrow", d.north.ID)
	if err := d.AssignCard(t.Context(), d.admin.Actor(), boris.ID, d.card, ""); err != nil {
		t.Fatal(err)
	}
	d.deliver(t, d.p, d.reads(d.p, d.open.ID))
	if got := d.state(d.open.ID); got.State != device.CaptureFailed || got.Outcome != string(attendance.HeldCard) {
		t.Errorf("the capture is %+v, want it to have failed for %q", got, attendance.HeldCard)
	}
	if d.cards() != 0 {
		t.Error("Anna has got Boris's card")
	}
	if held := must(d.Member(t.Context(), d.admin.Actor(), boris.ID))(t).Cards; len(held) != 1 || !held[0].To.IsZero() {
		t.Errorf("Boris holds %+v", held)
	}
}

func TestCaptureThatIsOverTakesNoCard(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	if _, err := d.CancelCapture(t.Context(), d.managerNorth.Actor(), d.open.ID); err != nil {
		t.Fatal(err)
	}
	_, open, err := d.OpenCommands(t.Context(), d.p.from.Device)
	if err != nil || len(open) != 1 || open[0].GetCancelCapture().GetCaptureId() != d.open.ID {
		t.Errorf("the tablet is asked %v, %v; want to cancel", open, err)
	}
	d.deliver(t, d.p, d.reads(d.p, d.open.ID))
	if d.cards() != 0 || d.state(d.open.ID).State != device.CaptureCancelled {
		t.Error("a cancelled capture took a card")
	}
	if got := d.reasons(t, d.p); !slices.Equal(got, []string{"capture-over"}) {
		t.Errorf("in quarantine for %v", got)
	}
}

// A tablet can't answer for another one, nor for a person who has left.
func TestCaptureByTheWrongTabletOrForNobody(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	other := d.pen(t, d.admin.Org, d.north.ID)
	d.deliver(t, other, d.reads(other, d.open.ID))
	if got := d.reasons(t, other); !slices.Equal(got, []string{"unknown-capture"}) || d.cards() != 0 {
		t.Errorf("another tablet: in quarantine for %v", got)
	}
	if err := d.RemoveProfile(t.Context(), d.admin.Actor(), d.anna.ID); err != nil {
		t.Fatal(err)
	}
	d.deliver(t, d.p, d.reads(d.p, d.open.ID))
	if got := d.reasons(t, d.p); !slices.Equal(got, []string{"capture-failed"}) || d.state(d.open.ID).State != device.CaptureFailed {
		t.Errorf("for somebody who has left: in quarantine for %v, capture %+v", got, d.state(d.open.ID))
	}
}

// The newest wish counts: a tablet that was off for both lock and unlock is not
// locked, and one capture is open at a time.
func TestNewerCommandsReplaceOlder(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	ctx, admin, id := t.Context(), d.admin.Actor(), d.p.from.Device
	second := must(d.StartCapture(ctx, admin, id, d.anna.ID))(t)
	if got := d.state(d.open.ID).State; got != device.CaptureCancelled {
		t.Errorf("the first capture is %s", got)
	}
	if err := errors.Join(d.LockTablet(ctx, admin, id, "Stocktaking"), d.UnlockTablet(ctx, admin, id)); err != nil {
		t.Fatal(err)
	}
	_, open, err := d.OpenCommands(ctx, id)
	if err != nil || len(open) != 3 || open[0].GetCancelCapture() == nil || open[1].GetId() != second.ID || open[2].GetUnlock() == nil {
		t.Errorf("the tablet is asked %v, %v", open, err)
	}
	for _, c := range open {
		outcome := map[bool]string{true: "expired", false: "done"}[c.GetCapture() != nil]
		d.deliver(t, d.p, d.p.write(device.KindCommand, &wire.CommandPayload{CommandId: c.GetId(), Outcome: outcome}))
	}
	if _, open, _ := d.OpenCommands(ctx, id); len(open) != 0 {
		t.Errorf("after its answers the tablet is still asked %v", open)
	}
	if got := d.state(second.ID).State; got != device.CaptureExpired {
		t.Errorf("the capture that expired on the tablet is %s", got)
	}
}

func TestRevokedTablet(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	ctx, admin, id := t.Context(), d.admin.Actor(), d.p.from.Device
	now := d.clock.now()
	err := d.AddCertificate(ctx, device.Certificate{Serial: "7", Device: id, Key: []byte("k"), DER: []byte("d"), NotBefore: now, NotAfter: now.Add(time.Hour)})
	if err != nil {
		t.Fatal(err)
	}
	if org, err := d.Admit(ctx, id, "7"); err != nil || org != d.admin.Org {
		t.Errorf("before: %s, %v", org, err)
	}
	if err := d.RevokeTablet(ctx, admin, id); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Admit(ctx, id, "7"); !errors.Is(err, access.ErrForbidden) {
		t.Errorf("admitted: %v", err)
	}
	if err := d.AddCertificate(ctx, device.Certificate{Serial: "8", Device: id, Key: []byte("k"), DER: []byte("d")}); !errors.Is(err, access.ErrForbidden) {
		t.Errorf("another certificate: %v", err)
	}
	if _, open, _ := d.OpenCommands(ctx, id); len(open) != 0 || d.state(d.open.ID).State != device.CaptureCancelled {
		t.Errorf("it is still asked %v", open)
	}
	for what, err := range map[string]error{
		"lock":    d.LockTablet(ctx, admin, id, ""),
		"capture": second(d.StartCapture(ctx, admin, id, d.anna.ID)),
	} {
		if !errors.Is(err, access.ErrConflict) {
			t.Errorf("%s: %v", what, err)
		}
	}
	// What it told before it was revoked still arrives.
	if got := d.deliver(t, d.p, d.p.punch(d.anna.ID, "")); got.Through != 1 {
		t.Errorf("receipt %+v", got)
	}
	d.clock.forward(2 * time.Hour)
	if _, err := d.Admit(ctx, d.p.from.Device, "9"); !errors.Is(err, access.ErrNotFound) {
		t.Errorf("an unknown serial: %v", err)
	}
}

func second[T any](_ T, err error) error { return err }
