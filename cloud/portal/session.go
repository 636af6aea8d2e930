package portal

import (
	"context"
	"errors"
	"time"

	"muster/access"
	"muster/attendance"
	"muster/invite"
)

// A session ends when nobody has asked for a page for this long, or this long
// after signing in, whatever happens.
const (
	sessionIdle = 48 * time.Hour
	sessionLife = 14 * 24 * time.Hour
)

// What a session holds. None of the names is one of the console's, whose
// sessions are in the same table.
const (
	keyOrg      = "my-org"      // attendance.OrgID
	keyProfile  = "my-profile"  // attendance.ProfileID
	keyPassword = "my-password" // invite.Own.PasswordSet at signing in, Unix microseconds
	keyLanguage = "my-language" // chosen before signing in
	keyFlash    = "my-flash"    // a message to show once, by its key
)

// signIn begins a session under a fresh token, so that a token planted before is
// of no use. It remembers the password by when it was set: with another one, or
// none, the session is over.
func (v *visit) signIn(self invite.Self) error {
	v.rightAttempt()
	ctx := v.r.Context()
	own, err := v.Accounts.Own(ctx, self)
	if err != nil {
		return err
	}
	if err := v.sessions.RenewToken(ctx); err != nil {
		return err
	}
	v.sessions.Put(ctx, keyOrg, string(self.Org))
	v.sessions.Put(ctx, keyProfile, string(self.Profile))
	v.sessions.Put(ctx, keyPassword, own.PasswordSet.UnixMicro())
	if lang, ok := v.texts.Chosen(v.r); ok {
		v.sessions.Put(ctx, keyLanguage, lang.Tag)
	}
	return nil
}

// signedIn returns whose session it is. It asks the store each time: somebody
// whose account was ended, or whose password was chosen anew, is out at once.
func (p *portal) signedIn(ctx context.Context) (self invite.Self, own invite.Own, ok bool, err error) {
	self = invite.Self{
		Org: attendance.OrgID(p.sessions.GetString(ctx, keyOrg)), Profile: attendance.ProfileID(p.sessions.GetString(ctx, keyProfile)),
	}
	if self.Org == "" || self.Profile == "" {
		return self, own, false, nil
	}
	own, err = p.Accounts.Own(ctx, self)
	if errors.Is(err, access.ErrNotFound) {
		return self, own, false, nil
	}
	if err != nil {
		return self, own, false, err
	}
	good := own.State.SignsIn() && own.PasswordSet.UnixMicro() == p.sessions.GetInt64(ctx, keyPassword)
	return self, own, good, nil
}
