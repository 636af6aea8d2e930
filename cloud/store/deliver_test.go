package store

import (
	"bytes"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"

	"muster/access"
	"muster/attendance"
	"muster/device"
	"muster/sync/wire"
)

func TestDeliveringAgainChangesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	anna := w.person(t, "Anna", "Berg", w.north.ID)
	p := w.pen(t, w.admin.Org, w.north.ID)
	poison := p.writeRaw(device.KindPunch, []byte{0xff})
	rows := []device.Row{poison, p.punch(anna.ID, ""), p.punch(anna.ID, "")}
	first := w.deliver(t, p, rows...)
	before := w.dump(t)
	again := w.deliver(t, p, rows...)
	if w.dump(t) != before {
		t.Error("the second delivery changed something")
	}
	if first.Through != 3 || again.Through != 3 || len(again.Sparse) != 0 {
		t.Errorf("receipts %+v and %+v, want both through 3", first, again)
	}
	if n := w.number(t, `SELECT count(*) FROM punches`); n != 2 {
		t.Errorf("%d punches, want 2", n)
	}
}

func TestReceiptsTellGaps(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.pen(t, w.admin.Org, w.north.ID)
	var rows []device.Row
	for range 6 {
		rows = append(rows, p.write(device.KindStarted, &wire.StartedPayload{Version: "1"}))
	}
	for _, step := range []struct {
		send    []int
		through uint64
		sparse  []uint64
	}{
		{[]int{3, 4}, 0, []uint64{3, 4}},
		{[]int{6}, 0, []uint64{6}},
		{[]int{1}, 1, nil},
		{[]int{2}, 4, nil},
		{[]int{3, 6}, 4, []uint64{6}},
		{[]int{5}, 6, nil},
	} {
		var send []device.Row
		for _, seq := range step.send {
			send = append(send, rows[seq-1])
		}
		if got := w.deliver(t, p, send...); got.Through != step.through || !slices.Equal(got.Sparse, step.sparse) {
			t.Errorf("after %v: %+v, want through %d, sparse %v", step.send, got, step.through, step.sparse)
		}
	}
}

// Each kind of row that can't be matched is put aside with its reason, counts as
// kept, and the good row behind it is taken.
func TestQuarantine(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	anna := w.person(t, "Anna", "Berg", w.north.ID)
	theirs := attendance.NewID[attendance.ProfileID]()
	w.exec(t, `INSERT INTO profiles (id, org, number, first_name, last_name, created_at, changed_at) VALUES (?, ?, '1', 'Olga', 'Other', 1, 1)`, theirs, w.stranger.Org)
	punch := func(change func(*wire.PunchPayload)) func(*pen) device.Row {
		return func(p *pen) device.Row {
			m := &wire.PunchPayload{ProfileId: string(anna.ID), SiteId: string(w.north.ID), Direction: wire.Direction_DIRECTION_OUT}
			change(m)
			return p.write(device.KindPunch, m)
		}
	}
	for want, write := range map[string]func(*pen) device.Row{
		"malformed-payload":   func(p *pen) device.Row { return p.writeRaw(device.KindRefusal, []byte{0x08}) },
		"malformed-direction": punch(func(m *wire.PunchPayload) { m.Direction = 7 }),
		"malformed-card":      punch(func(m *wire.PunchPayload) { m.CardId = "04A1B2C3" }),
		"unknown-site":        punch(func(m *wire.PunchPayload) { m.SiteId = string(w.elsewhere.ID) }),
		"unknown-profile":     punch(func(m *wire.PunchPayload) { m.ProfileId = string(theirs) }),
		"unknown-kind":        func(p *pen) device.Row { return p.writeRaw("teleported", nil) },
		"malformed-reason":    func(p *pen) device.Row { return p.write(device.KindRefusal, &wire.RefusalPayload{}) },
		"unknown-command":     func(p *pen) device.Row { return p.write(device.KindCommand, &wire.CommandPayload{CommandId: "x"}) },
		"unknown-capture": func(p *pen) device.Row {
			return p.write(device.KindCaptured, &wire.CapturePayload{CaptureId: "x", CardId: string(attendance.CardKey{}.ID([]byte{1, 2, 3, 4}))})
		},
		"implausible-time": func(p *pen) device.Row {
			r := p.punch(anna.ID, "")
			r.Clock.Offset = 0
			r.Clock.Device = time.UnixMicro(-9e18).UTC()
			p.last = p.seal(r)
			return p.last
		},
		"duplicate-id": func(p *pen) device.Row {
			r := p.punch(anna.ID, "")
			r.ID = w.takenID(t, p)
			p.last = p.seal(r)
			return p.last
		},
	} {
		t.Run(want, func(t *testing.T) {
			p := w.pen(t, w.admin.Org, w.north.ID)
			rows := []device.Row{p.write(device.KindStarted, new(wire.StartedPayload)), write(p), p.punch(anna.ID, "")}
			if got := w.deliver(t, p, rows...); got.Through != 3 {
				t.Errorf("receipt %+v, want all three kept", got)
			}
			if got := w.reasons(t, p); !slices.Equal(got, []string{want}) {
				t.Errorf("in quarantine for %v, want %s", got, want)
			}
			if n := w.number(t, `SELECT count(*) FROM punches WHERE device = ?`, p.from.Device); n != 1 {
				t.Errorf("%d punches, want the good one", n)
			}
		})
	}
}

// Text that not every database takes (a NUL, say) must not stop what is behind it.
func TestStrangeText(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	anna := w.person(t, "Anna", "Berg", w.north.ID)
	p := w.pen(t, w.admin.Org, w.north.ID)
	open := must(w.StartCapture(t.Context(), w.admin.Actor(), p.from.Device, anna.ID))(t)
	card := string(attendance.CardKey{}.ID([]byte{1, 2, 3, 4}))
	const nul = "a\x00b"
	boot := p.punch(anna.ID, "")
	boot.Clock.BootID = nul
	boot = p.seal(boot)
	p.last = boot
	rows := []device.Row{
		boot,
		p.writeRaw(nul, nil),
		p.write(device.KindPunch, &wire.PunchPayload{ProfileId: nul, SiteId: string(w.north.ID), Direction: 1}),
		p.write(device.KindPunch, &wire.PunchPayload{ProfileId: string(anna.ID), SiteId: nul, Direction: 1}),
		p.write(device.KindPunch, &wire.PunchPayload{ProfileId: string(anna.ID), SiteId: string(w.north.ID), CardId: nul, Direction: 1}),
		p.write(device.KindRefusal, &wire.RefusalPayload{Reason: nul}),
		p.write(device.KindRefusal, &wire.RefusalPayload{Reason: "unknown-card", ProfileId: nul}),
		p.write(device.KindCaptured, &wire.CapturePayload{CaptureId: nul, CardId: card}),
		p.write(device.KindCaptured, &wire.CapturePayload{CaptureId: open.ID, CardId: card, Technology: nul}),
		p.write(device.KindCommand, &wire.CommandPayload{CommandId: nul, Outcome: nul}),
		p.write(device.KindCommand, &wire.CommandPayload{CommandId: open.ID, Outcome: nul}), // kept, in other words
		p.write(device.KindReader, &wire.ReaderPayload{State: nul, Detail: nul}),            // kept as bytes
		p.punch(anna.ID, ""),
	}
	if got := w.deliver(t, p, rows...); got.Through != uint64(len(rows)) {
		t.Errorf("receipt %+v, want through %d", got, len(rows))
	}
	if got := len(w.reasons(t, p)); got != 10 {
		t.Errorf("%d rows in quarantine: %v", got, w.reasons(t, p))
	}
	if n := w.number(t, `SELECT count(*) FROM punches`); n != 1 {
		t.Errorf("%d punches, want the good one", n)
	}
}

// takenID returns the id of a row that is in the store, of another tablet.
func (w *world) takenID(t *testing.T, p *pen) uuid.UUID {
	t.Helper()
	other := w.pen(t, p.from.Org, p.site)
	r := other.write(device.KindStarted, new(wire.StartedPayload))
	w.deliver(t, other, r)
	return r.ID
}

// Two tablets that go on from the same disk write different rows in the same
// place. The first that came stands; the other is kept aside, and both are told
// that their rows have arrived.
func TestClone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	anna := w.person(t, "Anna", "Berg", w.north.ID)
	p := w.pen(t, w.admin.Org, w.north.ID)
	start := p.write(device.KindStarted, new(wire.StartedPayload))
	twin := *p
	ours, next := p.punch(anna.ID, ""), p.punch(anna.ID, "")
	w.deliver(t, p, start, ours, next)
	theirs, theirNext := twin.punch(anna.ID, ""), twin.punch(anna.ID, "")
	if got := w.deliver(t, p, theirs, theirNext); got.Through != 3 {
		t.Errorf("the clone gets %+v, want through 3", got)
	}
	w.deliver(t, p, theirs, theirNext) // it sends them again
	if got := w.reasons(t, p); !slices.Equal(got, []string{"clone", "clone"}) {
		t.Errorf("in quarantine for %v, want two clones", got)
	}
	if n := w.number(t, `SELECT count(*) FROM punches WHERE id IN (?, ?)`, ours.ID.String(), next.ID.String()); n != 2 {
		t.Error("the rows that came first did not stand")
	}
	var body []byte
	if err := w.read.QueryRowContext(t.Context(), `SELECT body FROM quarantine WHERE seq = 2`).Scan(&body); err != nil || !bytes.Equal(body, wireBody(theirs)) {
		t.Errorf("the clone's row is not kept whole: %v", err)
	}
}

// A row that doesn't follow the one before it is noticed also when that one came
// long ago.
func TestBrokenChainAcrossDeliveries(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.pen(t, w.admin.Org, w.north.ID)
	w.deliver(t, p, p.write(device.KindStarted, new(wire.StartedPayload)))
	p.last.Hash[0]++
	if got := w.deliver(t, p, p.write(device.KindReader, new(wire.ReaderPayload))); got.Through != 2 {
		t.Errorf("receipt %+v", got)
	}
	if got := w.reasons(t, p); !slices.Equal(got, []string{"broken-chain"}) {
		t.Errorf("in quarantine for %v", got)
	}
}

// What is no row can't be confirmed, so a tablet would send it for ever: the
// same thing is put aside once, and there is an end to different things.
func TestOrphansAreBounded(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.pen(t, w.admin.Org, w.north.ID)
	for i := range maxOrphan + 10 {
		d := p.delivery()
		d.Broken = []device.Broken{{Reason: "malformed-batch", Body: []byte{byte(i), byte(i >> 8)}}}
		if _, err := w.Deliver(t.Context(), []device.Delivery{d, d}); err != nil {
			t.Fatal(err)
		}
	}
	if n := len(w.reasons(t, p)); n != maxOrphan {
		t.Errorf("%d entries, want %d", n, maxOrphan)
	}
	big := p.delivery()
	big.Broken = []device.Broken{{Stream: p.last.Stream, Seq: 1, Reason: "malformed-row", Body: make([]byte, 10*maxBody)}}
	if _, err := w.Deliver(t.Context(), []device.Delivery{big}); err != nil {
		t.Fatal(err)
	}
	if n := w.number(t, `SELECT max(length(body)) FROM quarantine`); n != maxBody {
		t.Errorf("%d bytes kept, want the first %d", n, maxBody)
	}
}

// A tablet that was offline doesn't know that a card has changed hands.
func TestPunchIsResolvedAtItsOwnTime(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := t.Context()
	anna, ben := w.person(t, "Anna", "Berg", w.north.ID), w.person(t, "Ben", "Cole", w.north.ID)
	uid := []byte{4, 1, 2, 3}
	card := w.cardOf(ctx, t, w.admin.Org, uid)
	p := w.pen(t, w.admin.Org, w.north.ID)
	before := p.punch(anna.ID, card)
	w.clock.forward(time.Hour)
	if err := w.AssignUID(ctx, w.admin.Actor(), anna.ID, uid, ""); err != nil {
		t.Fatal(err)
	}
	w.clock.forward(time.Hour)
	during := p.punch(anna.ID, card)
	w.clock.forward(time.Hour)
	if err := w.AssignUID(ctx, w.admin.Actor(), ben.ID, uid, ""); err != nil {
		t.Fatal(err)
	}
	w.clock.forward(time.Hour)
	after := p.punch(anna.ID, card)
	w.deliver(t, p, before, during, after)
	for _, want := range []struct {
		when string
		row  device.Row
		who  attendance.ProfileID
	}{{"before anybody had the card", before, anna.ID}, {"while Anna had it", during, anna.ID}, {"when it was Ben's", after, ben.ID}} {
		got, err := w.Punch(ctx, w.admin.Actor(), attendance.PunchID(want.row.ID.String()))
		if err != nil || got.Punch.Profile != want.who {
			t.Errorf("%s the punch is %s's, want %s's: %v", want.when, got.Name, want.who, err)
		}
	}
}

// A delivery from a tablet that the organisation doesn't have is not kept, and
// takes the others in its transaction down with it; the caller tries them alone.
func TestDeliveryOfAStranger(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.pen(t, w.admin.Org, w.north.ID)
	d := p.delivery(p.write(device.KindStarted, new(wire.StartedPayload)))
	d.Org = w.stranger.Org
	if _, err := w.Deliver(t.Context(), []device.Delivery{d}); !errors.Is(err, access.ErrNotFound) {
		t.Errorf("got %v", err)
	}
	if n := w.number(t, `SELECT count(*) FROM raw_rows`); n != 0 {
		t.Error("a row was kept")
	}
}

// The time since boot runs on within a boot. Where it doesn't, somebody else
// writes the stream too: whichever row comes second counts for nobody until
// somebody has looked.
func TestTimeThatRunsBackwards(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	anna := w.person(t, "Anna", "Berg", w.north.ID)
	for what, order := range map[string][][]int{
		"together": {{0, 1, 2, 3}}, "one by one": {{0}, {1}, {2}, {3}}, "the later one first": {{0, 1}, {3}, {2}}, "in pairs": {{2, 3}, {0, 1}},
	} {
		t.Run(what, func(t *testing.T) {
			p := w.pen(t, w.admin.Org, w.north.ID)
			var rows []device.Row
			for _, since := range []time.Duration{5, 7, 6, 8} {
				r := p.punch(anna.ID, "")
				r.Clock.Monotonic = since * time.Second
				p.last = p.seal(r)
				rows = append(rows, p.last)
			}
			for _, some := range order {
				var send []device.Row
				for _, i := range some {
					send = append(send, rows[i])
				}
				w.deliver(t, p, send...)
			}
			if got := w.reasons(t, p); !slices.Equal(got, []string{"backwards"}) {
				t.Fatalf("in quarantine for %v", got)
			}
			if n := w.number(t, `SELECT count(*) FROM punches WHERE device = ?`, p.from.Device); n != 3 {
				t.Errorf("%d punches, want three", n)
			}
			if got := must(w.Reprocess(t.Context(), w.admin.Actor()))(t); got.Matched != 0 {
				t.Errorf("trying again matches %d", got.Matched)
			}
			tablet := must(w.Tablet(t.Context(), w.admin.Actor(), p.from.Device))(t)
			if len(tablet.Alarms) != 1 || tablet.Alarms[0].Kind != device.AlarmBackwards || tablet.Alarms[0].Count != 1 {
				t.Errorf("alarms: %+v", tablet.Alarms)
			}
			w.exec(t, `UPDATE quarantine SET resolved_at = 1`)
			if tablet := must(w.Tablet(t.Context(), w.admin.Actor(), p.from.Device))(t); len(tablet.Alarms) != 0 {
				t.Errorf("alarms after somebody dealt with it: %+v", tablet.Alarms)
			}
		})
	}
}

func TestAlarm(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := t.Context()
	p := w.pen(t, w.admin.Org, w.north.ID)
	raise := func() error {
		return w.Alarm(ctx, w.admin.Org, p.from.Device, device.AlarmTwins, "from here and there")
	}
	for range 2 {
		if err := raise(); err != nil {
			t.Fatal(err)
		}
	}
	find := func() []device.Alarm { return must(w.Tablets(ctx, w.viewerNorth.Actor()))(t)[0].Alarms }
	if got := find(); len(got) != 1 || got[0].Kind != device.AlarmTwins || got[0].Count != 1 {
		t.Errorf("alarms: %+v", got)
	}
	if err := w.DismissQuarantined(ctx, w.admin.Actor(), w.entries(t)["twins"].ID, "we looked"); err != nil {
		t.Fatal(err)
	}
	if err := raise(); err != nil || len(find()) != 0 {
		t.Errorf("the same day again: %v, %+v", err, find())
	}
	w.clock.forward(24 * time.Hour)
	if err := raise(); err != nil || len(find()) != 1 {
		t.Errorf("the next day: %v, %+v", err, find())
	}
	if err := w.Alarm(ctx, w.stranger.Org, p.from.Device, device.AlarmTwins, "x"); !errors.Is(err, access.ErrNotFound) {
		t.Errorf("of another organisation: %v", err)
	}
}

// A row that doesn't follow from the one before is put aside, and so is what goes
// on from it: the log must not go on with rows of which it can't say where they come
// from. The tablet is told, and tells all it has again in a stream of its own.
func TestBrokenChainPartsTheStream(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	anna := w.person(t, "Anna", "Berg", w.north.ID)
	p := w.pen(t, w.admin.Org, w.north.ID)
	first := p.write(device.KindStarted, new(wire.StartedPayload))
	parted := p.punch(anna.ID, "")
	parted.Prev[3]++
	parted = p.seal(parted)
	p.last = parted
	got := w.deliver(t, p, first, parted, p.punch(anna.ID, ""))
	if got.Through != 3 || !got.Forked {
		t.Errorf("receipt %+v, want all three kept and the stream forked", got)
	}
	if got := w.reasons(t, p); !slices.Equal(got, []string{"broken-chain", "broken-chain"}) {
		t.Errorf("in quarantine for %v", got)
	}
	if n := w.number(t, `SELECT count(*) FROM punches WHERE device = ?`, p.from.Device); n != 0 {
		t.Errorf("%d punches of a stream that is parted", n)
	}
}
