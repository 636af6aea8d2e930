package store

import (
	"errors"
	"strings"
	"testing"

	"muster/access"
)

func TestPasswordStandard(t *testing.T) {
	t.Parallel()
	u := access.User{Email: "anna.maria.berg@acme.example", Name: "Anna Maria Berg"}
	for password, problem := range map[string]string{
		"":                             access.Required,
		"eleven char":                  access.TooShort,
		"йцукенгшщзх":                  access.TooShort, // 11 letters in 22 bytes
		"twelve chars":                 "",
		"йцукенгшщзхъ":                 access.Weak, // a row of keys
		"летоосеньзима":                access.Weak,
		"qwertzuiop12":                 access.Weak,
		"Passwort1234":                 access.Weak,
		"iloveyouforever":              access.Weak,
		"Mustermann2026":               access.Weak,
		"синий чайник поёт":            "",
		strings.Repeat("ab", 64):       "",
		strings.Repeat("ab", 64) + "c": access.TooLong,
		strings.Repeat("я", 129):       access.TooLong,
		strings.Repeat("z", 20):        access.OneCharacter,
		strings.Repeat("é", 20):        access.OneCharacter,
		"Anna.Maria.Berg@acme.EXAMPLE": access.Guessable,
		"anna.maria.BERG":              access.Guessable,
		"annaMARIAberg":                access.Guessable,
		"ACME International":           access.Guessable,
		"acmeinternational":            access.Guessable,
		"acmeinternational1":           access.Weak,
		"tabs\tand\tlines":             access.Malformed,
		"not \xff\xfe utf-8 at all":    access.TooLong,
	} {
		err := checkPassword(password, u, "Acme International")
		if want := (access.Invalid{Field: "password", Problem: problem}); problem == "" && err != nil || problem != "" && err != want {
			t.Errorf("%q: %v, want %q", password, err, problem)
		}
	}
}

// A password typed on a keyboard that composes accents is the same password.
func TestPasswordsAreNormalised(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	secret := must(w.IssuePasswordLink(t.Context(), w.admin.Actor(), w.viewerNorth.ID))(t)
	must(w.ChoosePassword(t.Context(), secret, "Gr\u00fc\u00dfe aus M\u00fcnchen"))(t)
	must(w.Authenticate(t.Context(), w.viewerNorth.Email, "Gru\u0308\u00dfe aus Mu\u0308nchen"))(t)
}

func TestPasswordLinks(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, admin := t.Context(), w.admin.Actor()
	u, first, err := w.AddUser(ctx, admin, access.User{Email: "new@acme.example", Name: "New", Role: access.OrgAdmin})
	if err != nil {
		t.Fatal(err)
	}
	if !u.PasswordSet.IsZero() {
		t.Errorf("a password was set at %v", u.PasswordSet)
	}
	for range 3 { // opening a link doesn't use it up
		if got := must(w.PasswordLink(ctx, first))(t); got.ID != u.ID {
			t.Fatalf("the link is for %+v", got)
		}
	}
	second := must(w.IssuePasswordLink(ctx, admin, u.ID))(t)
	if _, err := w.ChoosePassword(ctx, first, password); !errors.Is(err, access.ErrExpired) {
		t.Errorf("the earlier link: %v", err)
	}
	if _, err := w.ChoosePassword(ctx, second, "new@acme.example"); err != (access.Invalid{Field: "password", Problem: access.Guessable}) {
		t.Errorf("their own address: %v", err)
	}
	got := must(w.ChoosePassword(ctx, second, password))(t)
	if got.ID != u.ID || got.PasswordSet.IsZero() {
		t.Errorf("chosen by %+v", got)
	}
	if _, err := w.ChoosePassword(ctx, second, password+password); !errors.Is(err, access.ErrExpired) {
		t.Errorf("a used link: %v", err)
	}
	if _, err := w.PasswordLink(ctx, second); !errors.Is(err, access.ErrExpired) {
		t.Errorf("opening a used link: %v", err)
	}
	if _, err := w.PasswordLink(ctx, "guess"); !errors.Is(err, access.ErrNotFound) {
		t.Errorf("a guess: %v", err)
	}
	must(w.Authenticate(ctx, "new@acme.example", password))(t)
}

func TestPasswordLinksEnd(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, admin := t.Context(), w.admin.Actor()
	issue := func() string { return must(w.IssuePasswordLink(ctx, admin, w.viewerNorth.ID))(t) }
	expect := func(what, secret string) {
		t.Helper()
		if _, err := w.PasswordLink(ctx, secret); !errors.Is(err, access.ErrExpired) {
			t.Errorf("%s: %v", what, err)
		}
		if _, err := w.ChoosePassword(ctx, secret, password); !errors.Is(err, access.ErrExpired) {
			t.Errorf("%s: %v", what, err)
		}
	}
	secret := issue()
	w.clock.forward(passwordLife)
	expect("after seven days", secret)

	secret = issue()
	w.viewerNorth.Email = "moved@acme.example"
	if err := w.ChangeUser(ctx, admin, w.viewerNorth); err != nil {
		t.Fatal(err)
	}
	expect("after the address changed", secret)

	secret = issue()
	w.viewerNorth.Disabled = true
	if err := w.ChangeUser(ctx, admin, w.viewerNorth); err != nil {
		t.Fatal(err)
	}
	expect("after the user was disabled", secret)
	expect("issued to a disabled user", issue())
}

func TestResetPasswordEndsALock(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := t.Context()
	for range maxFailures {
		_, _ = w.Authenticate(ctx, w.admin.Email, "wrong")
	}
	if _, err := w.ResetPassword(ctx, "nobody@acme.example"); !errors.Is(err, access.ErrNotFound) {
		t.Errorf("for nobody: %v", err)
	}
	secret := must(w.ResetPassword(ctx, "ADMIN@acme.example"))(t)
	must(w.ChoosePassword(ctx, secret, "correct zebra chimney"))(t)
	must(w.Authenticate(ctx, w.admin.Email, "correct zebra chimney"))(t)
	if _, err := w.Authenticate(ctx, w.admin.Email, password); !errors.Is(err, access.ErrForbidden) {
		t.Errorf("the old password: %v", err)
	}
}

// Nothing in the database file opens anything: neither secrets nor passwords.
func TestNoSecretIsKept(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, admin := t.Context(), w.admin.Actor()
	link := must(w.IssuePasswordLink(ctx, admin, w.viewerNorth.ID))(t)
	token, err := w.IssueAPIToken(ctx, admin, "payroll", w.clock.now().AddDate(0, 1, 0))
	if err != nil {
		t.Fatal(err)
	}
	uid := []byte{0x04, 0x5a, 0x5b, 0x5c, 0x5d, 0x5e, 0x5f}
	anna := w.person(t, "Anna", "Berg", w.north.ID)
	if err := w.AssignUID(ctx, admin, anna.ID, uid, "MIFARE"); err != nil {
		t.Fatal(err)
	}
	all := w.dump(t)
	for what, s := range map[string]string{
		"password link": link, "API token": token, "password": password, "card number": "045a5b5c5d5e5f", "card number as it is": string(uid),
	} {
		if strings.Contains(strings.ToLower(all), strings.ToLower(s)) {
			t.Errorf("the %s is in the database", what)
		}
		if len(link) != 43 || len(token) != 43 { // 256 bits in base64
			t.Errorf("secrets of %d and %d characters", len(link), len(token))
		}
	}
}
