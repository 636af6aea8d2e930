package console_test

import (
	"bytes"
	"errors"
	"image"
	"image/png"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"muster/access"
	"muster/attendance"
	"muster/attendance/faceid"
	"muster/invite"
)

// facesWorld is a world in which Face ID is on, and somebody whose account is active.
func facesWorld(t *testing.T) (*world, attendance.Profile, invite.Self) {
	t.Helper()
	w := newWorld(t)
	policy := invite.DefaultPolicy
	policy.Details, policy.FaceID = false, true
	if err := w.store.SetPolicy(t.Context(), w.admin.Actor(), policy); err != nil {
		t.Fatal(err)
	}
	p, self := w.answering("Anna")
	return w, p, self
}

// answering is somebody with an active account and no address, who can answer.
func (w *world) answering(first string) (attendance.Profile, invite.Self) {
	w.t.Helper()
	p := w.person(first, "Bergmann", w.north.ID)
	code := must(w.store.HandOut(w.t.Context(), w.admin.Actor(), p.ID))(w.t)
	in := must(w.store.SignInAt(w.t.Context(), code.At, p.Number, code.Code))(w.t)
	if left := must(w.store.ChooseOwnPassword(w.t.Context(), in.Self, password))(w.t); left.Details {
		must(w.store.ConfirmOwnDetails(w.t.Context(), in.Self))(w.t)
	}
	return p, in.Self
}

func (w *world) give(self invite.Self) {
	w.t.Helper()
	var b bytes.Buffer
	if err := errors.Join(png.Encode(&b, image.NewRGBA(image.Rect(0, 0, 40, 40))),
		w.store.GiveFaceID(w.t.Context(), self, faceid.Consent{Version: faceid.ConsentVersion, Language: "ru"}, b.Bytes())); err != nil {
		w.t.Fatal(err)
	}
}

// From the profile somebody is asked, and the picture is destroyed, each after what
// follows from it was said; only by who may.
func TestK28FaceIDFromTheProfile(t *testing.T) {
	t.Parallel()
	w, p, self := facesWorld(t)
	page := "/employees/" + string(p.ID)
	manager, viewer := w.user(access.SiteManager, "north@acme.example", w.north.ID), w.user(access.Viewer, "viewer@acme.example", w.north.ID)
	b, v := w.as(manager.Email), w.as(viewer.Email)
	b.get(page).shows(t, http.StatusOK, "Face ID", "Not asked", "Tablets don’t look at faces yet", page+"/face/request")
	if a := v.get(page); strings.Contains(a.body, "/face/request") || !strings.Contains(a.body, "Not asked") {
		t.Error("a viewer is offered to ask, or sees nothing")
	}
	v.post(page+"/face/request", url.Values{}).shows(t, http.StatusForbidden)
	b.get(page+"/face/request").shows(t, http.StatusOK, "Ask Anna Bergmann for a picture", "there is no address", "Yes or no is up to the person", "Tablets don’t look at faces yet")
	if ref := must(w.store.FaceID(t.Context(), w.admin.Actor(), p.ID))(t); ref.State != faceid.None {
		t.Fatalf("looking asked: %s", ref.State)
	}
	b.post(page+"/face/request", url.Values{}).leadsTo(t, page+"#face")
	b.get(page).shows(t, http.StatusOK, "Asked, no answer yet", "The person is asked.", "Open until", page+"/face/reset")
	b.post(page+"/face/request", url.Values{}).leadsTo(t, page+"#face")
	b.get(page).shows(t, http.StatusOK, "That wasn’t possible")
	b.get(page+"/face/reset").shows(t, http.StatusOK, "Take the request to Anna Bergmann back?")

	w.give(self)
	a := b.get(page)
	a.shows(t, http.StatusOK, "Only the person can look at it", faceid.ConsentVersion+"</span>, Русский", "Reset Face ID")
	if strings.Contains(a.body, "/my/face") || strings.Contains(a.body, "face/picture") {
		t.Error("the console shows the picture")
	}
	v.post(page+"/face/reset", url.Values{}).shows(t, http.StatusForbidden)
	b.get(page+"/face/reset").shows(t, http.StatusOK, "Reset the Face ID of Anna Bergmann?", "destroyed at once", "The card works as before")
	b.post(page+"/face/reset", url.Values{}).leadsTo(t, page+"#face")
	b.get(page).shows(t, http.StatusOK, "Not asked", "Face ID is reset.")
	if _, err := w.store.OwnFace(t.Context(), self); !errors.Is(err, access.ErrNotFound) {
		t.Errorf("the picture: %v", err)
	}
	w.as(w.admin.Email).get("/audit").shows(t, http.StatusOK, "Asked for Face ID", "Gave a picture for Face ID", "Face picture destroyed", "Reset Face ID")
}

// A no is said plainly, and isn't asked again for a while; nobody outside the site
// asks or resets.
func TestK28DeclinedInTheConsole(t *testing.T) {
	t.Parallel()
	w, p, self := facesWorld(t)
	page := "/employees/" + string(p.ID)
	if err := errors.Join(w.store.RequestFaceID(t.Context(), w.admin.Actor(), p.ID), w.store.DeclineFaceID(t.Context(), self)); err != nil {
		t.Fatal(err)
	}
	b := w.as(w.admin.Email)
	a := b.get(page)
	a.shows(t, http.StatusOK, "Declined", "The person doesn’t want it", "can be asked again from")
	if strings.Contains(a.body, "/face/request") || strings.Contains(a.body, "/face/reset") {
		t.Error("a no can be got round")
	}
	far := w.as(w.user(access.SiteManager, "south@acme.example", w.south.ID).Email)
	for _, do := range []string{"/face/request", "/face/reset"} {
		far.get(page+do).shows(t, http.StatusNotFound)
		far.post(page+do, url.Values{}).shows(t, http.StatusNotFound)
	}
}

// Off by default; switching it off says what that destroys, before it does.
func TestB10FaceIDIsSwitchedOnAndOff(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.as(w.admin.Email)
	page := b.get("/invitations/policy")
	page.shows(t, http.StatusOK, "People may be asked for a picture of their face", "Tablets don’t look at faces yet")
	if strings.Contains(page.body, `name="face_id" value="1" checked`) {
		t.Error("it is on by default")
	}
	p, self := w.answering("Anna")
	if a := b.get("/employees/" + string(p.ID)); strings.Contains(a.body, `id="face"`) {
		t.Error("the profile has it although it is off")
	}
	rules := url.Values{"singles": {"silent"}, "life": {"336"}, "handout_life": {"720"}, "region": {"DE"}}
	on := url.Values{"face_id": {"1"}}
	for k, v := range rules {
		on[k] = v
	}
	b.post("/invitations/policy", on).leadsTo(t, "/invitations/policy")
	b.get("/invitations/policy").shows(t, http.StatusOK, `name="face_id" value="1" checked`)
	if err := w.store.RequestFaceID(t.Context(), w.admin.Actor(), p.ID); err != nil {
		t.Fatal(err)
	}
	w.give(self)
	b.post("/invitations/policy", rules).shows(t, http.StatusOK, "Switch Face ID off?", "1 picture and its key are destroyed", `name="faces" value="destroy"`, `name="life" value="336"`)
	must(w.store.OwnFace(t.Context(), self))(t)
	rules.Set("faces", "destroy")
	b.post("/invitations/policy", rules).leadsTo(t, "/invitations/policy")
	if _, err := w.store.OwnFace(t.Context(), self); !errors.Is(err, access.ErrNotFound) {
		t.Errorf("the picture: %v", err)
	}
}
