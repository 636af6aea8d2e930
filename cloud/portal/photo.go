package portal

import (
	"net/http"

	"muster/access"
	"muster/cloud/pages"
	"muster/invite"
)

type photoPage struct {
	*form
	progress
	Face      *face
	Action    string
	Button    string // key of what the button says
	Removable bool
}

func (v *visit) stepPhoto() error {
	if !v.atStep("/my/start/photo") {
		return nil
	}
	return v.showPhoto(http.StatusOK, "door", "step-photo", newForm())
}

func (v *visit) photo() error { return v.showPhoto(http.StatusOK, "my", "photo", newForm()) }

func (v *visit) showPhoto(status int, layout, name string, f *form) error {
	p := photoPage{
		form: f, progress: v.progress(), Face: faceOf(v.own.Profile), Action: v.r.URL.Path, Button: "photo.save",
		Removable: v.own.Profile.Photo != "" && !v.own.Wanted.Photo,
	}
	if layout == "door" {
		p.Button = "step.next"
	}
	return v.show(status, layout, name, p)
}

func (v *visit) takePhoto() error {
	if !v.atStep("/my/start/photo") {
		return nil
	}
	f, left, err := v.savePhoto()
	if err != nil {
		return err
	}
	if f.Bad() {
		return v.showPhoto(http.StatusUnprocessableEntity, "door", "step-photo", f)
	}
	return v.after(left)
}

func (v *visit) changePhoto() error {
	f, _, err := v.savePhoto()
	if err != nil {
		return err
	}
	if f.Bad() {
		return v.showPhoto(http.StatusUnprocessableEntity, "my", "photo", f)
	}
	return v.done("photo.saved", "/my/photo")
}

func (v *visit) removePhoto() error {
	if _, err := v.Accounts.SetOwnPhoto(v.r.Context(), v.self, nil); err != nil {
		return err
	}
	return v.done("photo.removed", "/my/photo")
}

// savePhoto takes the picture of the form. There are two fields, because on a
// phone one opens the camera and the other what is stored.
func (v *visit) savePhoto() (*form, invite.Steps, error) {
	f := newForm()
	image, err := pages.ReadUpload(v.w, v.r, pages.PhotoLimit, "photo", "camera")
	var left invite.Steps
	if err == nil {
		left, err = v.Accounts.SetOwnPhoto(v.r.Context(), v.self, image)
	}
	return f, left, f.Take(err)
}

// portrait sends the person's own photo. Its address holds the hash of what is in
// it, so a browser may keep it; only the browser, because it shows a person.
func (v *visit) portrait() error {
	if id := v.r.PathValue("id"); id == "" || id != v.own.Profile.Photo {
		return access.ErrNotFound
	}
	jpeg, err := v.Accounts.OwnPhoto(v.r.Context(), v.self)
	if err != nil {
		return err
	}
	v.w.Header().Set("Content-Type", "image/jpeg")
	v.w.Header().Set("Cache-Control", "private, max-age=86400, immutable")
	_, _ = v.w.Write(jpeg) // nobody to tell when the browser has gone
	return nil
}
