package store

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"muster/access"
	"muster/invite"
)

// Who did what, when, from where and to whom; by each filter, page by page, and
// without what is nobody's business.
func TestAuditLogTellsWhoDidWhat(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, admin := t.Context(), w.admin.Actor()
	admin.Origin = access.Origin{Via: access.ViaConsole, Address: "192.0.2.7"}
	manager := w.managerNorth.Actor()
	manager.Origin = access.Origin{Via: access.ViaAPI, Token: "payroll"}
	anna, boris := w.person(t, "Anna", "Ames", w.north.ID), w.person(t, "Boris", "Bell", w.north.ID)
	start := w.clock.now()
	w.clock.forward(time.Minute)
	if err := w.SetContact(ctx, admin, anna.ID, invite.Contact{Email: "anna@acme.example"}); err != nil {
		t.Fatal(err)
	}
	w.clock.forward(time.Minute)
	code := must(w.HandOut(ctx, manager, boris.ID))(t)
	w.exec(t, `INSERT INTO blocks (org, address, reason, since) VALUES (?, 'anna@acme.example', 'spam', 1)`, admin.Org)
	if err := w.LiftBlock(ctx, admin, "anna@acme.example"); err != nil {
		t.Fatal(err)
	}
	log := func(q access.AuditQuery) []access.AuditEntry {
		t.Helper()
		return must(w.AuditLog(ctx, admin, q))(t).Entries
	}
	got := log(access.AuditQuery{Person: boris.ID, From: start})
	if len(got) != 1 || got[0].Action != "hand-out" || got[0].UserName != w.managerNorth.Name || got[0].Via != access.ViaAPI || got[0].Token != "payroll" ||
		got[0].PersonName != "Boris Bell" || got[0].PersonNumber != boris.Number || got[0].At.Before(start) {
		t.Errorf("of Boris: %+v", got)
	}
	if got := log(access.AuditQuery{User: admin.User, Action: "set-contact"}); len(got) != 1 || got[0].Person != anna.ID || got[0].Address != "192.0.2.7" {
		t.Errorf("contacts that the administrator set: %+v", got)
	}
	all := log(access.AuditQuery{From: start})
	for _, e := range all {
		for _, secret := range []string{code.Code, "anna@"} {
			if s := fmt.Sprintf("%+v", e); strings.Contains(s, secret) {
				t.Errorf("%s shows %q", s, secret)
			}
		}
	}
	if len(log(access.AuditQuery{To: start})) == 0 || len(log(access.AuditQuery{From: w.clock.now()})) != 0 {
		t.Error("the days don't narrow it")
	}
	var paged []int64
	for q := (access.AuditQuery{Limit: 2}); ; {
		page := must(w.AuditLog(ctx, admin, q))(t)
		for _, e := range page.Entries {
			paged = append(paged, e.ID)
		}
		if q.Before = page.Next; q.Before == "" {
			break
		}
	}
	whole := log(access.AuditQuery{Limit: 1000})
	if len(paged) != len(whole) {
		t.Fatalf("%d by pages, %d at once", len(paged), len(whole))
	}
	for i, e := range whole {
		if paged[i] != e.ID || i > 0 && e.At.After(whole[i-1].At) {
			t.Errorf("entry %d: %d, %d at %v", i, paged[i], e.ID, e.At)
		}
	}
	for _, a := range []access.Actor{w.managerNorth.Actor(), w.viewerNorth.Actor()} {
		if _, err := w.AuditLog(ctx, a, access.AuditQuery{}); !errors.Is(err, access.ErrForbidden) {
			t.Errorf("%s: %v", a.Role, err)
		}
	}
	if got := must(w.AuditLog(ctx, w.stranger.Actor(), access.AuditQuery{Person: anna.ID}))(t); len(got.Entries) != 0 {
		t.Errorf("a stranger: %+v", got)
	}
	var bad access.Invalid
	if _, err := w.AuditLog(ctx, admin, access.AuditQuery{Before: cursor{ID: "x"}.String()}); !errors.As(err, &bad) {
		t.Errorf("a cursor of another list: %v", err)
	}
}

// A request that may come twice is begun by one, known by the rest, and new again
// after a day or when its cloud is gone.
func TestRequestsThatMayComeTwice(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, org := t.Context(), w.admin.Org
	id, asked := []byte("one-one-one-one-one-one-one-one-"), []byte("hash")
	begin := func(asked []byte) access.Repeat {
		t.Helper()
		return must(w.BeginRequest(ctx, org, id, asked))(t)
	}
	states := make(chan access.RepeatState, 8)
	for range cap(states) {
		go func() {
			r, err := w.BeginRequest(ctx, org, id, asked)
			if err != nil {
				t.Error(err)
			}
			states <- r.State
		}()
	}
	begun := 0
	for range cap(states) {
		switch <-states {
		case access.RepeatNew:
			begun++
		case access.RepeatRunning:
		default:
			t.Error("neither new nor running")
		}
	}
	if begun != 1 {
		t.Errorf("%d began", begun)
	}
	if r := begin([]byte("other")); r.State != access.RepeatOther {
		t.Errorf("another request: %+v", r)
	}
	w.clock.forward(3 * time.Minute)
	r := begin(asked)
	if r.State != access.RepeatNew {
		t.Errorf("of a cloud that is gone: %+v", r)
	}
	mark := access.RepeatMark{ID: id, Began: r.Began}
	if err := w.FinishRequest(ctx, mark, 201, []byte("answer")); err != nil {
		t.Fatal(err)
	}
	if r := begin(asked); r.State != access.RepeatDone || r.Status != 201 || string(r.Answer) != "answer" {
		t.Errorf("done: %+v", r)
	}
	if err := w.BreakRequest(ctx, mark); err != nil || begin(asked).State != access.RepeatDone {
		t.Errorf("an answer was forgotten (%v)", err)
	}
	w.clock.forward(25 * time.Hour)
	if r = begin(asked); r.State != access.RepeatNew {
		t.Errorf("a day later: %+v", r)
	}
	if err := w.BreakRequest(ctx, access.RepeatMark{ID: id, Began: r.Began}); err != nil || begin(asked).State != access.RepeatNew {
		t.Errorf("one that came to nothing (%v)", err)
	}
}
