package store

import (
	"errors"
	"testing"
	"time"

	"muster/attendance"
	"muster/attendance/faceid"
	"muster/invite"
)

// testFaceKeys are those of every store of the tests.
var testFaceKeys = func() *FaceKeys {
	k, err := ParseFaceKeys([]byte(NewFaceKey()))
	if err != nil {
		panic(err)
	}
	return k
}()

var agreed = faceid.Consent{Version: faceid.ConsentVersion, Language: "de"}

// allowFaces switches Face ID on.
func (w *world) allowFaces(t *testing.T) {
	t.Helper()
	p := invite.DefaultPolicy
	p.FaceID = true
	if err := w.SetPolicy(t.Context(), w.admin.Actor(), p); err != nil {
		t.Fatal(err)
	}
}

// faceMember is somebody whose account is active, with an address.
func (w *world) faceMember(t *testing.T, first, email string) (attendance.Profile, invite.Self) {
	t.Helper()
	p := w.person(t, first, "Face", w.north.ID)
	w.place(t, p.ID, invite.State{Account: invite.Active, Delivery: invite.Opened, Membership: invite.Accepted}, invite.Contact{Email: email}, time.Time{})
	return p, invite.Self{Org: w.admin.Org, Profile: p.ID}
}

// faceAsked is a member who was asked for a face reference.
func (w *world) faceAsked(t *testing.T, first string) attendance.Profile {
	t.Helper()
	p, _ := w.faceMember(t, first, "")
	if err := w.RequestFaceID(t.Context(), w.admin.Actor(), p.ID); err != nil {
		t.Fatal(err)
	}
	return p
}

// given is a member who was asked and gave a picture.
func (w *world) given(t *testing.T, first string) (attendance.Profile, invite.Self) {
	t.Helper()
	p, self := w.faceMember(t, first, "")
	if err := errors.Join(w.RequestFaceID(t.Context(), w.admin.Actor(), p.ID), w.GiveFaceID(t.Context(), self, agreed, picture(t, 60, 60))); err != nil {
		t.Fatal(err)
	}
	return p, self
}

// liveFaces has every table about faces hold something.
func (f *furnished) liveFaces(t *testing.T) {
	t.Helper()
	f.allowFaces(t)
	_, self := f.given(t, "Fatima")
	if err := f.GiveFaceID(t.Context(), self, agreed, picture(t, 70, 70)); err != nil { // the one before is destroyed
		t.Fatal(err)
	}
}

func (w *world) face(t *testing.T, id attendance.ProfileID) faceid.Reference {
	t.Helper()
	return must(w.FaceID(t.Context(), w.admin.Actor(), id))(t)
}
