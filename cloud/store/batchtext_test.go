package store

import (
	"bytes"
	"errors"
	"image"
	"testing"
	"time"

	"muster/access"
	"muster/invite"
)

// W9: what was changed before an order was given goes out with this order only,
// and after a worker was killed too.
func TestW9TextOfOneOrder(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, admin := t.Context(), w.managerNorth.Actor() // who may not change the organisation's texts
	key := invite.TemplateKey{Event: invite.Invite, Channel: invite.Email, Language: "de"}
	text := invite.Template{Subject: "Nur heute", Body: "Kommen Sie: {link}"}
	p, q := w.person(t, "Anna", "Berg", w.north.ID), w.person(t, "Berta", "Berg", w.north.ID)
	w.place(t, p.ID, silent, invite.Contact{Email: "anna@example.com"}, time.Time{})
	w.place(t, q.ID, silent, invite.Contact{Email: "berta@example.com"}, time.Time{})
	bad := invite.Order{To: only(p.ID), Texts: map[invite.TemplateKey]invite.Template{key: {Subject: "s", Body: "no way in"}}}
	var refused *invite.BadTemplate
	if _, err := w.Ask(ctx, admin, bad); !errors.As(err, &refused) || refused.Problem != "no-link" {
		t.Fatalf("a text without the link: %v", err)
	}
	if got := w.invitation(t, p.ID).State.Delivery; got != invite.None {
		t.Fatalf("it went out all the same: %s", got)
	}
	must(w.Ask(ctx, admin, invite.Order{To: only(p.ID), Texts: map[invite.TemplateKey]invite.Template{key: text}}))(t)
	must(w.Ask(ctx, admin, invite.Order{To: only(q.ID)}))(t)
	for _, worker := range []string{"killed", "after"} {
		jobs := must(w.TakeOn(ctx, worker, 10, w.clock.now().Add(time.Minute)))(t)
		if len(jobs) != 2 {
			t.Fatalf("%d jobs", len(jobs))
		}
		for _, j := range jobs {
			if want := j.Person.ID == p.ID; want != (j.Texts[key] == text) {
				t.Errorf("%s: %s gets %+v", worker, j.Contact.Email, j.Texts)
			}
		}
		w.clock.forward(2 * time.Minute)
	}
	if all := must(w.Templates(ctx, w.admin.Actor()))(t); len(all) != 0 {
		t.Errorf("the organisation's texts changed: %v", all)
	}
}

// J5: sender, answers and logo are the organisation's own; a logo is made small,
// and what isn't a picture is refused.
func TestJ5Letterhead(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, admin := t.Context(), w.admin.Actor()
	if err := w.SetLogo(ctx, admin, picture(t, 2000, 100)); err != nil {
		t.Fatal(err)
	}
	if err := w.SetStyle(ctx, admin, invite.Style{Sender: " Acme  HR ", ReplyTo: "HR@acme.example"}); err != nil {
		t.Fatal(err)
	}
	h := must(w.Letterhead(ctx, admin.Org))(t)
	if h.From() != "Acme HR" || h.ReplyTo != "hr@acme.example" || h.Logo == "" {
		t.Errorf("%+v", h.Style)
	}
	shown, kind, err := image.DecodeConfig(bytes.NewReader(must(w.Logo(ctx, h.Logo))(t)))
	if err != nil || kind != "png" || shown.Width != logoWidth || shown.Height != 30 {
		t.Errorf("%v %s %v", shown, kind, err)
	}
	for problem, data := range map[string][]byte{access.NotAPhoto: []byte("<svg onload=alert(1)>"), access.TooBig: make([]byte, MaxLogo+1)} {
		if err := w.SetLogo(ctx, admin, data); !errors.Is(err, access.Invalid{Field: "logo", Problem: problem}) {
			t.Errorf("%s: %v", problem, err)
		}
	}
	for _, bad := range []invite.Style{{Sender: "a\r\nBcc: b@c.example"}, {ReplyTo: "nobody"}, {ReplyTo: "a@b.example\nBcc: c@d.example"}} {
		var invalid access.Invalid
		if err := w.SetStyle(ctx, admin, bad); !errors.As(err, &invalid) {
			t.Errorf("%q: %v", bad, err)
		}
	}
	if err := w.SetLogo(ctx, admin, nil); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Logo(ctx, h.Logo); !errors.Is(err, access.ErrNotFound) {
		t.Errorf("it is still there: %v", err)
	}
	if h := must(w.Letterhead(ctx, admin.Org))(t); h.From() != "Acme HR" {
		t.Errorf("the sender went with the logo: %+v", h)
	}
}
