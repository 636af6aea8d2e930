package portal

import (
	"context"
	"errors"
	"net/http"

	"muster/access"
	"muster/attendance/faceid"
	"muster/cloud/pages"
	"muster/invite"
)

// ownFace is a person's own face reference. Nobody else is shown the picture.
type ownFace interface {
	OwnFaceID(ctx context.Context, self invite.Self) (faceid.Reference, error)
	GiveFaceID(ctx context.Context, self invite.Self, c faceid.Consent, image []byte) error
	DeclineFaceID(ctx context.Context, self invite.Self) error
	WithdrawFaceID(ctx context.Context, self invite.Self) error
	OwnFace(ctx context.Context, self invite.Self) ([]byte, error)
}

type facePage struct {
	*form
	Face         *face // none: the picture to choose is another one than the photo
	Organisation string
	State        string // faceid.State
	Since        *moment
	Expires      *moment
	Agreed       *moment
	Version      string // of the text that is agreed to now
	Given        string // of the text that was agreed to
	Give         bool
	Decline      bool
	Withdraw     bool
}

// asksForFace tells whether the organisation waits for an answer.
func (v *visit) asksForFace() (bool, error) {
	ref, err := v.Accounts.OwnFaceID(v.r.Context(), v.self)
	return ref.Allowed && ref.State == faceid.Requested, err
}

// allowsFace tells whether there is a page about it at all.
func (v *visit) allowsFace() (bool, error) {
	ref, err := v.Accounts.OwnFaceID(v.r.Context(), v.self)
	return ref.Allowed, err
}

func (v *visit) faceID() error { return v.showFaceID(http.StatusOK, newForm()) }

func (v *visit) showFaceID(status int, f *form) error {
	ref, err := v.Accounts.OwnFaceID(v.r.Context(), v.self)
	if err != nil {
		return err
	}
	if !ref.Allowed {
		return access.ErrNotFound
	}
	return v.show(status, "my", "face", facePage{
		form: f, Face: new(face), Organisation: v.own.Organisation, State: string(ref.State), Since: v.here(ref.Since), Expires: v.here(ref.Expires), Agreed: v.here(ref.Agreed),
		Version: faceid.ConsentVersion, Given: ref.Consent.Version,
		Give: ref.Can(faceid.Give), Decline: ref.Can(faceid.Decline), Withdraw: ref.Can(faceid.Withdraw),
	})
}

// giveFaceID takes the picture together with the consent: neither counts without the
// other. The text agreed to is the one that was on the page.
func (v *visit) giveFaceID() error {
	f := newForm()
	image, err := pages.ReadUpload(v.w, v.r, pages.PhotoLimit, "photo", "camera") // it never touches the disk
	if err := f.Take(err); err != nil {
		return err
	}
	if v.r.FormValue("consent") != faceid.ConsentVersion {
		f.Reject("consent", access.Required)
	}
	if f.Bad() {
		return v.showFaceID(http.StatusUnprocessableEntity, f)
	}
	err = v.Accounts.GiveFaceID(v.r.Context(), v.self, faceid.Consent{Version: faceid.ConsentVersion, Language: v.text.Tag}, image)
	clear(image)
	if err := f.Take(err); err != nil {
		return v.faceIDDone(err, "")
	}
	if f.Bad() {
		return v.showFaceID(http.StatusUnprocessableEntity, f)
	}
	return v.done("face.given", "/my/face")
}

func (v *visit) declineFaceID() error {
	return v.faceIDDone(v.Accounts.DeclineFaceID(v.r.Context(), v.self), "face.declined")
}

func (v *visit) withdrawFaceID() error {
	return v.faceIDDone(v.Accounts.WithdrawFaceID(v.r.Context(), v.self), "face.withdrawn")
}

// faceIDDone says once what was done. What is not possible any more, pressed twice or
// on a page that was open for long, shows how things stand.
func (v *visit) faceIDDone(err error, message string) error {
	var notNow *faceid.NotNow
	switch {
	case errors.As(err, &notNow):
		v.goTo("/my/face")
		return nil
	case errors.Is(err, faceid.ErrOff):
		return access.ErrNotFound
	case err != nil:
		return err
	}
	return v.done(message, "/my/face")
}

// ownFacePicture sends the picture that the person gave. No browser keeps it.
func (v *visit) ownFacePicture() error {
	jpeg, err := v.Accounts.OwnFace(v.r.Context(), v.self)
	if err != nil {
		return err
	}
	defer clear(jpeg)
	v.w.Header().Set("Content-Type", "image/jpeg")
	v.w.Header().Set("Cache-Control", "no-store")
	_, _ = v.w.Write(jpeg) // nobody to tell when the browser has gone
	return nil
}
