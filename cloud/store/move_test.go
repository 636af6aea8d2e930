package store

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"muster/access"
	"muster/attendance"
	"muster/device"
	"muster/invite"
	"muster/sync/wire"
)

// lived is a world in which something has happened in every table.
func lived(t *testing.T) *furnished {
	t.Helper()
	f := furnish(t)
	ctx, admin := t.Context(), f.admin.Actor()
	p := f.pen(t, f.admin.Org, f.north.ID)
	f.deliver(t, p, p.write(device.KindReader, &wire.ReaderPayload{State: "missing"}), p.punch(f.anna.ID, f.card), p.punch("nobody", ""))
	offline := p.punchOffline(f.anna.ID)
	f.deliver(t, p, offline, p.punchOffline(f.anna.ID))
	must(f.DecidePunches(ctx, admin, attendance.Decision{Verdict: attendance.Rejected, IDs: []attendance.PunchID{idOf(offline)}}))(t)
	f.deliver(t, p, p.write(device.KindRefusal, &wire.RefusalPayload{Reason: string(attendance.UnknownCard)}))
	if err := f.AssignCard(ctx, admin, f.person(t, "Ärmel", "Öde", f.north.ID, f.south.ID).ID, f.spare, "NTAG"); err != nil {
		t.Fatal(err)
	}
	if err := f.EndCard(ctx, admin, f.anna.ID, f.card); err != nil {
		t.Fatal(err)
	}
	if err := f.RemoveProfile(ctx, admin, f.person(t, "Gone", "Away", f.south.ID).ID); err != nil {
		t.Fatal(err)
	}
	must(f.Secret(ctx, "authority", func() ([]byte, error) { return []byte("key"), nil }))(t)
	if err := f.AddCertificate(ctx, device.Certificate{Serial: "1f", Device: f.device, Key: []byte("k"), DER: []byte("d"), NotAfter: f.clock.now()}); err != nil {
		t.Fatal(err)
	}
	must(f.Presence(ctx, wire.Address{Org: f.admin.Org, Device: f.device}, &wire.Presence{Session: "s", Online: true}))(t)
	must(f.Pulses(ctx, map[wire.Address]*wire.Pulse{{Org: f.admin.Org, Device: f.device}: {Version: "1"}}))(t)
	must(f.Approve(ctx, admin, f.world.claimAs(t, "MNPQRSTV"), f.south.ID, "South door"))(t)
	if err := f.LockTablet(ctx, admin, f.device, "closed"); err != nil {
		t.Fatal(err)
	}
	if m := must(f.AskEntry(ctx, invite.EntryRequest{Email: "new@web.de", Code: f.joinKey}))(t); m.ID == "" {
		t.Fatal("nobody may come in by a good key")
	}
	f.exec(t, `INSERT INTO redatings (device, stream, org, low, high, since, again_low, again_high, tries) VALUES (?, ?, ?, 1, 2, 3, 4, 5, 6)`, f.device, []byte("sixteen bytes of"), f.admin.Org)
	f.exec(t, `INSERT INTO contact_changes (id, org, profile, channel, address, before, password_at, coded_at, asked_at) VALUES ('c', ?, ?, 'email', 'new@acme.example', '', 0, 1, 1)`, f.admin.Org, f.anna.ID)
	must(f.HandOut(ctx, admin, f.person(t, "Paper", "Slip", f.north.ID).ID))(t)
	must(f.BeginRequest(ctx, f.admin.Org, []byte("key"), []byte("request")))(t)
	must(f.Ask(ctx, admin, invite.Order{To: only(f.anna.ID)}))(t) // it waits already: refused
	if err := errors.Join(f.SetPolicy(ctx, admin, invite.DefaultPolicy), f.SetLogo(ctx, admin, picture(t, 40, 20)), f.SetTemplate(ctx, admin, invite.TemplateKey{Event: invite.Invite, Channel: invite.SMS, Language: "de"}, &invite.Template{Body: "{link}"})); err != nil {
		t.Fatal(err)
	}
	f.liveFaces(t)
	return f
}

// claimAs adds a claim under a user code.
func (w *world) claimAs(t *testing.T, code string) string {
	t.Helper()
	id, now := attendance.NewID[string](), w.clock.now()
	err := w.AddClaim(t.Context(), device.ClaimRecord{
		ID: id, Key: []byte("key " + id), DeviceCode: device.Hash([]byte(id)[:32]),
		Claim: device.Claim{UserCode: code, Hardware: "Bench", Created: now, Expires: now.Add(15 * time.Minute)},
	})
	if err != nil {
		t.Fatal(err)
	}
	return code
}

// other opens an empty database of the other kind, where there is one.
func other(t *testing.T, now func() time.Time) *Store {
	t.Helper()
	if server == nil {
		return fresh(t, now)
	}
	if _, ok := on.(files); !ok {
		return must(files{}.open(t.Context(), must(files{}.place(t.TempDir()))(t), now))(t)
	}
	// Another server's numbering than that of the tests which follow.
	name := "m" + strings.ReplaceAll(attendance.NewID[string](), "-", "")
	if err := server.Create(t.Context(), name, "template0"); err != nil {
		t.Fatal(err)
	}
	return must(newDatabases(server).open(t.Context(), name, now))(t)
}

// everything is what a user sees of an organisation.
func everything(t *testing.T, s *Store, actor access.Actor) string {
	t.Helper()
	members := must(s.Members(t.Context(), actor, attendance.MemberQuery{}))(t)
	punches, _, err := s.Punches(t.Context(), actor, attendance.LogQuery{})
	if err != nil {
		t.Fatal(err)
	}
	refusals, _, err := s.Refusals(t.Context(), actor, attendance.LogQuery{})
	if err != nil {
		t.Fatal(err)
	}
	tablets := must(s.Tablets(t.Context(), actor))(t)
	sites := must(s.Sites(t.Context(), actor))(t)
	users := must(s.Users(t.Context(), actor))(t)
	var feeds []string
	for _, site := range sites {
		feeds = append(feeds, must(s.SitePage(t.Context(), site.ID, 0, 1<<20))(t).String())
	}
	// The rows in quarantine are numbered by each store.
	quarantined := must(s.Quarantined(t.Context(), actor))(t)
	for i := range quarantined {
		quarantined[i].ID = 0
	}
	b, err := json.MarshalIndent([]any{members, punches, refusals, tablets, sites, users, feeds, quarantined}, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestAnOrganisationMovesWhole(t *testing.T) {
	t.Parallel()
	f := lived(t)
	ctx := t.Context()
	before, beforeAway := f.dump(t), f.number(t, `SELECT count(*) FROM departures`)
	to := other(t, f.clock.now)
	defer to.Close() //nolint:errcheck // a database of this test's own
	moved := must(f.Move(ctx, to, f.admin.Org))(t)
	if n := f.number(t, `SELECT count(*) FROM departures`); beforeAway != 0 || n != 1 {
		t.Errorf("%d organisations are noted as moved", n)
	}
	f.exec(t, `DELETE FROM departures`)
	if f.dump(t) != before {
		t.Error("the source was changed")
	}
	for _, table := range moved[0].Tables {
		if table.Rows == 0 {
			t.Errorf("%s: nothing was moved, so nothing is proved", table.Name)
		}
	}
	if moved[0].Streams != 2 || len(moved[0].Breaks) != 0 {
		t.Errorf("journals: %d, broken: %v", moved[0].Streams, moved[0].Breaks)
	}
	if here, there := everything(t, f.Store, f.admin.Actor()), everything(t, to, f.admin.Actor()); here != there {
		t.Errorf("here:\n%s\nthere:\n%s", here, there)
	}
	if _, err := to.Organisation(ctx, f.stranger.Actor()); !errors.Is(err, access.ErrNotFound) {
		t.Errorf("the other organisation: %v", err)
	}
	// Life goes on over there.
	must(to.Authenticate(ctx, "north@acme.example", password))(t)
	must(to.AddProfile(ctx, f.admin.Actor(), attendance.Profile{FirstName: "New"}, []attendance.SiteID{f.north.ID}))(t)

	// Again: not twice; and the rest, which isn't there yet.
	if _, err := f.Move(ctx, to, f.admin.Org); !errors.Is(err, access.ErrConflict) {
		t.Errorf("once more: %v", err)
	}
	must(f.Move(ctx, to, f.stranger.Org))(t)
	// And all of it to where it came from, a new place there.
	back := fresh(t, f.clock.now)
	if got := must(to.Move(ctx, back))(t); len(got) != 2 {
		t.Errorf("%d organisations went back", len(got))
	}
	if here, there := everything(t, to, f.admin.Actor()), everything(t, back, f.admin.Actor()); here != there {
		t.Errorf("there:\n%s\nback:\n%s", here, there)
	}
}

// A move that fails leaves nothing behind, and the next one works.
func TestAMoveThatFailsLeavesNothing(t *testing.T) {
	t.Parallel()
	f := lived(t)
	ctx := t.Context()
	to := other(t, f.clock.now)
	defer to.Close() //nolint:errcheck // a database of this test's own
	half, stop := context.WithCancel(ctx)
	hold := to.now
	to.now = func() time.Time { stop(); return hold() } // the moment the target's transaction has begun
	if _, err := f.Move(half, to); err == nil {
		t.Fatal("a move that was stopped says that it is done")
	}
	to.now = hold
	if first, err := to.FirstStart(ctx); err != nil || !first {
		t.Errorf("something is left: %v", err)
	}
	// Somebody over there has an address that comes along.
	if err := to.change(ctx, func(t *tx) error {
		key := attendance.NewCardKey()
		u := access.User{ID: attendance.NewID[access.UserID](), Org: attendance.NewID[attendance.OrgID](), Email: f.viewerNorth.Email, Name: "X", Role: access.OrgAdmin}
		if _, err := t.ExecContext(ctx, `INSERT INTO orgs (id, name, card_key, created_at) VALUES (?, 'Third', ?, 1)`, u.Org, key[:]); err != nil {
			return err
		}
		return t.addUser(ctx, u, "")
	}); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Move(ctx, to); !errors.Is(err, access.ErrConflict) {
		t.Errorf("an address that is taken: %v", err)
	}
	if _, err := to.Organisation(ctx, f.admin.Actor()); !errors.Is(err, access.ErrNotFound) {
		t.Errorf("half an organisation is left: %v", err)
	}
	if _, err := to.write.ExecContext(ctx, `UPDATE users SET email = 'third@other.example' WHERE email = ?`, f.viewerNorth.Email); err != nil {
		t.Fatal(err)
	}
	must(f.Move(ctx, to))(t)
}

// A new place with an authority of its own would shut every tablet out.
func TestTabletsMoveOnlyWithTheirAuthority(t *testing.T) {
	t.Parallel()
	f := lived(t)
	to := fresh(t, f.clock.now)
	must(to.Secret(t.Context(), "authority", func() ([]byte, error) { return []byte("another"), nil }))(t)
	if _, err := f.Move(t.Context(), to); !errors.Is(err, access.ErrConflict) {
		t.Errorf("moved to another authority: %v", err)
	}
}

// What has been tampered with is found.
func TestBrokenChainsAreFound(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	anna := w.person(t, "Anna", "Berg", w.north.ID)
	p := w.pen(t, w.admin.Org, w.north.ID)
	w.deliver(t, p, p.punch(anna.ID, ""), p.punch(anna.ID, ""))
	forged := p.punch(anna.ID, "")
	forged.Payload = append(forged.Payload, 8, 1)
	w.deliver(t, p, forged) // its hash is checked before it comes to the store
	streams, breaks, err := chains(t.Context(), w.read, w.admin.Org)
	if err != nil || streams != 1 || len(breaks) != 1 || !strings.Contains(breaks[0], "row 3: the content") {
		t.Errorf("%d journals, %v, %v", streams, breaks, err)
	}
}
