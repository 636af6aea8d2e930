package portal

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"net/http"

	"muster/access"
	"muster/cloud/pages"
	"muster/invite"
)

// joinPage is what a good link opens. It names the person by the first name only:
// somebody else may hold the phone.
type joinPage struct {
	*form
	standard
	First        string
	Organisation string
	Expires      *moment
	Token        string
	Here         string // path of the page
	Steps        int    // how many there are
	Again        bool   // the form came without what proves that it is ours
}

// linkPage says what has become of a link that isn't good.
type linkPage struct {
	State  invite.LinkState
	SignIn string // address of the sign-in page
}

// unknownLink is the state of a secret that nobody was sent.
const unknownLink invite.LinkState = "unknown"

// join shows who invites whom. It claims nothing, however often and by whomever
// it is opened: mail scanners open links too.
func (v *visit) join() error {
	if v.chooseLanguage() {
		return nil
	}
	read := v.Accounts.OpenLink
	if v.r.Method == http.MethodHead {
		read = v.Accounts.ReadLink
	}
	link, err := v.link(read)
	if link == nil {
		return err
	}
	return v.showJoin(http.StatusOK, *link, newForm(), false)
}

// link reads the link of the address. Where it is good for nothing the page that
// says so has been shown, and link is nil.
func (v *visit) link(read linkReader) (*invite.Link, error) {
	link, err := read(v.r.Context(), v.r.PathValue("secret"))
	if isNotFound(err) {
		return nil, v.showLink(invite.Link{State: unknownLink})
	}
	if err != nil {
		return nil, err
	}
	if _, chosen := v.texts.Chosen(v.r); !chosen {
		if lang, ok := v.texts.In(link.Language); ok {
			v.text = lang
		}
	}
	if link.State != invite.LinkGood {
		return nil, v.showLink(link)
	}
	return &link, nil
}

func (v *visit) showLink(link invite.Link) error {
	status := http.StatusGone
	if link.State == unknownLink {
		status = http.StatusNotFound
	}
	return v.show(status, "door", "link", linkPage{link.State, invite.SignInAt("/my/login", link.At)})
}

func (v *visit) noLink() error {
	if v.chooseLanguage() {
		return nil
	}
	return v.showLink(invite.Link{State: unknownLink})
}

func (v *visit) showJoin(status int, link invite.Link, f *form, again bool) error {
	p := joinPage{
		form: f, standard: v.emptyStandard("/join/" + v.r.PathValue("secret") + "/check"), First: link.FirstName, Organisation: link.Organisation,
		Expires: v.here(link.Expires), Here: "/join/" + v.r.PathValue("secret"), Steps: howMany(link.Wanted), Again: again,
	}
	p.Token = v.joinToken(true)
	return v.show(status, "door", "join", p)
}

// joinCookie holds what the tokens of this browser's forms are made with.
func (v *visit) joinCookie() string { return pages.CookieName("muster-join", v.https) }

// joinToken returns the token that a form of this link must come back with. It is
// bound to a cookie that the page itself sets.
func (v *visit) joinToken(set bool) string {
	var key string
	if c, err := v.r.Cookie(v.joinCookie()); err == nil && len(c.Value) == 43 {
		key = c.Value
	}
	if key == "" && set {
		b := make([]byte, 32)
		_, _ = rand.Read(b) // never fails since Go 1.24: it ends the program instead
		key = base64.RawURLEncoding.EncodeToString(b)
	}
	if key == "" {
		return ""
	}
	if set {
		http.SetCookie(v.w, &http.Cookie{
			Name: v.joinCookie(), Value: key, Path: "/", MaxAge: 24 * 3600, HttpOnly: true, Secure: v.https, SameSite: http.SameSiteLaxMode,
		})
	}
	mac := hmac.New(sha256.New, []byte(key))
	mac.Write([]byte("join\x00" + v.r.PathValue("secret")))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// proven tells whether a form comes from the page that this browser was shown,
// and not from a program that fills in every field it finds: no person sees the
// field "website".
func (v *visit) proven(f *form) bool {
	want := v.joinToken(false)
	return want != "" && hmac.Equal([]byte(want), []byte(f.Raw("token"))) && f.Raw("website") == ""
}

// claim is what a person's button does: the account is theirs, with the password
// that they chose. Nothing is claimed without one.
func (v *visit) claim() error {
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
	if !v.proven(f) {
		return v.showJoin(http.StatusUnprocessableEntity, *link, newForm(), true)
	}
	if f.Raw("password") == "" {
		f.Reject("password", access.Required)
		return v.showJoin(http.StatusUnprocessableEntity, *link, f, false)
	}
	in, err := v.Accounts.ClaimLinkWith(v.r.Context(), v.r.PathValue("secret"), f.Raw("password"))
	if v.BadLink(err) || isNotFound(err) {
		return v.badLinkNow()
	}
	if refusal(err) != "" {
		f.Reject("password", string(wayOut(err)))
	} else if err := f.Take(err); err != nil {
		return err
	}
	if f.Bad() {
		return v.showJoin(http.StatusUnprocessableEntity, *link, f, false)
	}
	if err := v.signIn(in.Self); err != nil {
		return err
	}
	v.remember(link.At) // they sign in here the next time
	v.goTo("/my/start")
	return nil
}

// badLinkNow is for a link that went bad between reading and using it.
func (v *visit) badLinkNow() error {
	link, err := v.link(v.Accounts.ReadLink)
	if link == nil {
		return err
	}
	return errors.New("a link is good and isn't")
}

// chooseLanguage keeps a language that was picked on a page for people who aren't
// signed in, and comes back to that page.
func (v *visit) chooseLanguage() bool {
	back, ok := v.texts.Choose(v.w, v.r, v.https)
	if ok {
		v.goTo(back)
	}
	return ok
}
