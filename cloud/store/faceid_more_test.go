package store

import (
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"muster/access"
	"muster/attendance"
	"muster/attendance/faceid"
	"muster/invite"
)

// J1, J2: nobody silent gets a mail; nor who has none, whose address is blocked, or
// who got one today. Who is active gets one, unless it is taken back before it leaves.
func TestJ1J2K28OnlyActivePeopleGetAMail(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, admin := t.Context(), w.admin.Actor()
	w.allowFaces(t)
	w.exec(t, `INSERT INTO blocks (org, address, reason, since) VALUES (?, 'blocked@acme.example', 'spam', 1)`, admin.Org)
	want := []string{}
	for name, c := range map[string]struct {
		account    invite.Account
		membership invite.Membership
		email      string
	}{
		"silent": {invite.Inactive, invite.Accepted, "silent@acme.example"}, "invited": {invite.Invited, invite.Accepted, "invited@acme.example"},
		"claiming": {invite.Claiming, invite.Accepted, "claiming@acme.example"}, "none": {invite.Active, invite.Accepted, ""},
		"blocked": {invite.Active, invite.Accepted, "blocked@acme.example"}, "active": {invite.Active, invite.Accepted, "active@acme.example"},
	} {
		p := w.person(t, name, "Face", w.north.ID)
		w.place(t, p.ID, invite.State{Account: c.account, Delivery: invite.None, Membership: c.membership}, invite.Contact{Email: c.email}, time.Time{})
		if err := w.RequestFaceID(ctx, admin, p.ID); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if name == "active" {
			want = append(want, c.email)
		}
	}
	for _, s := range []invite.State{{Account: invite.Deactivated, Delivery: invite.None, Membership: invite.Accepted}, {Account: invite.Active, Delivery: invite.None, Membership: invite.Asked}} {
		p := w.person(t, "Out", "Face", w.north.ID)
		w.place(t, p.ID, s, invite.Contact{}, time.Time{})
		if err := w.RequestFaceID(ctx, admin, p.ID); !errors.Is(err, faceid.ErrUnreachable) {
			t.Errorf("%+v: %v", s, err)
		}
	}
	take := func() []string {
		var to []string
		for _, n := range must(w.TakeNotices(ctx, 20))(t) {
			to = append(to, n.To)
			if n.Kind != invite.FaceNotice || n.Secret != "" || n.Attempt != 1 {
				t.Errorf("%+v", n)
			}
			if err := w.SettleNotice(ctx, n, time.Time{}); err != nil {
				t.Fatal(err)
			}
		}
		return to
	}
	if got := take(); !slices.Equal(got, want) {
		t.Errorf("mails to %v, want %v", got, want)
	}
	// Taken back and asked again, as often as somebody likes: one mail a day.
	anna, _ := w.faceMember(t, "Anna", "anna@acme.example")
	if err := errors.Join(w.RequestFaceID(ctx, admin, anna.ID), w.ResetFaceID(ctx, admin, anna.ID)); err != nil {
		t.Fatal(err)
	}
	if got := take(); got != nil {
		t.Errorf("a request that was taken back: %v", got)
	}
	if err := w.RequestFaceID(ctx, admin, anna.ID); err != nil {
		t.Fatal(err)
	}
	if got := take(); !slices.Equal(got, []string{"anna@acme.example"}) {
		t.Errorf("no mail has left yet: %v", got)
	}
	if err := errors.Join(w.ResetFaceID(ctx, admin, anna.ID), w.RequestFaceID(ctx, admin, anna.ID)); err != nil {
		t.Fatal(err)
	}
	if got := take(); got != nil {
		t.Errorf("a second mail within a day: %v", got)
	}
	w.clock.forward(faceid.MailPause)
	if err := errors.Join(w.ResetFaceID(ctx, admin, anna.ID), w.RequestFaceID(ctx, admin, anna.ID)); err != nil {
		t.Fatal(err)
	}
	// Whoever has ended meanwhile gets none.
	if err := w.DeactivateAccount(ctx, admin, anna.ID); err != nil {
		t.Fatal(err)
	}
	if got := take(); got != nil {
		t.Errorf("to somebody whose account ended: %v", got)
	}
}

// A no holds for thirty days, whatever is tried; the person may say yes after all. A
// question that nobody answers ends, but not before the person could see it.
func TestK28ANoHoldsAndAQuestionEnds(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, admin := t.Context(), w.admin.Actor()
	w.allowFaces(t)
	p := w.faceAsked(t, "Anna")
	self := invite.Self{Org: admin.Org, Profile: p.ID}
	if err := w.DeclineFaceID(ctx, self); err != nil {
		t.Fatal(err)
	}
	var soon *faceid.TooSoon
	var notNow *faceid.NotNow
	if err := w.ResetFaceID(ctx, admin, p.ID); !errors.As(err, &notNow) {
		t.Errorf("the no was reset: %v", err)
	}
	if err := w.SetPolicy(ctx, admin, invite.DefaultPolicy); err != nil {
		t.Fatal(err)
	}
	w.allowFaces(t)
	if err := w.RequestFaceID(ctx, admin, p.ID); !errors.As(err, &soon) {
		t.Errorf("asked again: %v", err)
	}
	if err := errors.Join(w.GiveFaceID(ctx, self, agreed, picture(t, 50, 50)), w.WithdrawFaceID(ctx, self)); err != nil {
		t.Fatalf("a yes after all, and back: %v", err)
	}
	w.clock.forward(faceid.Pause - time.Hour)
	if err := w.RequestFaceID(ctx, admin, p.ID); !errors.As(err, &soon) {
		t.Errorf("asked again: %v", err)
	}
	w.clock.forward(time.Hour)
	if err := w.RequestFaceID(ctx, admin, p.ID); err != nil {
		t.Error(err)
	}
	silent := w.person(t, "Silent", "Face", w.north.ID)
	if err := w.RequestFaceID(ctx, admin, silent.ID); err != nil {
		t.Fatal(err)
	}
	w.clock.forward(faceid.Life - time.Minute)
	if n, _, err := w.SweepFaceIDs(ctx); n != 0 || err != nil {
		t.Errorf("%d ended early, %v", n, err)
	}
	w.clock.forward(time.Minute)
	if n, _, err := w.SweepFaceIDs(ctx); n != 1 || err != nil {
		t.Errorf("%d ended, %v", n, err)
	}
	if a, b := w.face(t, p.ID).State, w.face(t, silent.ID).State; a != faceid.Expired || b != faceid.Requested {
		t.Errorf("%s and, of somebody who couldn't see it, %s", a, b)
	}
	if err := w.DeclineFaceID(ctx, self); err != nil {
		t.Errorf("a late no: %v", err)
	}
}

// A key takes another's place; without the key a picture stays closed, and whoever
// can write into the database can't put one under another person's name.
func TestB10KeysAreOutsideOfTheDatabase(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := t.Context()
	w.allowFaces(t)
	p, self := w.given(t, "Anna")
	q, other := w.given(t, "Boris")
	shown := must(w.OwnFace(ctx, self))(t)
	with := func(k *FaceKeys) *Store {
		s := *w.Store
		s.faceKeys = k
		return &s
	}
	stranger := must(ParseFaceKeys([]byte(NewFaceKey())))(t)
	if _, err := with(stranger).OwnFace(ctx, self); !errors.Is(err, errFaceLost) {
		t.Errorf("with another key: %v", err)
	}
	if _, lost, err := with(stranger).RewrapFaces(ctx); lost != 2 || err != nil {
		t.Errorf("with another key: %d, %v", lost, err)
	}
	without := with(nil)
	if _, err := without.OwnFace(ctx, self); !errors.Is(err, errFaceLost) {
		t.Errorf("without a key: %v", err)
	}
	if p := must(without.Policy(ctx, w.admin.Actor()))(t); p.FaceID {
		t.Error("without a key it is said to be on")
	}
	if err := without.SetPolicy(ctx, w.admin.Actor(), invite.DefaultPolicy); err != nil {
		t.Fatal(err)
	}
	if n := w.number(t, `SELECT count(*) FROM face_pictures`); n != 2 {
		t.Error("what nobody could see was decided")
	}
	// The newest wraps all; then the old one opens nothing.
	both := &FaceKeys{append(slices.Clone(stranger.keys), testFaceKeys.keys...)}
	if n, lost, err := with(both).RewrapFaces(ctx); n != 2 || lost != 0 || err != nil {
		t.Fatalf("%d, %d, %v", n, lost, err)
	}
	if got := must(with(stranger).OwnFace(ctx, self))(t); string(got) != string(shown) {
		t.Error("another picture")
	}
	if _, err := w.OwnFace(ctx, self); !errors.Is(err, errFaceLost) {
		t.Errorf("with the old key: %v", err)
	}
	// Boris's row under Anna's name.
	w.exec(t, `DELETE FROM face_pictures WHERE profile = ?`, p.ID)
	w.exec(t, `UPDATE face_pictures SET profile = ? WHERE profile = ?`, p.ID, q.ID)
	if _, err := with(stranger).OwnFace(ctx, self); !errors.Is(err, errFaceLost) {
		t.Errorf("another person's picture was opened: %v", err)
	}
	if _, err := with(stranger).OwnFace(ctx, other); !errors.Is(err, access.ErrNotFound) {
		t.Errorf("%v", err)
	}
	for _, bad := range []string{"", "# nothing\n", "short\n", "AAAA\n", NewFaceKey() + "x\n"} {
		if _, err := ParseFaceKeys([]byte(bad)); err == nil {
			t.Errorf("%q is taken for keys", bad)
		}
	}
}

// Whatever happens at the same time: a picture is kept of those who have given one,
// and of nobody else; each one that is gone has its record.
func TestB10AtTheSameTime(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, admin := t.Context(), w.admin.Actor()
	w.allowFaces(t)
	p := w.faceAsked(t, "Anna")
	self := invite.Self{Org: admin.Org, Profile: p.ID}
	photo := picture(t, 40, 40)
	var all sync.WaitGroup
	given := make(chan bool, 40)
	for i := range 4 {
		all.Go(func() {
			for range 5 {
				var err error
				switch i {
				case 0, 1:
					err = w.GiveFaceID(ctx, self, agreed, photo)
					given <- err == nil
				case 2:
					err = w.WithdrawFaceID(ctx, self)
				case 3:
					err = errors.Join(w.ResetFaceID(ctx, admin, p.ID), w.RequestFaceID(ctx, admin, p.ID))
				}
				var notNow *faceid.NotNow
				var soon *faceid.TooSoon
				if err != nil && !errors.As(err, &notNow) && !errors.As(err, &soon) {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	close(given)
	gave := 0
	for ok := range given {
		if ok {
			gave++
		}
	}
	sum := must(w.VerifyFaces(ctx))(t)
	if kept := w.face(t, p.ID).State.Keeps(); kept != (sum.Kept == 1) || sum.Kept > 1 || sum.Kept+sum.Destroyed != gave || sum.There != 0 {
		t.Errorf("%d were given, %+v, it is %s", gave, sum, w.face(t, p.ID).State)
	}
}

// What moves opens where the key is, and only there.
func TestB10PicturesMoveClosed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.allowFaces(t)
	_, self := w.given(t, "Anna")
	shown := must(w.OwnFace(t.Context(), self))(t)
	to := other(t, w.clock.now)
	defer to.Close() //nolint:errcheck // a database of this test's own
	must(w.Move(t.Context(), to))(t)
	if got := must(to.OwnFace(t.Context(), self))(t); string(got) != string(shown) {
		t.Error("another picture")
	}
	to.faceKeys = must(ParseFaceKeys([]byte(NewFaceKey())))(t)
	if _, err := to.OwnFace(t.Context(), self); !errors.Is(err, errFaceLost) {
		t.Errorf("without the key: %v", err)
	}
	if err := to.WithdrawFaceID(t.Context(), self); err != nil {
		t.Errorf("it can't be withdrawn without the key: %v", err)
	}
}

// Whoever manages another site, or nobody, reaches nothing of it.
func TestK28FaceIDNeedsThePermission(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.allowFaces(t)
	p := w.faceAsked(t, "Anna")
	for who, c := range map[string]struct {
		actor access.Actor
		want  error
	}{
		"viewer": {w.viewerNorth.Actor(), access.ErrForbidden}, "the other site's manager": {w.managerSouth.Actor(), access.ErrNotFound}, "another organisation": {w.stranger.Actor(), access.ErrNotFound},
	} {
		for _, do := range []func(attendance.ProfileID) error{
			func(id attendance.ProfileID) error { return w.RequestFaceID(t.Context(), c.actor, id) },
			func(id attendance.ProfileID) error { return w.ResetFaceID(t.Context(), c.actor, id) },
		} {
			if err := do(p.ID); !errors.Is(err, c.want) {
				t.Errorf("%s: %v", who, err)
			}
		}
	}
	if ref := w.face(t, p.ID); ref.State != faceid.Requested {
		t.Errorf("it is %s", ref.State)
	}
}
