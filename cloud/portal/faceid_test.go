package portal_test

import (
	"bytes"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"muster/attendance"
	"muster/attendance/faceid"
	"muster/invite"
)

// faces switches Face ID on, and off.
func (w *world) faces(on bool) {
	w.t.Helper()
	p := invite.DefaultPolicy
	p.Details, p.FaceID = false, on
	if err := w.store.SetPolicy(w.t.Context(), w.admin.Actor(), p); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) faceOf(p attendance.Profile) faceid.Reference {
	w.t.Helper()
	return must(w.store.FaceID(w.t.Context(), w.admin.Actor(), p.ID))(w.t)
}

// give posts a picture with whatever the box says.
func (b *browser) give(consent, field string, file []byte) answer {
	b.t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	part := must(form.CreateFormFile(field, "me.png"))(b.t)
	_, _ = part.Write(file)
	if consent != "" {
		_ = form.WriteField("consent", consent)
	}
	if err := form.Close(); err != nil {
		b.t.Fatal(err)
	}
	return b.do(http.MethodPost, "/my/face", form.FormDataContentType(), &body)
}

// A person is asked, reads, gives a picture only together with the consent, sees it,
// takes it back. Nothing of it works without a script less than with one.
func TestK28B10FaceIDInThePortal(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.policy(false, false)
	anna, boris := w.active("Anna", "Bergmann", "anna@example.com"), w.active("Boris", "Kohl", "boris@example.com")
	b, other := w.as(anna.Number, password), w.as(boris.Number, password)
	b.get("/my/face").shows(t, http.StatusNotFound)
	if page := b.get("/my/more"); strings.Contains(page.body, "/my/face") {
		t.Error("the menu has a page that isn't there")
	}
	w.faces(true)
	b.get("/my/more").shows(t, http.StatusOK, `href="/my/face"`)
	page := b.get("/my/face").shows(t, http.StatusOK, "Nobody has asked you", "They don’t look at faces yet", "Your card always works as well")
	if strings.Contains(page.body, `name="consent"`) {
		t.Error("a picture is asked for that nobody wants")
	}
	b.give(faceid.ConsentVersion, "camera", picture(t, 300, 200)).leadsTo(t, "/my/face")
	if s := w.faceOf(anna).State; s != faceid.None {
		t.Fatalf("a picture that nobody asked for: %s", s)
	}
	if err := w.store.RequestFaceID(t.Context(), w.admin.Actor(), anna.ID); err != nil {
		t.Fatal(err)
	}
	b.get("/my").shows(t, http.StatusOK, "has a question for you", "It is up to you", `href="/my/face"`)
	if page := other.get("/my"); strings.Contains(page.body, "has a question for you") {
		t.Error("somebody else is asked")
	}
	page = b.get("/my/face").shows(t, http.StatusOK, "asks you", "No, thank you", `capture="user"`, "The question stays open until", "Text "+faceid.ConsentVersion)
	if strings.Contains(page.body, "checked") {
		t.Error("the box is ticked already")
	}
	// Neither without the box, nor with that of another text, nor without a picture.
	b.give("", "photo", picture(t, 300, 200)).shows(t, http.StatusUnprocessableEntity, "Please tick the box")
	b.give("1999-01", "photo", picture(t, 300, 200)).shows(t, http.StatusUnprocessableEntity, "Please tick the box")
	b.give(faceid.ConsentVersion, "photo", nil).shows(t, http.StatusUnprocessableEntity)
	b.give(faceid.ConsentVersion, "photo", []byte("no picture")).shows(t, http.StatusUnprocessableEntity, "can't be read as a photo")
	b.give(faceid.ConsentVersion, "photo", bytes.Repeat([]byte{0xff, 0xd8, 0xff}, 5<<20)).shows(t, http.StatusUnprocessableEntity)
	if s := w.faceOf(anna).State; s != faceid.Requested {
		t.Fatalf("it is %s", s)
	}
	b.get("/my/face/picture").shows(t, http.StatusNotFound)

	b.head.Set("Accept-Language", "de")
	b.give(faceid.ConsentVersion, "camera", picture(t, 300, 200)).leadsTo(t, "/my/face")
	ref := w.faceOf(anna)
	if ref.State != faceid.Given || ref.Consent.Version != faceid.ConsentVersion || ref.Consent.Language == "" || ref.Agreed.IsZero() {
		t.Errorf("%+v", ref)
	}
	got := b.get("/my/face/picture").shows(t, http.StatusOK)
	if got.Header.Get("Cache-Control") != "no-store" || got.Header.Get("Content-Type") != "image/jpeg" || !strings.HasPrefix(got.body, "\xff\xd8") {
		t.Errorf("%v", got.Header)
	}
	other.get("/my/face/picture").shows(t, http.StatusNotFound)
	w.browser().get("/my/face/picture").leadsTo(t, "/my/login?next=%2Fmy%2Fface%2Fpicture")
	if strings.Contains(b.get("/my").body, "has a question for you") {
		t.Error("asked although answered")
	}
	b.post("/my/face/withdraw", url.Values{}).leadsTo(t, "/my/face")
	b.get("/my/face").shows(t, http.StatusOK)
	b.get("/my/face/picture").shows(t, http.StatusNotFound)
	if s := w.faceOf(anna).State; s != faceid.Withdrawn {
		t.Errorf("it is %s", s)
	}
	b.post("/my/face/withdraw", url.Values{}).leadsTo(t, "/my/face") // twice is once
	b.give(faceid.ConsentVersion, "photo", picture(t, 300, 200)).leadsTo(t, "/my/face")
	if s := w.faceOf(anna).State; s != faceid.Given {
		t.Errorf("a yes after all: %s", s)
	}
	w.faces(false)
	b.get("/my/face").shows(t, http.StatusNotFound)
	b.get("/my/face/picture").shows(t, http.StatusNotFound)
	if log := w.log.String(); strings.Contains(log, "\xff\xd8") || strings.Contains(log, "level=ERROR") {
		t.Errorf("the log: %s", log)
	}
}

// A no is one button, and stays a no.
func TestK28FaceIDIsDeclined(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.faces(true)
	p := w.active("Anna", "Bergmann", "anna@example.com")
	if err := w.store.RequestFaceID(t.Context(), w.admin.Actor(), p.ID); err != nil {
		t.Fatal(err)
	}
	b := w.as(p.Number, password)
	b.post("/my/face/decline", url.Values{}).leadsTo(t, "/my/face")
	b.get("/my/face").shows(t, http.StatusOK, "You said no", "Your card works as always", "Your no is noted")
	b.post("/my/face/decline", url.Values{}).leadsTo(t, "/my/face")
	if s := w.faceOf(p).State; s != faceid.Declined {
		t.Errorf("it is %s", s)
	}
	b.head.Set("Sec-Fetch-Site", "cross-site")
	b.post("/my/face/withdraw", url.Values{}).shows(t, http.StatusForbidden)
}
