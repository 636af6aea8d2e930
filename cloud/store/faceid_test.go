package store

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"muster/access"
	"muster/attendance"
	"muster/attendance/faceid"
	"muster/invite"
)

// From the question to the end of the picture, as the person and as the manager see
// it, and what the audit log has of it.
func TestK28FaceIDIsRequestedGivenAndReset(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, manager := t.Context(), w.managerNorth.Actor()
	anna, self := w.faceMember(t, "Anna", "anna@acme.example")
	if err := w.RequestFaceID(ctx, manager, anna.ID); !errors.Is(err, faceid.ErrOff) {
		t.Fatalf("asked where it is switched off: %v", err)
	}
	w.allowFaces(t)
	var notNow *faceid.NotNow
	if err := w.GiveFaceID(ctx, self, agreed, picture(t, 60, 60)); !errors.As(err, &notNow) {
		t.Fatalf("a picture that nobody asked for: %v", err)
	}
	if err := w.RequestFaceID(ctx, manager, anna.ID); err != nil {
		t.Fatal(err)
	}
	if err := w.RequestFaceID(ctx, manager, anna.ID); !errors.As(err, &notNow) {
		t.Errorf("asked twice: %v", err)
	}
	ref := must(w.OwnFaceID(ctx, self))(t)
	if ref.State != faceid.Requested || ref.Requested.IsZero() || !ref.Expires.Equal(ref.Requested.Add(faceid.Life)) || !ref.Agreed.IsZero() {
		t.Errorf("the person sees %+v", ref)
	}
	for _, c := range []faceid.Consent{{}, {Version: "2020-01", Language: "de"}} {
		var invalid access.Invalid
		if err := w.GiveFaceID(ctx, self, c, picture(t, 60, 60)); !errors.As(err, &invalid) || invalid.Field != "consent" {
			t.Errorf("with consent %+v: %v", c, err)
		}
	}
	if _, err := w.OwnFace(ctx, self); !errors.Is(err, access.ErrNotFound) {
		t.Errorf("a picture without consent: %v", err)
	}
	if err := w.GiveFaceID(ctx, self, agreed, picture(t, 60, 60)); err != nil {
		t.Fatal(err)
	}
	ref = w.face(t, anna.ID)
	if ref.State != faceid.Given || ref.Consent != agreed || ref.Agreed.IsZero() || !ref.Since.Equal(ref.Agreed) {
		t.Errorf("given: %+v", ref)
	}
	if jpeg := must(w.OwnFace(ctx, self))(t); !bytes.HasPrefix(jpeg, []byte{0xff, 0xd8}) {
		t.Error("the person's own picture is none")
	}
	if _, err := w.OwnFace(ctx, invite.Self{Org: w.stranger.Org, Profile: anna.ID}); !errors.Is(err, access.ErrNotFound) {
		t.Errorf("from another organisation: %v", err)
	}
	if err := w.ResetFaceID(ctx, manager, anna.ID); err != nil {
		t.Fatal(err)
	}
	if ref := w.face(t, anna.ID); ref.State != faceid.None {
		t.Errorf("after the reset: %+v", ref)
	}
	if err := w.ResetFaceID(ctx, manager, anna.ID); !errors.As(err, &notNow) {
		t.Errorf("reset again: %v", err)
	}
	var did []string
	for _, e := range must(w.AuditLog(ctx, w.admin.Actor(), access.AuditQuery{Person: anna.ID}))(t).Entries {
		if strings.HasSuffix(e.Action, "-face-id") {
			did = append(did, e.Action+" "+string(e.User))
		}
	}
	slices.Reverse(did)
	if want := []string{"request-face-id " + string(manager.User), "give-face-id ", "purge-face-id " + string(manager.User), "reset-face-id " + string(manager.User)}; !slices.Equal(did, want) {
		t.Errorf("the audit log has %v, want %v", did, want)
	}
}

// Whoever ends it, and however: the picture and its key are gone, and a record says
// when and why, but not whose it was.
func TestB10EveryEndDestroysThePicture(t *testing.T) {
	t.Parallel()
	off := invite.DefaultPolicy
	for name, c := range map[string]struct {
		end   func(w *world, t *testing.T, p attendance.Profile, self invite.Self) error
		cause faceid.Cause
		state faceid.State // empty: nobody is there any more
	}{
		"withdrawn": {func(w *world, t *testing.T, _ attendance.Profile, self invite.Self) error {
			return w.WithdrawFaceID(t.Context(), self)
		}, faceid.ByPerson, faceid.Withdrawn},
		"reset": {func(w *world, t *testing.T, p attendance.Profile, _ invite.Self) error {
			return w.ResetFaceID(t.Context(), w.admin.Actor(), p.ID)
		}, faceid.ByReset, faceid.None},
		"deactivated": {func(w *world, t *testing.T, p attendance.Profile, _ invite.Self) error {
			return w.DeactivateAccount(t.Context(), w.admin.Actor(), p.ID)
		}, faceid.Left, faceid.None},
		"removed": {func(w *world, t *testing.T, p attendance.Profile, _ invite.Self) error {
			return w.RemoveProfile(t.Context(), w.admin.Actor(), p.ID)
		}, faceid.Left, ""},
		"switched off": {func(w *world, t *testing.T, _ attendance.Profile, _ invite.Self) error {
			return w.SetPolicy(t.Context(), w.admin.Actor(), off)
		}, faceid.Switched, faceid.None},
		"restored": {func(w *world, t *testing.T, _ attendance.Profile, _ invite.Self) error {
			return w.BeginFeedsAnew(t.Context())
		}, faceid.Restored, faceid.None},
		"not a member any more": {func(w *world, t *testing.T, p attendance.Profile, _ invite.Self) error {
			w.exec(t, `UPDATE profiles SET membership = 'rejected' WHERE id = ?`, p.ID) // by a way that told nobody
			_, n, err := w.SweepFaceIDs(t.Context())
			if n != 1 {
				t.Errorf("swept %d", n)
			}
			return err
		}, faceid.Left, faceid.None},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.allowFaces(t)
			p, self := w.given(t, "Anna")
			_, other := w.given(t, "Boris")
			began, kept := w.clock.now(), w.kept(t, p.ID)
			if err := c.end(w, t, p, self); err != nil {
				t.Fatal(err)
			}
			if _, err := w.OwnFace(t.Context(), self); !errors.Is(err, access.ErrNotFound) {
				t.Errorf("the picture: %v", err)
			}
			if n := w.number(t, `SELECT count(*) FROM face_pictures WHERE profile = ?`, p.ID); n != 0 {
				t.Error("the row is there")
			}
			purges := must(w.FacePurges(t.Context(), w.admin.Org, began))(t)
			i := slices.IndexFunc(purges, func(f faceid.Purge) bool {
				return f.ID == kept.id && f.Cause == c.cause && !f.Purged.Before(began) && f.Given.Before(began) && len(f.Digest) == 32
			})
			if i < 0 {
				t.Fatalf("no record: %+v", purges)
			}
			if text := fmt.Sprint(purges); strings.Contains(text, string(p.ID)) || strings.Contains(text, "Anna") {
				t.Errorf("the record says whose it was: %s", text)
			}
			if n := w.number(t, `SELECT count(*) FROM audit WHERE action = 'purge-face-id' AND subject = ?`, string(p.ID)+"/"+purges[i].ID); n != 1 {
				t.Errorf("%d notes in the audit log", n)
			}
			if c.state != "" {
				if ref := w.face(t, p.ID); ref.State != c.state {
					t.Errorf("it is %s", ref.State)
				}
			}
			// Only whom it concerned.
			everybody := c.cause == faceid.Switched || c.cause == faceid.Restored
			if _, err := w.OwnFace(t.Context(), other); (err == nil) == everybody {
				t.Errorf("the other one's: %v", err)
			}
			if sum := must(w.VerifyFaces(t.Context()))(t); sum.There != 0 || sum.Destroyed == 0 {
				t.Errorf("verify: %v", sum)
			}
		})
	}
}

// bytesOf returns all that the database's files hold, where they are files of ours,
// and otherwise every row as text.
func (w *world) bytesOf(t *testing.T) []byte {
	t.Helper()
	if _, ok := on.(files); !ok {
		return []byte(w.dump(t))
	}
	var all []byte
	for _, name := range []string{w.at, w.at + "-wal", w.at + "-shm"} {
		b, err := os.ReadFile(name)
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			t.Fatal(err)
		}
		all = append(all, b...)
	}
	return all
}

// holds looks for a part of something, as it is or as PostgreSQL prints it.
func holds(all, thing []byte) bool {
	part := thing[len(thing)/2:]
	part = part[:min(len(part), 24)]
	return bytes.Contains(all, part) || bytes.Contains(all, []byte(hex.EncodeToString(part)))
}

// The picture is nowhere in the database's files as people could see it. After the
// reset neither its key nor what it opened is there.
func TestB10NothingIsInTheClearAndNothingIsLeft(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := t.Context()
	w.allowFaces(t)
	p := w.faceAsked(t, "Anna")
	self := invite.Self{Org: w.admin.Org, Profile: p.ID}
	came := picture(t, 300, 300)
	if err := w.GiveFaceID(ctx, self, agreed, came); err != nil {
		t.Fatal(err)
	}
	shown := must(w.OwnFace(ctx, self))(t)
	var wrapped, sealed []byte
	if err := w.read.QueryRowContext(ctx, `SELECT wrapped, sealed FROM face_pictures WHERE profile = ?`, p.ID).Scan(&wrapped, &sealed); err != nil {
		t.Fatal(err)
	}
	all := w.bytesOf(t)
	if holds(all, came) || holds(all, shown) || bytes.Contains(all, []byte("JFIF")) || bytes.Contains(all, shown[:20]) {
		t.Error("the picture is in the clear")
	}
	if !holds(all, wrapped) || !holds(all, sealed) {
		t.Fatal("what is kept isn't found, so nothing is proved")
	}
	key := must(testFaceKeys.unwrap(w.kept(t, p.ID)))(t)
	if holds(all, key) {
		t.Error("the picture's key is in the clear")
	}
	if err := w.ResetFaceID(ctx, w.admin.Actor(), p.ID); err != nil {
		t.Fatal(err)
	}
	if err := w.WipeFaces(ctx); err != nil {
		t.Fatal(err)
	}
	all = w.bytesOf(t)
	if holds(all, wrapped) || holds(all, sealed) {
		t.Error("something is left of it")
	}
	purges := must(w.FacePurges(ctx, w.admin.Org, time.Time{}))(t)
	if len(purges) != 1 || purges[0].Wiped.Before(purges[0].Purged) {
		t.Errorf("the record: %+v", purges)
	}
}

func (w *world) kept(t *testing.T, id attendance.ProfileID) facePicture {
	t.Helper()
	var p facePicture
	err := w.read.QueryRowContext(t.Context(), `SELECT id, org, profile, key_name, wrapped, sealed FROM face_pictures WHERE profile = ?`, id).
		Scan(&p.id, &p.org, &p.profile, &p.key, &p.wrapped, &p.sealed)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// Whoever reads meanwhile keeps the log from being cleared; it is tried again.
func TestB10WhatCantBeClearedNowIsClearedLater(t *testing.T) {
	t.Parallel()
	if _, ok := on.(files); !ok {
		t.Skip("PostgreSQL has no log that readers hold")
	}
	w := newWorld(t)
	w.allowFaces(t)
	_, self := w.given(t, "Anna")
	reading, err := w.read.begin(t.Context(), moment)
	if err != nil {
		t.Fatal(err)
	}
	if err := reading.QueryRowContext(t.Context(), `SELECT count(*) FROM face_pictures`).Scan(new(int)); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(w.WithdrawFaceID(t.Context(), self), w.WipeFaces(t.Context())); err != nil {
		t.Fatal(err)
	}
	if sum := must(w.VerifyFaces(t.Context()))(t); sum.Unwiped != 1 {
		t.Errorf("while somebody reads: %+v", sum)
	}
	reading.rollback()
	if err := w.WipeFaces(t.Context()); err != nil {
		t.Fatal(err)
	}
	if sum := must(w.VerifyFaces(t.Context()))(t); sum.Unwiped != 0 || sum.Destroyed != 1 {
		t.Errorf("afterwards: %+v", sum)
	}
}
