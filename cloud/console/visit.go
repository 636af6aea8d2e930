package console

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"muster/access"
	"muster/cloud/pages"
)

// visit is one request: who asks, in which language and time zone, and where
// the answer goes.
type visit struct {
	*console
	w      http.ResponseWriter
	r      *http.Request
	user   access.User // zero: nobody is signed in
	actor  access.Actor
	text   *language
	op     access.Operator // zero: none
	atDesk bool            // a page of operators
	zone   *time.Location  // the reader's; nil while it isn't known
}

// page is a handler that leaves its errors to be answered in one place.
type page func(*visit) error

// public makes a handler of a page that needs nobody signed in.
func (c *console) public(p page) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		v := c.visit(w, r)
		if err := p(v); err != nil {
			v.fail(err)
		}
	})
}

// members makes a handler of a page for those who hold a permission. Whoever
// isn't signed in is asked to and then led back here.
func (c *console) members(need access.Permission, p page) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		v := c.visit(w, r)
		u, ok, err := c.signedIn(r.Context())
		switch {
		case err != nil:
			v.fail(err)
			return
		case !ok:
			v.askToSignIn()
			return
		}
		v.become(u)
		v.actor.Origin = access.Origin{Via: access.ViaConsole, Address: v.address(r)}
		if err := v.actor.Require(need); err != nil {
			v.fail(err)
			return
		}
		if err := p(v); err != nil {
			v.fail(err)
		}
	})
}

// become makes the visit that of a signed-in user, in his language.
func (v *visit) become(u access.User) {
	v.user, v.actor = u, u.Actor()
	if lang, ok := v.texts.In(u.Language); ok {
		v.text = lang
	}
}

func (c *console) visit(w http.ResponseWriter, r *http.Request) *visit {
	return &visit{console: c, w: w, r: r, text: c.texts.Of(r), zone: pages.ReadersZone(r)}
}

func (v *visit) askToSignIn() {
	if v.sessions.GetString(v.r.Context(), keyUser) != "" {
		if err := v.sessions.Destroy(v.r.Context()); err != nil {
			v.fail(err)
			return
		}
	}
	first, err := v.people.FirstStart(v.r.Context())
	if err != nil {
		v.fail(err)
		return
	}
	to := "/login"
	switch {
	case first:
		to = "/setup"
	case v.r.Method == http.MethodGet && !byItself(v.r) && v.r.URL.Path != "/":
		to += "?next=" + url.QueryEscape(v.r.URL.RequestURI())
	}
	if v.r.Header.Get("HX-Request") != "" {
		v.w.Header().Set("HX-Redirect", to)
		v.w.WriteHeader(http.StatusNoContent)
		return
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

// local returns next if it is a path on this server, and "/" otherwise: a link
// with next in it must not lead to somebody else's page.
func local(next string) string {
	u, err := url.Parse(next)
	if err != nil || u.Scheme != "" || u.Host != "" || u.User != nil ||
		!strings.HasPrefix(next, "/") || strings.HasPrefix(next, "//") || strings.ContainsAny(next, "\\\r\n\t") {
		return "/"
	}
	return next
}

func isNotFound(err error) bool { return errors.Is(err, access.ErrNotFound) }
