package store

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"muster/access"
	"muster/attendance"
	"muster/invite"
)

// The mailbox holds an organisation's newest 500 messages for a week, and only its
// admin reads it.
func TestMailboxIsBounded(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, admin := t.Context(), w.admin.Actor()
	keep := func(org attendance.OrgID, subject string) invite.Message {
		m := invite.Message{ID: attendance.NewID[invite.MessageID](), Org: org, Channel: invite.Email, To: "a@example.com", Subject: subject, Text: "text"}
		if err := w.Keep(ctx, m, w.clock.now()); err != nil {
			t.Fatal(err)
		}
		return m
	}
	keep(w.stranger.Org, "theirs")
	for i := range 503 {
		keep(admin.Org, fmt.Sprint(i))
	}
	last := keep(admin.Org, "last")
	last.Subject = "last again"
	if err := w.Keep(ctx, last, w.clock.now()); err != nil {
		t.Fatal(err)
	}
	var all []invite.Kept
	var after invite.MessageID
	for {
		page := must(w.Mailbox(ctx, admin, after, 200))(t)
		if len(page) == 0 {
			break
		}
		all, after = append(all, page...), page[len(page)-1].Message.ID
	}
	if len(all) != 500 || all[0].Message.Subject != "last again" || all[1].Message.Subject != "502" || all[499].Message.Subject != "4" {
		t.Errorf("%d messages, from %+v", len(all), all[0])
	}
	if theirs := must(w.Mailbox(ctx, w.stranger.Actor(), "", 10))(t); len(theirs) != 1 {
		t.Errorf("the other organisation has %d", len(theirs))
	}
	if _, err := w.Mailbox(ctx, w.managerNorth.Actor(), "", 10); !errors.Is(err, access.ErrForbidden) {
		t.Errorf("a manager reads links of others: %v", err)
	}
	w.clock.forward(7 * 24 * time.Hour)
	if left := must(w.Mailbox(ctx, admin, "", 10))(t); len(left) != 0 {
		t.Errorf("after a week %d are shown", len(left))
	}
	if n := must(w.EmptyMailbox(ctx))(t); n != 501 {
		t.Errorf("%d removed", n)
	}
}

// What a worker left behind goes on at once: what it had not begun to hand over is
// sent by another, the rest counts as sent.
func TestRelease(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := t.Context()
	begun, not, living := w.waiting(t, "Anna", "a@example.com"), w.waiting(t, "Ben", "b@example.com"), w.waiting(t, "Cem", "c@example.com")
	until := w.clock.now().Add(time.Hour)
	jobs := must(w.TakeOn(ctx, "dead", 2, until))(t)
	if len(jobs) != 2 || len(must(w.TakeOn(ctx, "alive", 2, until))(t)) != 1 {
		t.Fatalf("%+v", jobs)
	}
	if good := must(w.Hand(ctx, "dead", []invite.Handing{handing(jobs[0])}))(t); len(good) != 1 {
		t.Fatal("not handed")
	}
	if err := w.Release(ctx); err != nil {
		t.Fatal(err)
	}
	if again := must(w.TakeOn(ctx, "third", 10, until))(t); len(again) != 0 {
		t.Fatalf("nobody was named, and %d are free", len(again))
	}
	if err := w.Release(ctx, "dead"); err != nil {
		t.Fatal(err)
	}
	again := must(w.TakeOn(ctx, "third", 10, until))(t)
	if len(again) != 1 || again[0].Person.ID != not.ID || w.invitation(t, begun.ID).State.Delivery != invite.Sent {
		t.Errorf("%+v; the one that was begun is %s", again, w.invitation(t, begun.ID).State.Delivery)
	}
	if good := must(w.Hand(ctx, "dead", []invite.Handing{handing(jobs[1])}))(t); len(good) != 0 {
		t.Error("the dead one sends all the same")
	}
	if d := w.invitation(t, living.ID).State.Delivery; d != invite.Queued {
		t.Errorf("the living one's message is %s", d)
	}
	if err := w.ReleaseAll(ctx); err != nil {
		t.Fatal(err)
	}
	if all := must(w.TakeOn(ctx, "fourth", 10, until))(t); len(all) != 2 {
		t.Errorf("%d free of all", len(all))
	}
}
