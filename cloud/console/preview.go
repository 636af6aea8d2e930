package console

import (
	"errors"
	"net/http"
	"strings"

	"muster/invite"
)

// framePolicy is that of a page which shows a mail: its inline style counts, and
// nothing in it runs. It is shown inside pages of this server only.
var framePolicy = strings.Join([]string{
	"default-src 'none'",
	"style-src 'self' 'unsafe-inline'",
	"img-src 'self' data:",
	"font-src 'self'",
	"form-action 'none'",
	"frame-ancestors 'self'",
	"base-uri 'none'",
}, "; ")

// previewPage is a message as somebody will see it.
type previewPage struct {
	Letter
	Email bool
	Kept  bool   // nothing leaves this machine
	Wrong string // why it can't be sent
	Name  string // which one it is
}

// previewText shows a text as it will arrive: what was typed, or what is stored.
func (v *visit) previewText() error {
	if v.mail == nil {
		return v.nothing()
	}
	var k invite.TemplateKey
	var t invite.Template
	if v.r.Method == http.MethodPost {
		f, err := v.readFormOf(textsLimit)
		if err != nil {
			return err
		}
		if k, err = keyOf(f.Get("preview")); err != nil {
			return err
		}
		t = templateOf(f, k)
	} else {
		var err error
		if k, err = keyOf(v.r.URL.Query().Get("preview")); err != nil {
			return err
		}
		own, err := v.people.Templates(v.r.Context(), v.actor)
		if err != nil {
			return err
		}
		t = v.effective(own, k)
	}
	letter, err := v.mail.Letter(v.r.Context(), v.actor.Org, k, t)
	if err != nil {
		return err
	}
	letter.HTML = elsewhere(letter.HTML)
	p := previewPage{Letter: letter, Email: k.Channel == invite.Email, Name: v.textName(k)}
	ways := v.mail.Ways()
	p.Kept = p.Email && ways.Email == Kept || !p.Email && ways.SMS == Kept
	var bad *invite.BadTemplate
	if errors.As(t.Check(k.Channel), &bad) {
		p.Wrong = v.badText(bad)
	}
	v.w.Header().Set("Content-Security-Policy", framePolicy)
	return v.show(http.StatusOK, "bare", "preview", "", p)
}

// elsewhere has the links of a mail open in a tab of their own: the frame that it
// is shown in is no place for another page.
func elsewhere(html string) string {
	return strings.Replace(html, "<head>", `<head><base target="_blank">`, 1)
}
