package portal

import (
	"context"
	"net/http"

	"muster/access"
	"muster/invite"
)

type linkReader = func(ctx context.Context, secret string) (invite.Link, error)

// declinePage asks once more before an invitation is turned down.
type declinePage struct {
	Organisation string
	Token        string
	Here         string
	Done         bool
	Again        bool // the page's own token was missing or old
	Unsure       bool // the box was not ticked
}

func (v *visit) askDecline() error {
	if v.chooseLanguage() {
		return nil
	}
	link, err := v.link(v.Accounts.ReadLink)
	if link == nil {
		return err
	}
	return v.showDecline(http.StatusOK, *link, declinePage{})
}

func (v *visit) showDecline(status int, link invite.Link, p declinePage) error {
	p.Organisation, p.Token, p.Here = link.Organisation, v.joinToken(true), "/join/"+v.r.PathValue("secret")
	return v.show(status, "door", "decline", p)
}

func (v *visit) decline() error {
	f, err := v.readForm()
	if err != nil {
		return err
	}
	if !v.attempt() {
		return access.ErrTooMany
	}
	link, err := v.link(v.Accounts.ReadLink)
	if link == nil {
		return err
	}
	proven, sure := v.proven(f), f.Get("sure") == "yes"
	if !proven || !sure {
		return v.showDecline(http.StatusUnprocessableEntity, *link, declinePage{Again: !proven, Unsure: proven})
	}
	err = v.Accounts.DeclineLink(v.r.Context(), v.r.PathValue("secret"))
	if v.BadLink(err) || isNotFound(err) {
		return v.badLinkNow()
	}
	if err != nil {
		return err
	}
	return v.show(http.StatusOK, "door", "decline", declinePage{Organisation: link.Organisation, Done: true})
}
