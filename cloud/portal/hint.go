package portal

import (
	"net/http"

	"muster/cloud/pages"
)

// hint is the organisation whose people a sign-in page looks among. Muster IDs are
// unique within an organisation only. The zero hint is none.
type hint struct {
	At           string // key, as in addresses
	Organisation string
}

// hintLife is how long a browser remembers it.
const hintLife = 365 * 24 * 3600 // seconds

func (v *visit) hintCookie() string { return pages.CookieName("muster-at", v.https) }

// hint returns the organisation that the address names, or else the one that this
// browser remembers. An address with an empty key forgets it; a key that nobody
// has is none.
func (v *visit) hint() (hint, error) {
	q := v.r.URL.Query()
	if q.Has("at") {
		h, err := v.hintOf(q.Get("at"))
		if err == nil && (h.At != "" || q.Get("at") == "") {
			v.remember(h.At)
		}
		return h, err
	}
	cookie, err := v.r.Cookie(v.hintCookie())
	if err != nil {
		return hint{}, nil //nolint:nilerr // there is no such cookie
	}
	return v.hintOf(cookie.Value)
}

func (v *visit) hintOf(key string) (hint, error) {
	if key == "" {
		return hint{}, nil
	}
	name, err := v.Accounts.OrganisationAt(v.r.Context(), key)
	if isNotFound(err) {
		return hint{}, nil
	}
	return hint{At: key, Organisation: name}, err
}

// remember keeps a key in the browser; empty forgets the one it has.
func (v *visit) remember(key string) {
	c := &http.Cookie{Name: v.hintCookie(), Value: key, Path: "/", MaxAge: hintLife, HttpOnly: true, Secure: v.https, SameSite: http.SameSiteLaxMode}
	if key == "" {
		c.MaxAge = -1
	}
	http.SetCookie(v.w, c)
}
