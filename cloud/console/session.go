package console

import (
	"context"
	"net/http"
	"time"

	"muster/access"
)

// A session ends when nobody has asked for a page for this long, or this long
// after signing in, whatever happens.
const (
	sessionIdle = 12 * time.Hour
	sessionLife = 7 * 24 * time.Hour
)

// What a session holds.
const (
	keyUser  = "user"  // access.UserID
	keySince = "since" // when the password was set that opened it, Unix microseconds
	keyFlash = "flash" // a message to show once, by its key
)

// passive loads the session without renewing it, for what a page asks for by
// itself (pictures, the live stream, refreshes): an unattended screen that
// shows live punches must still be signed out in the end.
func (c *console) passive(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var token string
		if cookie, err := r.Cookie(c.sessions.Cookie.Name); err == nil {
			token = cookie.Value
		}
		ctx, err := c.sessions.Load(r.Context(), token)
		if err != nil {
			c.sessions.ErrorFunc(w, r, err)
			return
		}
		next.ServeHTTP(w, r.WithContext(ctx))
	})
}

// byItself tells whether the page asked for it, and not the person.
func byItself(r *http.Request) bool { return r.Header.Get("Muster-Refresh") != "" }

// session loads the session and, where a person asked, renews it.
func (c *console) session(next http.Handler) http.Handler {
	passive, active := c.passive(next), c.sessions.LoadAndSave(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if byItself(r) {
			passive.ServeHTTP(w, r)
			return
		}
		active.ServeHTTP(w, r)
	})
}

// signIn begins a session under a fresh token, so that a token planted before
// is of no use.
func (c *console) signIn(ctx context.Context, u access.User) error {
	if err := c.sessions.RenewToken(ctx); err != nil {
		return err
	}
	c.sessions.Put(ctx, keyUser, string(u.ID))
	c.sessions.Put(ctx, keySince, u.PasswordSet.UnixMicro())
	return nil
}

// signedIn returns whose session it is. It asks the store each time: somebody
// who was disabled, or whose password was chosen anew elsewhere, is out at once.
func (c *console) signedIn(ctx context.Context) (u access.User, ok bool, err error) {
	id := c.sessions.GetString(ctx, keyUser)
	if id == "" {
		return access.User{}, false, nil
	}
	u, err = c.people.User(ctx, access.UserID(id))
	if isNotFound(err) {
		return access.User{}, false, nil
	}
	if err != nil {
		return access.User{}, false, err
	}
	since := time.UnixMicro(c.sessions.GetInt64(ctx, keySince))
	if u.Disabled || u.PasswordSet.After(since) {
		return access.User{}, false, nil
	}
	return u, true, nil
}
