package store

import (
	"errors"
	"testing"
	"time"

	"muster/access"
	"muster/invite"
)

// A mail to come in that didn't leave is tried again, with a link of its own; the one
// before is good no more. Once it has left, and once it is of no use, it is over.
func TestL8AMailToComeInWaitsUntilItHasLeft(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, admin := t.Context(), w.admin.Actor()
	if err := w.SetWay(ctx, admin, invite.ByLink, true); err != nil {
		t.Fatal(err)
	}
	code := must(w.DrawJoinCode(ctx, admin, invite.ByLink, "", time.Time{}))(t).Code
	m := must(w.AskEntry(ctx, invite.EntryRequest{Email: "a@web.de", Code: code, Language: "de"}))(t)
	take := func() []invite.Notice { return must(w.TakeNotices(ctx, 10))(t) }
	if got := take(); len(got) != 0 {
		t.Fatalf("tried twice at once: %+v", got)
	}
	w.clock.forward(noticeTurn) // whoever asked was killed
	got := take()
	if len(got) != 1 || got[0].Subject != string(m.ID) || got[0].To != "a@web.de" || got[0].Language != "de" || got[0].Attempt != 2 || got[0].Org != admin.Org {
		t.Fatalf("%+v", got)
	}
	if again := take(); len(again) != 0 {
		t.Errorf("two have it: %+v", again)
	}
	if _, err := w.Entry(ctx, m.Secret); !errors.Is(err, access.ErrNotFound) {
		t.Errorf("the link of the first try: %v", err)
	}
	if e := must(w.Entry(ctx, got[0].Secret))(t); e.State != invite.EntryGood {
		t.Errorf("the link of the second: %+v", e)
	}
	// Refused for now: not before its time, then once more.
	if err := w.SettleNotice(ctx, got[0], w.clock.now().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	w.clock.forward(time.Hour - time.Minute)
	if early := take(); len(early) != 0 {
		t.Errorf("early: %+v", early)
	}
	w.clock.forward(time.Minute)
	if got = take(); len(got) != 1 || got[0].Attempt != 3 {
		t.Fatalf("%+v", got)
	}
	if err := w.SettleNotice(ctx, got[0], time.Time{}); err != nil {
		t.Fatal(err)
	}
	w.clock.forward(noticeTurn)
	if left := take(); len(left) != 0 {
		t.Errorf("it has left: %+v", left)
	}
	must(w.AskEntry(ctx, invite.EntryRequest{Email: "b@web.de", Code: code}))(t)
	w.clock.forward(noticeLife)
	if late := take(); len(late) != 0 {
		t.Errorf("a day late: %+v", late)
	}
}

// The code for a domain that is tried again is another one, good for an hour from then;
// who asks again has one mail, and who has shown it none.
func TestL2ACodeForADomainWaitsUntilItHasLeft(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, admin := t.Context(), w.admin.Actor()
	must(w.AddDomain(ctx, admin, "mailed.example"))(t)
	first := must(w.DomainCode(ctx, admin, "mailed.example", "hostmaster@mailed.example"))(t)
	w.clock.forward(noticeTurn + time.Second)
	must(w.DomainCode(ctx, admin, "mailed.example", "admin@mailed.example"))(t)
	w.clock.forward(noticeTurn + time.Second)
	got := must(w.TakeNotices(ctx, 10))(t)
	if len(got) != 1 || got[0].To != "admin@mailed.example" || len(got[0].Secret) != 8 || got[0].Secret == first {
		t.Fatalf("%+v", got)
	}
	if err := w.VerifyDomainByCode(ctx, admin, "mailed.example", first); problem(err) != "code: unknown" {
		t.Errorf("by the code of before: %v", err)
	}
	if err := w.VerifyDomainByCode(ctx, admin, "mailed.example", got[0].Secret); err != nil {
		t.Fatal(err)
	}
	w.clock.forward(noticeTurn + time.Second)
	if got := must(w.TakeNotices(ctx, 10))(t); len(got) != 0 {
		t.Errorf("it is shown already: %+v", got)
	}
}
