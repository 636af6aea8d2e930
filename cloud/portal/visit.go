package portal

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"muster/access"
	"muster/cloud/pages"
	"muster/invite"
)

// visit is one request: who asks, in which language and time zone, and where the
// answer goes.
type visit struct {
	*portal
	w        http.ResponseWriter
	r        *http.Request
	self     invite.Self // zero: nobody is signed in
	own      invite.Own
	text     *language
	zone     *time.Location // of the person's site; of their device where there is none
	guessed  bool           // zone is UTC because neither is known
	giveBack func()         // an attempt that was taken; nil: none was
}

// page is a handler that leaves its errors to be answered in one place.
type page func(*visit) error

// public makes a handler of a page that needs nobody signed in.
func (p *portal) public(f page) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		v := p.visit(w, r)
		if err := f(v); err != nil {
			v.fail(err)
		}
	})
}

// members makes a handler of a page for somebody signed in. Others are asked to,
// and then led back here.
func (p *portal) members(f page) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		v := p.visit(w, r)
		self, own, ok, err := p.signedIn(r.Context())
		switch {
		case err != nil:
			v.fail(err)
			return
		case !ok:
			v.askToSignIn()
			return
		}
		v.become(self, own)
		if err := f(v); err != nil {
			v.fail(err)
		}
	})
}

// active leads whoever has steps to do to the next of them.
func active(f page) page {
	return func(v *visit) error {
		if to := nextStep(v.own); to != "" {
			v.goTo(to)
			return nil
		}
		return f(v)
	}
}

func (p *portal) visit(w http.ResponseWriter, r *http.Request) *visit {
	v := &visit{portal: p, w: w, r: r, text: p.texts.Of(r), zone: pages.ReadersZone(r)}
	if v.zone == nil {
		v.zone, v.guessed = time.UTC, true
	}
	return v
}

// become makes the visit that of a person, in their language: what they chose
// just now, what the organisation knows, or what their site speaks.
func (v *visit) become(self invite.Self, own invite.Own) {
	v.self, v.own = self, own
	tags := []string{v.sessions.GetString(v.r.Context(), keyLanguage), own.Profile.Language}
	for _, s := range own.Sites {
		tags = append(tags, s.Language)
	}
	for _, tag := range tags {
		if lang, ok := v.texts.In(tag); ok {
			v.text = lang
			break
		}
	}
	if len(own.Sites) > 0 {
		v.zone, v.guessed = own.Sites[0].Location(), false
	}
}

func (v *visit) askToSignIn() {
	if v.sessions.GetString(v.r.Context(), keyProfile) != "" {
		if err := v.sessions.Destroy(v.r.Context()); err != nil {
			v.fail(err)
			return
		}
	}
	to := "/my/login"
	if v.r.Method == http.MethodGet && v.r.URL.Path != "/my" && v.r.Header.Get("HX-Request") == "" {
		to += "?next=" + url.QueryEscape(v.r.URL.RequestURI())
	}
	v.goTo(to)
}

// goTo answers with a redirect that is followed by GET.
func (v *visit) goTo(path string) { http.Redirect(v.w, v.r, path, http.StatusSeeOther) }

// done says something once on the next page, which is path.
func (v *visit) done(message, path string) error {
	v.sessions.Put(v.r.Context(), keyFlash, message)
	v.goTo(path)
	return nil
}

// local returns next if it is a page of the portal, and its first page otherwise.
func local(next string) string {
	u, err := url.Parse(next)
	if err != nil || u.IsAbs() || u.Host != "" || u.User != nil || u.Path != "/my" && !strings.HasPrefix(u.Path, "/my/") ||
		!strings.HasPrefix(next, "/my") || strings.Contains(u.Path, "/../") || strings.ContainsAny(next, "\\\r\n\t") {
		return "/my"
	}
	return next
}

func isNotFound(err error) bool { return errors.Is(err, access.ErrNotFound) }
