package store

import (
	"errors"
	"testing"
	"time"

	"muster/access"
)

func TestAPITokens(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := t.Context()
	secret := must(w.IssueAPIToken(ctx, w.viewerNorth.Actor(), " payroll ", time.Time{}))(t)
	if u := must(w.ByAPIToken(ctx, secret))(t); u.ID != w.viewerNorth.ID || u.Actor().May(access.ManageRoster) {
		t.Errorf("the token acts as %+v", u)
	}
	tokens := must(w.APITokens(ctx, w.viewerNorth.Actor()))(t)
	if len(tokens) != 1 || tokens[0].Name != "payroll" || tokens[0].LastUsed.IsZero() || !tokens[0].Expires.IsZero() {
		t.Fatalf("tokens = %+v", tokens)
	}
	if got := must(w.APITokens(ctx, w.managerNorth.Actor()))(t); len(got) != 0 {
		t.Errorf("a manager sees %+v", got)
	}
	if got := must(w.APITokens(ctx, w.admin.Actor()))(t); len(got) != 1 || got[0].User != w.viewerNorth.ID {
		t.Errorf("an administrator sees %+v", got)
	}
	for what, actor := range map[string]access.Actor{
		"a manager": w.managerNorth.Actor(), "another organisation": w.stranger.Actor(),
	} {
		if err := w.RevokeAPIToken(ctx, actor, tokens[0].ID); !errors.Is(err, access.ErrNotFound) {
			t.Errorf("revoked by %s: %v", what, err)
		}
	}
	if err := w.RevokeAPIToken(ctx, w.admin.Actor(), tokens[0].ID); err != nil {
		t.Fatal(err)
	}
	if _, err := w.ByAPIToken(ctx, secret); !errors.Is(err, access.ErrNotFound) {
		t.Errorf("a revoked token: %v", err)
	}
	for _, id := range []string{tokens[0].ID, "", "zz", "00"} {
		if err := w.RevokeAPIToken(ctx, w.admin.Actor(), id); !errors.Is(err, access.ErrNotFound) {
			t.Errorf("revoking %q: %v", id, err)
		}
	}
}

func TestAPITokensEnd(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := t.Context()
	month := must(w.IssueAPIToken(ctx, w.managerNorth.Actor(), "a month", w.clock.now().AddDate(0, 1, 0)))(t)
	ever := must(w.IssueAPIToken(ctx, w.managerNorth.Actor(), "for ever", time.Time{}))(t)
	w.clock.forward(31 * 24 * time.Hour)
	if _, err := w.ByAPIToken(ctx, month); !errors.Is(err, access.ErrExpired) {
		t.Errorf("after its time: %v", err)
	}
	must(w.ByAPIToken(ctx, ever))(t)
	w.managerNorth.Disabled = true
	if err := w.ChangeUser(ctx, w.admin.Actor(), w.managerNorth); err != nil {
		t.Fatal(err)
	}
	if _, err := w.ByAPIToken(ctx, ever); !errors.Is(err, access.ErrForbidden) {
		t.Errorf("of a disabled user: %v", err)
	}
}

// A secret is good for the one purpose that it was made for.
func TestSecretsHaveOnePurpose(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := t.Context()
	link := must(w.IssuePasswordLink(ctx, w.admin.Actor(), w.viewerNorth.ID))(t)
	token := must(w.IssueAPIToken(ctx, w.admin.Actor(), "x", time.Time{}))(t)
	if _, err := w.ByAPIToken(ctx, link); !errors.Is(err, access.ErrNotFound) {
		t.Errorf("a password link as an API token: %v", err)
	}
	if _, err := w.ChoosePassword(ctx, token, password); !errors.Is(err, access.ErrNotFound) {
		t.Errorf("an API token as a password link: %v", err)
	}
	if _, err := w.SetUp(ctx, token, firstSetUp); !errors.Is(err, access.ErrNotFound) {
		t.Errorf("an API token for set-up: %v", err)
	}
}

func TestAPITokenInput(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	now := w.clock.now()
	for _, c := range []struct {
		name    string
		expires time.Time
		want    access.Invalid
	}{
		{"", time.Time{}, access.Invalid{Field: "name", Problem: access.Required}},
		{"x", now.Add(-time.Hour), access.Invalid{Field: "expires", Problem: access.OutOfRange}},
		{"x", now.AddDate(20, 0, 0), access.Invalid{Field: "expires", Problem: access.OutOfRange}},
	} {
		if _, err := w.IssueAPIToken(t.Context(), w.admin.Actor(), c.name, c.expires); err != c.want {
			t.Errorf("%q until %v: %v, want %v", c.name, c.expires, err, c.want)
		}
	}
}
