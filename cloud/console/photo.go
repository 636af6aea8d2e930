package console

import (
	"encoding/hex"
	"errors"
	"net/http"

	"muster/access"
	"muster/cloud/pages"
)

// photo sends a photo. Its id is the hash of what is in it, so a browser may
// keep it; only the browser, because it shows a person.
func (v *visit) photo() error {
	id := v.r.PathValue("id")
	if b, err := hex.DecodeString(id); err != nil || len(b) != 32 {
		return access.ErrNotFound
	}
	jpeg, err := v.people.Photo(v.r.Context(), v.actor, id)
	if err != nil {
		return err
	}
	v.w.Header().Set("Content-Type", "image/jpeg")
	v.w.Header().Set("Cache-Control", "private, max-age=86400, immutable")
	_, _ = v.w.Write(jpeg) // nobody to tell when the browser has gone
	return nil
}

func (v *visit) setPhoto() error {
	m, err := v.findMember()
	if err != nil {
		return err
	}
	image, err := pages.ReadUpload(v.w, v.r, pages.PhotoLimit, "photo")
	if err == nil {
		err = v.people.SetPhoto(v.r.Context(), v.actor, m.Profile.ID, image)
	}
	var invalid access.Invalid
	if errors.As(err, &invalid) {
		f := newForm()
		f.Reject("photo", invalid.Problem)
		return v.employeeAgain(f)
	}
	if err != nil {
		return err
	}
	return v.done("photo.set", employeeAt(m))
}

// employeeAgain shows the page as it is stored, with what is wrong in one field
// of another form than the main one.
func (v *visit) employeeAgain(wrong *form) error {
	m, err := v.findMember()
	if err != nil {
		return err
	}
	f := employeeForm(m)
	f.Adopt(wrong)
	return v.showEmployee(http.StatusUnprocessableEntity, m, f, wrong)
}

func (v *visit) removePhoto() error {
	m, err := v.findMember()
	if err != nil {
		return err
	}
	if err := v.people.SetPhoto(v.r.Context(), v.actor, m.Profile.ID, nil); err != nil {
		return err
	}
	return v.done("photo.removed", employeeAt(m))
}
