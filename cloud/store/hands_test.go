package store

import (
	"testing"
	"time"

	"muster/attendance"
	"muster/device"
)

// handover is a card that was Anna's until eight o'clock and is Ben's since.
type handover struct {
	*world
	pen       *pen
	anna, ben attendance.ProfileID
	card      attendance.CardID
}

func newHandover(t *testing.T) *handover {
	t.Helper()
	w := newWorld(t)
	w.clock.forward(24 * time.Hour)
	h := &handover{world: w, pen: w.pen(t, w.admin.Org, w.north.ID), anna: w.person(t, "Anna", "Berg", w.north.ID).ID, ben: w.person(t, "Ben", "Cole", w.north.ID).ID}
	h.card = w.cardOf(t.Context(), t, w.admin.Org, []byte{4, 1, 2, 3})
	w.exec(t, `INSERT INTO cards (org, card, profile, from_at, to_at) VALUES (?, ?, ?, ?, ?), (?, ?, ?, ?, 0)`,
		w.admin.Org, h.card, h.anna, micros(hour(0)), micros(hour(8)), w.admin.Org, h.card, h.ben, micros(hour(8)))
	return h
}

// punch writes a punch of the card in a boot that began at an hour.
func (h *handover) punch(told attendance.ProfileID, boot string, began, at float64, trust attendance.Trust, off float64) device.Row {
	r := h.pen.stamped(told, h.card, hour(at), trust, off)
	r.Clock.BootID, r.Clock.Monotonic = boot, hour(at).Sub(hour(began))
	h.pen.last = h.pen.seal(r)
	return h.pen.last
}

// whose returns the person whom a punch was given to; empty while it waits for
// somebody who knows.
func (h *handover) whose(t *testing.T, r device.Row) attendance.ProfileID {
	t.Helper()
	p, err := h.Punch(t.Context(), h.admin.Actor(), attendance.PunchID(r.ID.String()))
	if err == nil {
		return p.Punch.Profile
	}
	if _, waits := h.entries(t)[uncertainHolder]; !waits {
		t.Fatalf("row %d neither counts nor waits: %v", r.Seq, err)
	}
	return ""
}

// A tablet whose clock was never compared since it was switched on says half past
// seven, and that is wrong: the punch is at nine. What is sure on both sides of it
// decides whose it is, or somebody does who knows; the clock does not.
func TestPunchWhileCardChangedHands(t *testing.T) {
	t.Parallel()
	const sure = attendance.TrustEstimated
	for name, c := range map[string]struct {
		before, after float64 // when a row before and one after it were compared; 0: none was
		told          func(*handover) attendance.ProfileID
		want          func(*handover) attendance.ProfileID // nil: nobody can tell
	}{
		"nobody knows, the tablet had heard of it": {7, 0, (*handover).isBen, nil},
		"nobody knows, the tablet had not":         {7, 0, (*handover).isAnna, nil},
		"nothing before either":                    {0, 0, (*handover).isBen, nil},
		"after the handover":                       {8.25, 0, (*handover).isAnna, (*handover).isBen},
		"before it":                                {7, 7.75, (*handover).isAnna, (*handover).isAnna},
		"before it, and told otherwise":            {7, 7.75, (*handover).isBen, (*handover).isAnna},
		"around it":                                {7, 9.5, (*handover).isBen, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHandover(t)
			if c.before > 0 {
				h.deliver(t, h.pen, h.punch(h.anna, "first", 0, c.before, sure, 0))
			}
			row := h.punch(c.told(h), "second", 7.1, 9, never, -1.5)
			h.deliver(t, h.pen, row)
			if c.after > 0 {
				h.deliver(t, h.pen, h.punch(h.anna, "third", c.after-.1, c.after, sure, 0))
			}
			want := attendance.ProfileID("")
			if c.want != nil {
				want = c.want(h)
			}
			if got := h.whose(t, row); got != want {
				t.Errorf("it went to %q, want %q (Anna %s, Ben %s)", got, want, h.anna, h.ben)
			}
		})
	}
}

func (h *handover) isAnna() attendance.ProfileID { return h.anna }
func (h *handover) isBen() attendance.ProfileID  { return h.ben }

// A punch that waits because nobody knows counts by itself once the clock was
// compared in the same boot, whatever came in between; and somebody who knows need not
// wait for that.
func TestPunchOfUncertainHolder(t *testing.T) {
	t.Parallel()
	h := newHandover(t)
	first, second := h.punch(h.ben, "second", 7.1, 9, never, -1.5), h.punch(h.ben, "second", 7.1, 9.1, never, -1.5)
	h.deliver(t, h.pen, first)
	q := h.entries(t)[uncertainHolder]
	if !q.Assignable || !q.Repeatable || q.Likely != "" || len(q.Holders) != 2 {
		t.Errorf("the entry: %+v", q)
	}
	if r := must(h.Reprocess(t.Context(), h.admin.Actor()))(t); r.Tried != 1 || r.Matched != 0 {
		t.Errorf("tried again: %+v", r)
	}
	if err := h.AssignQuarantined(t.Context(), h.admin.Actor(), q.ID, h.anna); err != nil {
		t.Fatal(err)
	}
	h.deliver(t, h.pen, second)
	if got := h.whose(t, second); got != "" {
		t.Errorf("the second went to %s", got)
	}
	h.deliver(t, h.pen, h.punch(h.ben, "second", 7.1, 9.5, attendance.TrustEstimated, -1.5))
	if got := h.whose(t, second); got != h.ben {
		t.Errorf("once the clock was compared: %s", got)
	}
	if got := h.whose(t, first); got != h.anna {
		t.Errorf("what somebody had decided: %s", got)
	}
	if n := h.number(t, `SELECT count(*) FROM quarantine WHERE resolved_at = 0`); n != 0 {
		t.Errorf("%d wait still", n)
	}
}
