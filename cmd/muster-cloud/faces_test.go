package main

import (
	"bytes"
	"image"
	"image/png"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"muster/access"
	"muster/attendance"
	"muster/attendance/faceid"
	"muster/cloud/onboarding"
	"muster/cloud/store"
	"muster/internal/cloudtest"
	"muster/invite"
)

// The key is made once, for its owner only, on a disk of its own cloud; what can't be
// a key is refused; clouds that share a database are never given one by chance.
func TestB10TheKeyIsAFileOfItsOwn(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	m := &Main{folder: &folder{path: dir}}
	var first []byte
	for range 2 {
		if k, err := m.faceKeys(serveCommand{}); err != nil || k == nil {
			t.Fatalf("%v, %v", k, err)
		}
		text, err := os.ReadFile(filepath.Join(dir, "face-keys"))
		if err != nil || first != nil && !bytes.Equal(first, text) {
			t.Errorf("%v: another key the second time", err)
		}
		first = text
	}
	info, err := os.Stat(filepath.Join(dir, "face-keys"))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "key-*")); left != nil {
		t.Errorf("left behind: %v", left)
	}
	if k, err := m.faceKeys(serveCommand{Store: "postgres://somewhere/else"}); k != nil || err != nil {
		t.Errorf("%v, %v", k, err)
	}
	bad := filepath.Join(dir, "bad")
	if err := os.WriteFile(bad, []byte("secret word\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{bad, filepath.Join(dir, "none")} {
		if _, err := m.faceKeys(serveCommand{FaceKeys: path}); err == nil || strings.Contains(err.Error(), "secret word") {
			t.Errorf("%s: %v", path, err)
		}
	}
}

// One mail tells somebody who is active that they are asked, in their language; it
// carries no secret, and what was taken back is never sent.
func TestK28TheMailAboutFaceID(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	now := time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)
	clock := func() time.Time { now = now.Add(time.Microsecond); return now }
	keys, err := store.ParseFaceKeys([]byte(store.NewFaceKey()))
	fine := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	fine(err)
	db := cloudtest.Open(t)
	s := store.New(db.Write, db.Read, db, clock, store.PasswordCost(64, 1, 1), store.FaceIDKeys(keys))
	t.Cleanup(func() { _ = s.Close() }) //nolint:errcheck // it is this test's own
	secret, err := s.IssueSetup(ctx)
	fine(err)
	u, err := s.SetUp(ctx, secret, access.SetUp{Organisation: "Acme", Email: "ada@acme.example", Name: "Ada", Password: "correct horse battery", Language: "de"})
	fine(err)
	site, err := s.AddSite(ctx, u.Actor(), attendance.Site{Name: "Nord", TimeZone: "Europe/Berlin", Language: "de"})
	fine(err)
	policy := invite.DefaultPolicy
	policy.Details, policy.FaceID = false, true
	fine(s.SetPolicy(ctx, u.Actor(), policy))
	p, err := s.AddProfile(ctx, u.Actor(), attendance.Profile{FirstName: "Nora", LastName: "Nord"}, []attendance.SiteID{site.ID})
	fine(err)
	code, err := s.HandOut(ctx, u.Actor(), p.ID)
	fine(err)
	in, err := s.SignInAt(ctx, code.At, p.Number, code.Code)
	fine(err)
	_, err = s.ChooseOwnPassword(ctx, in.Self, "correct horse battery")
	fine(err)
	fine(s.SetContact(ctx, u.Actor(), p.ID, invite.Contact{Email: "nora@web.de"}))

	server := &moody{answers: []error{&invite.Undeliverable{Reason: invite.ProviderDown, Everybody: true}}}
	l := &letters{
		texts: s, notices: s, url: "https://muster.example", now: clock, alone: s.Alone,
		providers: map[invite.Channel]onboarding.Provider{invite.Email: server},
	}
	d := newDoorman(s, l, slog.New(slog.DiscardHandler))
	fine(s.RequestFaceID(ctx, u.Actor(), p.ID))
	fine(d.again(ctx)) // the server is away
	now = now.Add(10 * time.Minute)
	fine(d.again(ctx))
	if len(server.taken) != 1 {
		t.Fatalf("%d mails", len(server.taken))
	}
	m := server.taken[0]
	if m.To != "nora@web.de" || m.Language != "de" || !strings.Contains(m.Text, "https://muster.example/my/face\n") || !strings.Contains(m.HTML, "https://muster.example/my/face") ||
		!strings.Contains(m.Text, "Ihre Karte funktioniert so oder so") || strings.Contains(m.Text, "{") {
		t.Errorf("%+v", m)
	}
	fine(s.ResetFaceID(ctx, u.Actor(), p.ID))
	now = now.Add(25 * time.Hour)
	fine(s.RequestFaceID(ctx, u.Actor(), p.ID))
	fine(s.DeclineFaceID(ctx, in.Self))
	now = now.Add(10 * time.Minute)
	fine(d.again(ctx))
	if len(server.taken) != 1 {
		t.Error("a mail about a question that was answered")
	}
}

// At its start a cloud puts the newest key in place of the others; each minute it
// clears what was destroyed; verify says so.
func TestB10KeysAreChangedAndPicturesCleared(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	old, fresh := store.NewFaceKey(), store.NewFaceKey()
	dir := t.TempDir()
	file := filepath.Join(dir, "keys")
	var log bytes.Buffer
	open := func(keys string) *Main {
		t.Helper()
		if err := os.WriteFile(file, []byte(keys), 0o600); err != nil {
			t.Fatal(err)
		}
		m := &Main{folder: &folder{path: dir}, now: time.Now, log: slog.New(slog.NewTextHandler(&log, nil))}
		if err := m.openStore(ctx, serveCommand{Data: dir, FaceKeys: file}); err != nil {
			t.Fatal(err)
		}
		m.rewrapFaces(ctx)
		return m
	}
	m := open("# the first\n" + old)
	fine := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	secret, err := m.store.IssueSetup(ctx)
	fine(err)
	u, err := m.store.SetUp(ctx, secret, access.SetUp{Organisation: "Acme", Email: "ada@acme.example", Name: "Ada", Password: "correct horse battery", Language: "de"})
	fine(err)
	site, err := m.store.AddSite(ctx, u.Actor(), attendance.Site{Name: "Nord", TimeZone: "Europe/Berlin"})
	fine(err)
	policy := invite.DefaultPolicy
	policy.Details, policy.FaceID = false, true
	fine(m.store.SetPolicy(ctx, u.Actor(), policy))
	p, err := m.store.AddProfile(ctx, u.Actor(), attendance.Profile{FirstName: "Nora"}, []attendance.SiteID{site.ID})
	fine(err)
	code, err := m.store.HandOut(ctx, u.Actor(), p.ID)
	fine(err)
	in, err := m.store.SignInAt(ctx, code.At, p.Number, code.Code)
	fine(err)
	_, err = m.store.ChooseOwnPassword(ctx, in.Self, "correct horse battery")
	fine(err)
	fine(m.store.RequestFaceID(ctx, u.Actor(), p.ID))
	var b bytes.Buffer
	fine(png.Encode(&b, image.NewRGBA(image.Rect(0, 0, 30, 30))))
	fine(m.store.GiveFaceID(ctx, in.Self, faceid.Consent{Version: faceid.ConsentVersion, Language: "de"}, b.Bytes()))
	fine(m.store.Close())
	m = open(fresh + old)
	fine(m.store.Close())
	m = open(fresh)
	if _, err := m.store.OwnFace(ctx, in.Self); err != nil {
		t.Errorf("with the new key alone: %v", err)
	}
	fine(m.store.Close())
	m = open(old)
	if text := log.String(); !strings.Contains(text, "go by the newest key") || !strings.Contains(text, "can't be opened") {
		t.Errorf("the log: %s", text)
	}
	fine(m.store.WithdrawFaceID(ctx, in.Self))
	fine(m.sweepFaces(ctx))
	var said bytes.Buffer
	fine((&verifyCommand{}).check(ctx, m.store, &said))
	if !strings.Contains(said.String(), "face pictures: 0 kept, 1 destroyed, none of those is there\n") {
		t.Errorf("verify says %s", said.String())
	}
	fine(m.store.Close())
}

// deploy/secrets makes a key that the program takes.
func TestB10TheDeploymentMakesAKey(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "secrets.d")
	if out, err := exec.CommandContext(t.Context(), filepath.Join(deploy, "secrets"), dir).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	m := &Main{folder: &folder{path: dir}}
	if k, err := m.faceKeys(serveCommand{Store: "postgres://somewhere/else", FaceKeys: filepath.Join(dir, "face-keys")}); err != nil || k == nil {
		t.Errorf("%v, %v", k, err)
	}
}
