package store

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"muster/access"
	"muster/attendance"
	"muster/device"
	"muster/intake"
	"muster/invite"
)

// furnished is a world with something of everything at the north site.
type furnished struct {
	*world
	anna    attendance.Profile
	card    attendance.CardID
	spare   attendance.CardID
	photo   string
	jpeg    []byte
	device  attendance.DeviceID
	punch   attendance.PunchID
	refusal string
	token   string
	claim   string // the user code of a tablet that waits
	capture string
	doubt   int64 // in quarantine: a punch of somebody unknown
	batch   invite.BatchID
	kept    invite.MessageID
	list    intake.ID
	gone    attendance.Profile // whose account has ended
	record  string             // that proves the domain furnished.example
	mailed  string             // the code that was sent for it
	joinKey string
	asked   attendance.Profile // for a face reference
	group   invite.GroupID     // of the directory

	texts   int               // see domainArgument
	queried attendance.SiteID // the site that queries ask for; empty: all
}

func (w *world) furnish(t *testing.T) *furnished {
	t.Helper()
	ctx, admin := t.Context(), w.admin.Actor()
	f := &furnished{world: w, anna: w.person(t, "Annabella", "Bergmann", w.north.ID)}
	uid := []byte{4, 1, 2, 3}
	f.card, f.spare = w.cardOf(ctx, t, w.admin.Org, uid), w.cardOf(ctx, t, w.admin.Org, []byte{4, 9, 9, 9})
	if err := w.AssignUID(ctx, admin, f.anna.ID, uid, "MIFARE"); err != nil {
		t.Fatal(err)
	}
	if err := w.SetPhoto(ctx, admin, f.anna.ID, picture(t, 40, 30)); err != nil {
		t.Fatal(err)
	}
	f.anna = must(w.Member(ctx, admin, f.anna.ID))(t).Profile
	f.photo = f.anna.Photo
	f.jpeg = must(w.Photo(ctx, admin, f.photo))(t)
	f.device = w.device(t, w.admin.Org, w.north.ID, "Gatehouse")
	f.punch = w.punch(t, f.device, w.north.ID, f.anna.ID, f.card, w.clock.now())
	w.exec(t, `UPDATE punches SET approval = 'waiting' WHERE id = ?`, f.punch)
	f.refusal = w.refuse(t, f.device, w.north.ID, f.anna.ID, w.clock.now())
	w.exec(t, `INSERT INTO quarantine (org, device, reason, received_at) VALUES (?, ?, 'strange-reason', 5)`, w.admin.Org, f.device)
	p := &pen{t: t, from: device.Delivery{Org: w.admin.Org, Device: f.device}, site: w.north.ID, last: device.Row{Stream: uuid.New()}, now: w.clock.now}
	w.deliver(t, p, p.punch(nobody, f.card))
	f.doubt = w.idOf(t, p, 1)
	must(w.IssueAPIToken(ctx, admin, "payroll-token", time.Time{}))(t)
	f.token = must(w.APITokens(ctx, admin))(t)[0].ID
	f.gone = w.person(t, "Gundula", "Gone", w.north.ID)
	if err := errors.Join(
		w.SetContact(ctx, admin, f.anna.ID, invite.Contact{Email: "annabella@acme.example", Phone: "+4915112345678", ExternalID: "payroll-17"}),
		w.DeactivateAccount(ctx, admin, f.gone.ID),
	); err != nil {
		t.Fatal(err)
	}
	f.allowFaces(t)
	f.asked = w.faceAsked(t, "Asta")
	f.record = must(w.AddDomain(ctx, admin, "furnished.example"))(t).Record
	f.mailed = must(w.DomainCode(ctx, admin, "furnished.example", "postmaster@furnished.example"))(t)
	w.clock.forward(2 * time.Minute)
	f.joinKey = must(w.DrawJoinCode(ctx, admin, invite.ByKey, "", time.Time{}))(t).Code
	if err := errors.Join(w.SetUnit(ctx, admin, "furnished-unit", f.north.ID), w.SetWay(ctx, admin, invite.ByKey, true),
		w.SetLicence(ctx, admin.Org, invite.Licence{Type: invite.Education, Seats: 100})); err != nil {
		t.Fatal(err)
	}
	f.group = w.directory(t, f.anna.ID)
	f.batch = must(w.Ask(ctx, admin, invite.Order{To: only(f.anna.ID), Texts: map[invite.TemplateKey]invite.Template{
		{Event: invite.Invite, Channel: invite.SMS, Language: "de"}: {Body: "only-this-order {link}"},
	}}))(t).ID
	f.list = w.listOf(t, f.anna, admin)
	w.exec(t, `INSERT INTO blocks (org, address, reason, detail, since) VALUES (?, '+4915112345678', 'unknown-number', 'nobody-there', 1)`, admin.Org)
	f.kept = attendance.NewID[invite.MessageID]()
	if err := w.Keep(ctx, invite.Message{ID: f.kept, Org: w.admin.Org, Channel: invite.Email, To: "annabella@acme.example", Text: "Hello"}, w.clock.now()); err != nil {
		t.Fatal(err)
	}
	f.claim, f.capture = w.claim(t), must(w.StartCapture(ctx, admin, f.device, f.anna.ID))(t).ID
	return f
}

func (w *world) exec(t *testing.T, query string, args ...any) {
	t.Helper()
	if _, err := w.write.ExecContext(t.Context(), query, args...); err != nil {
		t.Fatal(err)
	}
}

func (w *world) device(t *testing.T, org attendance.OrgID, site attendance.SiteID, name string) attendance.DeviceID {
	t.Helper()
	id := attendance.NewID[attendance.DeviceID]()
	w.exec(t, `INSERT INTO devices (id, org, site, name, created_at) VALUES (?, ?, ?, ?, 1)`, id, org, site, name)
	return id
}

func (w *world) punch(t *testing.T, d attendance.DeviceID, site attendance.SiteID, p attendance.ProfileID, card attendance.CardID, at time.Time) attendance.PunchID {
	t.Helper()
	id := attendance.NewID[attendance.PunchID]()
	w.exec(t, `INSERT INTO punches (id, org, site, device, profile, card, direction, at, device_time, trust, received_at)
		VALUES (?, (SELECT org FROM sites WHERE id = ?), ?, ?, ?, ?, 'in', ?, ?, 1, ?)`,
		id, site, site, d, p, card, micros(at), micros(at.Add(-time.Minute)), micros(at.Add(time.Second)))
	return id
}

func (w *world) refuse(t *testing.T, d attendance.DeviceID, site attendance.SiteID, p attendance.ProfileID, at time.Time) string {
	t.Helper()
	id := attendance.NewID[string]()
	w.exec(t, `INSERT INTO refusals (id, org, site, device, reason, profile, at, received_at)
		VALUES (?, (SELECT org FROM sites WHERE id = ?), ?, ?, 'blocked-card', ?, ?, ?)`, id, site, site, d, p, micros(at), micros(at))
	return id
}

// actorMethods returns the methods of the store whose second argument is the
// actor. Whoever adds one has it walked over below without doing anything.
func actorMethods() map[string]reflect.Method {
	all := map[string]reflect.Method{}
	for m := range reflect.TypeFor[*Store]().Methods() {
		if m.Type.NumIn() > 2 && m.Type.In(2) == reflect.TypeFor[access.Actor]() {
			all[m.Name] = m
		}
	}
	return all
}

// call calls a method on behalf of the actor with arguments that name what is
// at the north site. The results come back as JSON.
func (f *furnished) call(t *testing.T, m reflect.Method, actor access.Actor) (result string, err error) {
	t.Helper()
	args := []reflect.Value{reflect.ValueOf(f.Store), reflect.ValueOf(t.Context()), reflect.ValueOf(actor)}
	for i := 3; i < m.Type.NumIn(); i++ {
		args = append(args, f.argument(t, m, m.Type.In(i)))
	}
	var out []any
	for _, v := range m.Func.Call(args) {
		if e, ok := v.Interface().(error); ok {
			err = e
		}
		out = append(out, v.Interface())
	}
	b, jsonErr := json.Marshal(out)
	if jsonErr != nil {
		t.Fatal(jsonErr)
	}
	return string(b), err
}

func (f *furnished) argument(t *testing.T, m reflect.Method, typ reflect.Type) reflect.Value {
	t.Helper()
	for _, known := range append(edits(), []any{
		f.doubt, f.anna.ID, f.north.ID, f.batch, f.list, f.group, intake.Same,
		intake.Confirmation{},
		intake.Upload{Kind: intake.People, Name: "list.csv", File: []byte("x")},
		f.card, f.device, f.punch, f.viewerNorth.ID,
		[]attendance.SiteID{f.north.ID},
		time.Time{},
		7,
		attendance.Card{ID: f.spare},
		device.Hash{1},
		true,
		[]string{f.record},
		[]invite.RosterEntry{{Contact: invite.Contact{ExternalID: "sync-1"}, FirstName: "Synced", Sites: []attendance.SiteID{f.north.ID}}},
		RosterSync{},
		invite.ByAddress,
		attendance.MemberQuery{Site: f.queried},
		invite.Query{Filter: invite.Filter{Site: f.queried}},
		invite.Filter{Site: f.queried},
		invite.Order{To: only(f.anna.ID)},
		invite.Contact{Email: "new@acme.example"},
		invite.DefaultPolicy,
		invite.Style{Sender: "Acme", ReplyTo: "hr@acme.example"},
		invite.TemplateKey{Event: invite.Invite, Channel: invite.Email, Language: "de"},
		&invite.Template{Subject: "s", Body: "{link}"},
		attendance.LogQuery{Site: f.queried},
		attendance.Decision{Verdict: attendance.Rejected, IDs: []attendance.PunchID{f.punch}},
		access.AuditQuery{},
		access.TokenTerms{Name: "text", Scopes: []access.Scope{access.ScopeRosterRead}},
		[]string{"annabella@acme.example", "payroll-17"},
		attendance.Profile{ID: f.anna.ID, FirstName: "New", LastName: "Name"},
		attendance.Site{ID: f.north.ID, Name: "New Name", TimeZone: "UTC"},
		access.User{ID: f.viewerNorth.ID, Email: "new@new.example", Name: "New", Role: access.Viewer, Sites: []attendance.SiteID{f.north.ID}},
	}...) {
		if reflect.TypeOf(known) == typ {
			if m.Name == "DrawJoinCode" && typ == reflect.TypeFor[invite.Way]() {
				known = invite.ByLink
			}
			if m.Name == "SetWay" && typ == reflect.TypeFor[invite.Way]() {
				known = invite.ByLink
			}
			if m.Name == "ReactivateAccount" {
				known = f.gone.ID
			}
			if m.Name == "ResetFaceID" {
				known = f.asked.ID
			}
			if m.Name == "AssignCard" && known == any(f.card) {
				known = f.spare
			}
			return reflect.ValueOf(known)
		}
	}
	switch {
	case typ.Kind() == reflect.String:
		s, ok := map[string]string{
			"Photo": f.photo, "Refusal": f.refusal, "RevokeAPIToken": f.token, "SetTokenInvites": f.token, "BlockPage": "", "BatchPage": "", "QuarantinePage": "",
			"LiftBlock": "+4915112345678", "Kept": string(f.kept),
			"Claim": f.claim, "Approve": f.claim, "Deny": f.claim, "CardCapture": f.capture, "CancelCapture": f.capture,
		}[m.Name]
		switch {
		case m.Name == "AddDomain":
			s = "another.example"
		case strings.Contains(m.Name, "Domain"):
			s = f.domainArgument(m.Name)
		case m.Name == "RemoveUnit":
			s = "furnished-unit"
		case !ok:
			s = "text"
		}
		return reflect.ValueOf(s).Convert(typ)
	case typ == reflect.TypeFor[[]byte]() && (m.Name == "SetPhoto" || m.Name == "SetLogo"):
		return reflect.ValueOf(picture(t, 10, 10))
	case typ == reflect.TypeFor[[]byte]():
		return reflect.ValueOf([]byte{4, 7, 7, 7})
	case typ == reflect.TypeFor[[]attendance.ProfileID]():
		return reflect.ValueOf([]attendance.ProfileID{f.anna.ID})
	default:
		t.Fatalf("%s takes a %v: tell this test what to give it", m.Name, typ)
		return reflect.Value{}
	}
}

// domainArgument returns the next text that a method about a domain takes: the
// domain, then what belongs to it.
func (f *furnished) domainArgument(method string) string {
	f.texts++
	if f.texts%2 == 1 || method == "VerifyDomain" || method == "RemoveDomain" {
		return "furnished.example"
	}
	if method == "DomainCode" {
		return "postmaster@furnished.example"
	}
	return f.mailed
}

// everythingNorth is what nobody may learn who doesn't belong there.
func (f *furnished) everythingNorth() []string {
	return []string{
		string(f.north.ID), f.north.Name, string(f.anna.ID), f.anna.FirstName, f.anna.LastName, f.anna.Number, f.photo, base64.StdEncoding.EncodeToString(f.jpeg), string(f.card),
		string(f.device), "Gatehouse", string(f.punch), f.refusal, "strange-reason", f.token, "payroll-token", f.capture,
		string(f.viewerNorth.ID), f.viewerNorth.Email, f.managerNorth.Email,
		f.record, f.mailed, f.joinKey, "furnished.example", "furnished-unit", string(f.group), "furnished-group", "annabella-login",
		"annabella@acme.example", "4915112345678", "payroll-17", string(f.batch), string(f.kept), string(f.list), "secret-list.csv", "nobody-there",
	}
}

// everybodyElse has no business at the north site.
var everybodyElse = []string{"nobody", "disabled", "stranger", "managerSouth", "viewerNorth"}

func (f *furnished) actor(who string) access.Actor {
	disabled := f.admin
	disabled.Disabled = true
	return map[string]access.Actor{
		"nobody": {}, "disabled": disabled.Actor(), "stranger": f.stranger.Actor(), "managerSouth": f.managerSouth.Actor(), "viewerNorth": f.viewerNorth.Actor(),
	}[who]
}

// try calls a method for somebody, who must learn nothing.
func (f *furnished) try(t *testing.T, m reflect.Method, who string) {
	t.Helper()
	for _, f.queried = range []attendance.SiteID{"", f.north.ID} {
		got, err := f.call(t, m, f.actor(who))
		switch who {
		case "nobody", "disabled":
			if !errors.Is(err, access.ErrForbidden) {
				t.Errorf("%s, for %s: %s, %v", m.Name, who, got, err)
			}
		case "stranger", "managerSouth":
			for _, secret := range f.everythingNorth() {
				if strings.Contains(got, secret) || err != nil && strings.Contains(err.Error(), secret) {
					t.Errorf("%s, for %s, who learns %q: %s, %v", m.Name, who, secret, got, err)
				}
			}
		}
	}
}

// whoChanges tells for whom a method changes something, each in a world of its own.
func whoChanges(t *testing.T, m reflect.Method, may []string) (all []string) {
	t.Helper()
	for _, who := range may {
		f := furnish(t)
		before := f.dump(t)
		if f.try(t, m, who); f.dump(t) != before {
			all = append(all, who)
		}
	}
	return all
}

// Every method that acts for somebody, called by everybody who has no business
// there: nothing shows, nothing changes.
func TestNothingLeaksAndNothingChanges(t *testing.T) {
	t.Parallel()
	methods := actorMethods()
	if len(methods) < 25 {
		t.Fatalf("only %d methods take an actor", len(methods))
	}
	// These act on what is the actor's own, or on a tablet that is nobody's yet,
	// so they do change something.
	own := map[string][]string{
		"IssueAPIToken": {"stranger", "managerSouth", "viewerNorth"}, "IssueToken": {"stranger", "managerSouth", "viewerNorth"},
		"Record": {"stranger", "managerSouth", "viewerNorth"}, "AddSite": {"stranger"}, "SetWay": {"stranger"}, "AddDomain": {"stranger"},
		"Deny": {"stranger", "managerSouth"}, "Ask": {"stranger", "managerSouth"}, // an order that finds nobody
		"SetPolicy": {"stranger"}, "SetTemplate": {"stranger"}, "EditPolicy": {"stranger"}, "EditTemplate": {"stranger"}, "SetStyle": {"stranger"}, "SetLogo": {"stranger"},
		"StartIntake": {"stranger", "managerSouth"}, "AddDirectoryPerson": {"stranger"}, "AddDirectoryGroup": {"stranger"},
		"ChangeOwnPassword": {"stranger", "managerSouth", "viewerNorth"}, // a wrong password is counted
	}
	for _, name := range slices.Sorted(maps.Keys(methods)) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m, f := methods[name], furnish(t)
			before := f.dump(t) // the whole database, which is dear: once for all of them
			var mayNot []string
			for _, who := range everybodyElse {
				if !slices.Contains(own[name], who) {
					mayNot = append(mayNot, who)
					f.try(t, m, who)
				}
			}
			if f.dump(t) != before {
				t.Errorf("%s changed something for one of those who may not: %v", name, whoChanges(t, m, mayNot))
			}
			for _, who := range own[name] {
				f.try(t, m, who)
			}
		})
	}
}
