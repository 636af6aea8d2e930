package enrolment_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"

	"muster/attendance"
	"muster/device"
	"muster/device/enrolment"
	"muster/sync/wire"
)

// book is a journal that remembers what it was told, with a clock that the test
// turns and a disk that may refuse.
type book struct {
	rows []string
	now  time.Time
	fail error
}

func (b *book) Append(_ context.Context, kind device.Kind, payload proto.Message, e device.Effect) (device.Row, error) {
	if b.fail != nil {
		return device.Row{}, b.fail
	}
	switch p := payload.(type) {
	case *wire.CapturePayload:
		b.rows = append(b.rows, fmt.Sprintf("%s %s %s %s; %s %s", kind, p.GetCaptureId(), p.GetCardId()[:4], p.GetTechnology(), e.Command, e.Outcome))
	case *wire.CommandPayload:
		b.rows = append(b.rows, fmt.Sprintf("%s %s %s; %s %s", kind, p.GetCommandId(), p.GetOutcome(), e.Command, e.Outcome))
	}
	return device.Row{}, nil
}

func (b *book) Now() attendance.ClockReading {
	return attendance.ClockReading{Device: b.now.Add(-time.Hour), Offset: time.Hour}
}

func (b *book) want(t *testing.T, rows ...string) {
	t.Helper()
	if fmt.Sprint(b.rows) != fmt.Sprint(rows) {
		t.Errorf("the journal tells\n%q, want\n%q", b.rows, rows)
	}
}

var key = attendance.CardKey{1}

func newDesk() (*enrolment.Desk, *book) {
	b := &book{now: time.Unix(1000, 0)}
	return enrolment.New(b, holders{}, func() attendance.CardKey { return key }), b
}

// holders says who holds which card.
type holders map[attendance.CardID]attendance.ProfileID

func (h holders) Holder(_ context.Context, card attendance.CardID, _ time.Time) (attendance.Card, attendance.Profile, bool, error) {
	who, ok := h[card]
	return attendance.Card{ID: card, Profile: who}, attendance.Profile{ID: who}, ok, nil
}

// The next in the queue taps while a capture is open: his card stays his, and
// the capture waits for a free one. The person's own card is taken again.
func TestACaptureTakesNobodysCard(t *testing.T) {
	t.Parallel()
	for holder, want := range map[attendance.ProfileID]attendance.Reason{"somebody else": attendance.HeldCard, "p": ""} {
		b := &book{now: time.Unix(1000, 0)}
		d := enrolment.New(b, holders{key.ID(tap.UID): holder}, func() attendance.CardKey { return key })
		begin(t, d, "1")
		r, taken, err := d.Tap(t.Context(), tap)
		if err != nil || !taken || r.Failed != want {
			t.Errorf("card of %s: %+v, taken %v, %v; want the reason %q", holder, r, taken, err, want)
		}
		if _, open := d.Open(); open != (want != "") {
			t.Errorf("card of %s: the capture is open: %v", holder, open)
		}
	}
}

func begin(t *testing.T, d *enrolment.Desk, id string) {
	t.Helper()
	if err := d.Begin(t.Context(), id, "p", "Anna Berg", time.Unix(1060, 0)); err != nil {
		t.Fatal(err)
	}
}

var tap = attendance.Tap{UID: []byte{4, 1, 2, 3}, Technology: "MIFARE Classic"}

func TestNextTapAnswersTheCapture(t *testing.T) {
	t.Parallel()
	d, b := newDesk()
	if _, taken, err := d.Tap(t.Context(), tap); taken || err != nil {
		t.Errorf("with nothing open: taken %v, %v", taken, err)
	}
	begin(t, d, "c1")
	begin(t, d, "c1") // it is sent again until it is answered
	r, taken, err := d.Tap(t.Context(), tap)
	if !taken || err != nil || r.Card != key.ID(tap.UID) || r.Failed != "" || r.Capture.Name != "Anna Berg" {
		t.Errorf("%+v, %v, %v", r, taken, err)
	}
	if _, taken, _ := d.Tap(t.Context(), tap); taken {
		t.Error("the tap after it is no punch")
	}
	b.want(t, "card-captured c1 "+string(key.ID(tap.UID))[:4]+" MIFARE Classic; c1 done")
}

// A card that can't stand for anybody is no answer; the next one is.
func TestUselessCardsLeaveTheCaptureOpen(t *testing.T) {
	t.Parallel()
	d, b := newDesk()
	begin(t, d, "c1")
	for _, c := range []struct {
		uid  []byte
		want attendance.Reason
	}{{[]byte{8, 1, 2, 3}, attendance.RandomCard}, {nil, attendance.Unreadable}, {[]byte{1, 2}, attendance.Unreadable}} {
		r, taken, err := d.Tap(t.Context(), attendance.Tap{UID: c.uid})
		if !taken || err != nil || r.Failed != c.want || r.Card != "" {
			t.Errorf("%x: %+v, %v, %v", c.uid, r, taken, err)
		}
	}
	b.want(t)
	if r, taken, err := d.Tap(t.Context(), tap); !taken || err != nil || r.Card == "" {
		t.Errorf("%+v, %v, %v", r, taken, err)
	}
}

func TestExpiryIsByTheCloudsClock(t *testing.T) {
	t.Parallel()
	d, b := newDesk()
	begin(t, d, "c1")
	b.now = time.Unix(1060, 0).Add(-time.Microsecond)
	if over, err := d.Expire(t.Context()); over || err != nil {
		t.Errorf("too early: %v, %v", over, err)
	}
	b.now = time.Unix(1060, 0)
	if over, err := d.Expire(t.Context()); !over || err != nil {
		t.Errorf("at its time: %v, %v", over, err)
	}
	if _, taken, _ := d.Tap(t.Context(), tap); taken {
		t.Error("a tap answers a capture that is over")
	}
	b.want(t, "command c1 expired; c1 expired")
}

func TestCancelAndReplace(t *testing.T) {
	t.Parallel()
	d, b := newDesk()
	begin(t, d, "c1")
	if ended, err := d.Cancel(t.Context(), "another"); ended || err != nil {
		t.Errorf("%v, %v", ended, err)
	}
	begin(t, d, "c2")
	if ended, err := d.Cancel(t.Context(), "c2"); !ended || err != nil {
		t.Errorf("%v, %v", ended, err)
	}
	if _, open := d.Open(); open {
		t.Error("still open")
	}
	b.want(t, "command c1 replaced; c1 replaced", "command c2 cancelled; c2 cancelled")
}

// A card that could not be kept has not been read: the capture waits on.
func TestFullDisk(t *testing.T) {
	t.Parallel()
	d, b := newDesk()
	begin(t, d, "c1")
	b.fail = device.ErrStorageFull
	if r, taken, err := d.Tap(t.Context(), tap); !taken || !errors.Is(err, device.ErrStorageFull) || r.Card != "" {
		t.Errorf("%+v, %v, %v", r, taken, err)
	}
	b.fail = nil
	if r, taken, err := d.Tap(t.Context(), tap); !taken || err != nil || r.Card == "" {
		t.Errorf("%+v, %v, %v", r, taken, err)
	}
}
