package store

import (
	"testing"
	"time"

	"muster/attendance"
	"muster/invite"
)

// waiting makes a person whose invitation waits to be sent.
func (w *world) waiting(t *testing.T, first, email string) attendance.Profile {
	t.Helper()
	p := w.person(t, first, "Berg", w.north.ID)
	w.place(t, p.ID, silent, invite.Contact{Email: email}, time.Time{})
	must(w.Ask(t.Context(), w.admin.Actor(), invite.Order{To: only(p.ID)}))(t)
	return p
}

func (w *world) takeOne(t *testing.T, worker string) invite.Job {
	t.Helper()
	jobs := must(w.TakeOn(t.Context(), worker, 10, w.clock.now().Add(time.Minute)))(t)
	if len(jobs) != 1 {
		t.Fatalf("%d jobs", len(jobs))
	}
	return jobs[0]
}

func handing(j invite.Job) invite.Handing {
	return invite.Handing{ID: j.ID, Channel: invite.Email, Address: j.Contact.Email, Language: j.Language, Token: hashSecret(string(j.ID)), Expires: time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)}
}

// B6: queued, sent, delivered, as the list shows it.
func TestMessageIsSent(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := t.Context()
	p := w.waiting(t, "Anna", "anna@example.com")
	j := w.takeOne(t, "one")
	if j.Event != invite.Invite || j.Attempt != 1 || j.Language != "de" || j.Contact.Email != "anna@example.com" || j.Person.ID != p.ID {
		t.Errorf("%+v", j)
	}
	if more := must(w.TakeOn(ctx, "two", 10, w.clock.now().Add(time.Minute)))(t); len(more) != 0 {
		t.Errorf("a second worker has it too: %+v", more)
	}
	if good := must(w.Hand(ctx, "two", []invite.Handing{handing(j)}))(t); len(good) != 0 {
		t.Error("a worker could send what isn't its own")
	}
	if good := must(w.Hand(ctx, "one", []invite.Handing{handing(j)}))(t); len(good) != 1 {
		t.Fatal("not its own")
	}
	if good := must(w.Hand(ctx, "one", []invite.Handing{handing(j)}))(t); len(good) != 0 {
		t.Error("it could be sent twice")
	}
	if err := w.Settle(ctx, "one", []invite.Outcome{{ID: j.ID, Receipt: invite.Receipt{Provider: "smtp", Reference: "r1"}}}); err != nil {
		t.Fatal(err)
	}
	if got := w.invitation(t, p.ID); got.State.Delivery != invite.Sent || got.Channel != invite.Email || got.Expires.IsZero() {
		t.Errorf("%+v", got)
	}
	reports := []invite.Report{{Provider: "smtp", Reference: "r1", Event: invite.Deliver}, {Message: "unknown", Event: invite.Bounce}, {Provider: "other", Reference: "r1", Event: invite.Bounce}}
	if err := w.Report(ctx, reports); err != nil {
		t.Fatal(err)
	}
	if got := w.invitation(t, p.ID); got.State.Delivery != invite.Delivered {
		t.Errorf("%+v", got.State)
	}
}

// A worker that is killed before it hands a message over leaves it to another. One
// that is killed while it does may have sent it: it is never sent again.
func TestKilledWorker(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := t.Context()
	p := w.waiting(t, "Anna", "anna@example.com")
	first := w.takeOne(t, "one")
	w.clock.forward(2 * time.Minute)
	second := w.takeOne(t, "two")
	if second.ID != first.ID || second.Attempt != 2 {
		t.Errorf("%+v, then %+v", first, second)
	}
	if good := must(w.Hand(ctx, "one", []invite.Handing{handing(first)}))(t); len(good) != 0 {
		t.Error("who lost it can send it")
	}
	if good := must(w.Hand(ctx, "two", []invite.Handing{handing(second)}))(t); len(good) != 1 {
		t.Fatal("who has it can't send it")
	}
	w.clock.forward(2 * time.Minute)
	if jobs := must(w.TakeOn(ctx, "three", 10, w.clock.now().Add(time.Minute)))(t); len(jobs) != 0 {
		t.Errorf("it would be sent twice: %+v", jobs)
	}
	if got := w.invitation(t, p.ID); got.State.Delivery != invite.Sent {
		t.Errorf("%+v", got.State)
	}
}

// A failure that will pass is tried again; one that won't is shown with its
// reason, blocks the address, and lets a chase to a better address through.
func TestFailures(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, admin := t.Context(), w.admin.Actor()
	p := w.waiting(t, "Anna", "anna@example.com")
	j := w.takeOne(t, "one")
	must(w.Hand(ctx, "one", []invite.Handing{handing(j)}))(t)
	later := w.clock.now().Add(10 * time.Minute)
	busy := &invite.Undeliverable{Reason: invite.ProviderDown, Detail: "421 busy"}
	if err := w.Settle(ctx, "one", []invite.Outcome{{ID: j.ID, Failed: busy, Again: later}}); err != nil {
		t.Fatal(err)
	}
	if got := w.invitation(t, p.ID); got.State.Status() != invite.Waiting || got.Reason != invite.ProviderDown {
		t.Errorf("%+v", got)
	}
	if jobs := must(w.TakeOn(ctx, "one", 10, later))(t); len(jobs) != 0 {
		t.Error("tried again at once")
	}
	w.clock.forward(11 * time.Minute)
	j = w.takeOne(t, "one")
	must(w.Hand(ctx, "one", []invite.Handing{handing(j)}))(t)
	gone := &invite.Undeliverable{Reason: invite.UnknownMailbox, Detail: "550 5.1.1 no such user", Permanent: true}
	if err := w.Settle(ctx, "one", []invite.Outcome{{ID: j.ID, Failed: gone}}); err != nil {
		t.Fatal(err)
	}
	got := w.invitation(t, p.ID)
	if got.State.Status() != invite.Problem || got.Reason != invite.UnknownMailbox || got.Detail == "" || got.Blocked.Reason != invite.UnknownMailbox {
		t.Errorf("%+v", got)
	}
	if b := must(w.Ask(ctx, admin, invite.Order{To: only(p.ID)}))(t); b.Refused[invite.Obstacle(invite.AddressBlocked)] != 1 {
		t.Errorf("J11: a blocked address: %+v", b)
	}
	w.place(t, p.ID, got.State, invite.Contact{Email: "right@example.com"}, time.Time{})
	if b := must(w.Ask(ctx, admin, invite.Order{To: only(p.ID)}))(t); b.Queued != 1 {
		t.Errorf("another address: %+v", b)
	}
}

// Who is taken out of the queue while a worker has the message gets nothing.
func TestRevokedWhileTakenOn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := t.Context()
	p := w.waiting(t, "Anna", "anna@example.com")
	j := w.takeOne(t, "one")
	if err := w.RevokeInvitation(ctx, w.admin.Actor(), p.ID); err != nil {
		t.Fatal(err)
	}
	if good := must(w.Hand(ctx, "one", []invite.Handing{handing(j)}))(t); len(good) != 0 {
		t.Error("a revoked message could be sent")
	}
	if got := w.invitation(t, p.ID); got.State.Account != invite.Inactive {
		t.Errorf("%+v", got.State)
	}
}

// An order can be taken back as long as a worker hasn't begun to hand its message
// over, and no longer.
func TestUndoneWhileTakenOn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := t.Context()
	for _, begun := range []bool{false, true} {
		p := w.waiting(t, "Anna", map[bool]string{false: "anna@example.com", true: "ann@example.com"}[begun])
		batch := must(w.Batches(ctx, w.admin.Actor(), 0))(t)[0]
		j := w.takeOne(t, "one")
		if begun {
			must(w.Hand(ctx, "one", []invite.Handing{handing(j)}))(t)
		}
		n := must(w.UndoBatch(ctx, w.admin.Actor(), batch.ID))(t)
		if begun && n != 0 || !begun && n != 1 {
			t.Errorf("begun: %v, %d undone", begun, n)
		}
		if good := must(w.Hand(ctx, "one", []invite.Handing{handing(j)}))(t); len(good) != 0 {
			t.Errorf("begun: %v, it can be sent", begun)
		}
		if got := w.invitation(t, p.ID); (got.State.Account == invite.Inactive) == begun {
			t.Errorf("begun: %v, %+v", begun, got.State)
		}
	}
}

// An invitation ends when its time is over.
func TestExpiry(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := t.Context()
	p := w.waiting(t, "Anna", "anna@example.com")
	j := w.takeOne(t, "one")
	must(w.Hand(ctx, "one", []invite.Handing{handing(j)}))(t)
	if err := w.Settle(ctx, "one", []invite.Outcome{{ID: j.ID}}); err != nil {
		t.Fatal(err)
	}
	if n := must(w.Expire(ctx, 100))(t); n != 0 {
		t.Errorf("%d expired early", n)
	}
	w.clock.forward(365 * 24 * time.Hour)
	if n := must(w.Expire(ctx, 100))(t); n != 1 {
		t.Errorf("%d expired", n)
	}
	got := w.invitation(t, p.ID)
	if got.State.Delivery != invite.Expired || got.State.Status() != invite.Problem {
		t.Errorf("%+v", got.State)
	}
	if b := must(w.Ask(ctx, w.admin.Actor(), invite.Order{To: only(p.ID)}))(t); b.Queued != 1 {
		t.Errorf("W16: again: %+v", b)
	}
}
