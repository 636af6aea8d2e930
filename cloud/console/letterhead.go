package console

import (
	"net/http"

	"muster/cloud/pages"
	"muster/invite"
)

func (v *visit) saveStyle() error {
	f, err := v.readForm()
	if err != nil {
		return err
	}
	err = v.people.SetStyle(v.r.Context(), v.actor, invite.Style{Sender: f.Get("sender"), ReplyTo: f.Get("reply_to")})
	return v.styleDone(f, err)
}

// styleDone answers a form of the letterhead.
func (v *visit) styleDone(f *form, err error) error {
	if err := f.Take(err); err != nil {
		return err
	}
	if !f.Bad() {
		return v.done("saved", "/invitations/texts#letterhead")
	}
	if !f.Values.Has("sender") {
		look, err := v.people.Style(v.r.Context(), v.actor)
		if err != nil {
			return err
		}
		f.Set("sender", look.Sender)
		f.Set("reply_to", look.ReplyTo)
	}
	own, err := v.people.Templates(v.r.Context(), v.actor)
	if err != nil {
		return err
	}
	k := v.welcomeKey()
	return v.showWelcome(http.StatusUnprocessableEntity, k, v.wording(k, v.effective(own, k)), f, "", "")
}

func (v *visit) saveLogo() error {
	image, err := pages.ReadUpload(v.w, v.r, pages.PhotoLimit, "logo")
	if err == nil {
		err = v.people.SetLogo(v.r.Context(), v.actor, image)
	}
	return v.styleDone(newForm(), err)
}

func (v *visit) removeLogo() error {
	return v.styleDone(newForm(), v.people.SetLogo(v.r.Context(), v.actor, nil))
}

// logo is for whoever reads a message, anywhere.
func (v *visit) logo() error {
	picture, err := v.people.Logo(v.r.Context(), v.r.PathValue("id"))
	if err != nil {
		return err
	}
	h := v.w.Header()
	h.Set("Content-Type", "image/png")
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	h.Set("Cross-Origin-Resource-Policy", "cross-origin")
	_, _ = v.w.Write(picture) // nobody to tell when the browser has gone
	return nil
}
