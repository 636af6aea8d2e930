package console

import (
	"net/http"
	"slices"
	"time"

	"muster/access"
	"muster/attendance"
)

type usersPage struct {
	*form     // of a new API token
	Users     []userRow
	Tokens    []tokenRow
	NewToken  string // shown once
	TokenName string
	Scopes    []string // all that there are
	Directory string   // the address of SCIM
}

func keysOf(scopes []access.Scope) []string {
	keys := make([]string, len(scopes))
	for i, s := range scopes {
		keys[i] = string(s)
	}
	return keys
}

type userRow struct {
	*person
	Email    string
	Role     string
	Sites    string
	Disabled bool
	Pending  bool // no password yet
	Self     bool
}

type tokenRow struct {
	ID, Name, Owner string
	Created         *moment
	Expires         *moment // nil: never
	Used            *moment // nil: never
	Expired         bool
	Scopes          []string // keys; none: everything
	Provisions      bool     // people can be created with it
	Invites         bool     // and are invited at once
}

func (v *visit) users() error { return v.showUsers(http.StatusOK, usersPage{form: newForm()}) }

func (v *visit) showUsers(status int, p usersPage) error {
	ctx := v.r.Context()
	users, err := v.people.Users(ctx, v.actor)
	if err != nil {
		return err
	}
	tokens, err := v.people.APITokens(ctx, v.actor)
	if err != nil {
		return err
	}
	_, sites, err := v.siteChoices()
	if err != nil {
		return err
	}
	names := map[access.UserID]string{}
	for _, u := range users {
		names[u.ID] = u.Name
		p.Users = append(p.Users, userRow{
			person: named(string(u.ID), u.Name, "", ""), Email: u.Email, Role: string(u.Role),
			Sites: siteNames(sites, u.Sites), Disabled: u.Disabled, Pending: u.PasswordSet.IsZero(), Self: u.ID == v.user.ID,
		})
	}
	for _, t := range tokens {
		p.Tokens = append(p.Tokens, tokenRow{
			ID: t.ID, Name: t.Name, Owner: names[t.User], Created: v.here(t.Created), Expires: v.here(t.Expires),
			Used: v.here(t.LastUsed), Expired: !t.Expires.IsZero() && v.now().After(t.Expires),
			Scopes: keysOf(t.Scopes), Provisions: t.Provisions(), Invites: t.AutoInvite,
		})
	}
	p.Scopes, p.Directory = keysOf(access.Scopes), v.base+"/scim/v2"
	return v.show(status, "app", "users", "users", p)
}

type userPage struct {
	*form
	ID        string // empty: a new one
	Name      string // as it is now
	Pending   bool
	Sites     []choice
	Roles     []string
	Languages []string
	Link      string // the one-time link, shown once
	Self      bool
}

func (p userPage) title(l *language) string {
	if p.ID == "" {
		return l.Say("title.user.new")
	}
	return p.Name
}

func (v *visit) showUser(status int, p userPage) error {
	var err error
	if p.Sites, _, err = v.siteChoices(); err != nil {
		return err
	}
	p.Languages = attendance.Languages
	p.Roles = []string{string(access.OrgAdmin), string(access.SiteManager), string(access.Viewer)}
	p.Self = p.ID == string(v.user.ID)
	return v.show(status, "app", "user", "users", p)
}

func (v *visit) newUser() error {
	f := newForm()
	f.Set("role", string(access.SiteManager))
	return v.showUser(http.StatusOK, userPage{form: f})
}

func userOf(f *form) access.User {
	u := access.User{
		Email: f.Get("email"), Name: f.Get("name"), Role: access.Role(f.Get("role")),
		Language: f.Get("language"), Disabled: f.Get("disabled") != "", Number: f.Get("number"),
	}
	for _, s := range f.All("sites") {
		u.Sites = append(u.Sites, attendance.SiteID(s))
	}
	return u
}

func (v *visit) addUser() error {
	f, err := v.readForm()
	if err != nil {
		return err
	}
	u, secret, err := v.people.AddUser(v.r.Context(), v.actor, userOf(f))
	if err := f.Take(err); err != nil {
		return err
	}
	if f.Bad() {
		return v.showUser(http.StatusUnprocessableEntity, userPage{form: f})
	}
	return v.showUser(http.StatusOK, userPage{form: userForm(u), ID: string(u.ID), Name: u.Name, Pending: true, Link: v.linkOf(secret)})
}

func (v *visit) linkOf(secret string) string { return v.origin + "/password?token=" + secret }

func userForm(u access.User) *form {
	f := newForm()
	f.Set("email", u.Email)
	f.Set("name", u.Name)
	f.Set("role", string(u.Role))
	f.Set("language", u.Language)
	f.Set("number", u.Number)
	if u.Disabled {
		f.Set("disabled", "1")
	}
	for _, s := range u.Sites {
		f.Values.Add("sites", string(s))
	}
	return f
}

func (v *visit) findUser() (access.User, error) {
	users, err := v.people.Users(v.r.Context(), v.actor)
	if err != nil {
		return access.User{}, err
	}
	i := slices.IndexFunc(users, func(u access.User) bool { return string(u.ID) == v.r.PathValue("id") })
	if i < 0 {
		return access.User{}, access.ErrNotFound
	}
	return users[i], nil
}

func (v *visit) editUser() error {
	u, err := v.findUser()
	if err != nil {
		return err
	}
	return v.showUser(http.StatusOK, userPage{form: userForm(u), ID: string(u.ID), Name: u.Name, Pending: u.PasswordSet.IsZero()})
}

func (v *visit) changeUser() error {
	old, err := v.findUser()
	if err != nil {
		return err
	}
	f, err := v.readForm()
	if err != nil {
		return err
	}
	u := userOf(f)
	u.ID = old.ID
	err = v.people.ChangeUser(v.r.Context(), v.actor, u)
	if err := f.Take(err); err != nil {
		return err
	}
	if f.Bad() {
		return v.showUser(http.StatusUnprocessableEntity,
			userPage{form: f, ID: string(old.ID), Name: old.Name, Pending: old.PasswordSet.IsZero()})
	}
	return v.done("saved", "/users")
}

func (v *visit) passwordLink() error {
	u, err := v.findUser()
	if err != nil {
		return err
	}
	secret, err := v.people.IssuePasswordLink(v.r.Context(), v.actor, u.ID)
	if err != nil {
		return err
	}
	return v.showUser(http.StatusOK, userPage{
		form: userForm(u), ID: string(u.ID), Name: u.Name, Pending: u.PasswordSet.IsZero(), Link: v.linkOf(secret),
	})
}

// The choices of how long an API token lives, in days; 0 is for ever.
var tokenLives = []string{"30", "90", "365", "0"}

func (v *visit) issueToken() error {
	f, err := v.readForm()
	if err != nil {
		return err
	}
	p := usersPage{form: f}
	var expires time.Time
	switch i := slices.Index(tokenLives, f.Get("expires")); {
	case i < 0:
		f.Reject("expires", access.Required)
	case tokenLives[i] != "0":
		days := map[string]int{"30": 30, "90": 90, "365": 365}[tokenLives[i]]
		expires = v.now().AddDate(0, 0, days)
	}
	if !f.Bad() {
		terms := access.TokenTerms{Name: f.Get("name"), Expires: expires}
		for _, s := range f.All("scope") {
			terms.Scopes = append(terms.Scopes, access.Scope(s))
		}
		if invites := f.Get("auto_invite") != ""; (access.APIToken{Scopes: terms.Scopes}).Provisions() {
			terms.AutoInvite = &invites
		}
		p.NewToken, err = v.people.IssueToken(v.r.Context(), v.actor, terms)
		if err := f.Take(err); err != nil {
			return err
		}
	}
	if f.Bad() {
		return v.showUsers(http.StatusUnprocessableEntity, p)
	}
	p.TokenName = f.Get("name")
	p.form = newForm()
	return v.showUsers(http.StatusOK, p)
}

func (v *visit) confirmRevokeToken() error {
	tokens, err := v.people.APITokens(v.r.Context(), v.actor)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(tokens, func(t access.APIToken) bool { return t.ID == v.r.PathValue("id") })
	if i < 0 {
		return access.ErrNotFound
	}
	return v.confirm("users", confirmPage{
		Heading: v.text.Say("token.revoke.heading", "Name", tokens[i].Name),
		Effects: []string{v.text.Say("token.revoke.stops"), v.text.Say("token.revoke.final")},
		Button:  v.text.Say("token.revoke.button"),
		Action:  "/users/tokens/" + tokens[i].ID + "/revoke", Back: "/users#tokens",
	})
}

func (v *visit) revokeToken() error {
	if err := v.people.RevokeAPIToken(v.r.Context(), v.actor, v.r.PathValue("id")); err != nil {
		return err
	}
	return v.done("token.revoked", "/users#tokens")
}

// tokenInvites says whether people whom a token creates are invited at once.
func (v *visit) tokenInvites() error {
	f, err := v.readForm()
	if err != nil {
		return err
	}
	if err := v.people.SetTokenInvites(v.r.Context(), v.actor, v.r.PathValue("id"), f.Get("on") != ""); err != nil {
		return err
	}
	return v.done("token.changed", "/users#tokens")
}
