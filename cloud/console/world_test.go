package console_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"google.golang.org/protobuf/proto"

	"muster/access"
	"muster/attendance"
	"muster/cloud/console"
	"muster/cloud/fleet"
	"muster/cloud/store"
	"muster/device"
	"muster/internal/cloudtest"
	"muster/internal/tables"
	"muster/invite"
	"muster/sync/wire"
)

const password = "correct horse battery"

// world is a console over the real store and the real fleet. Only the network
// to the tablets isn't there: what they would have sent is put into the store.
type world struct {
	t       *testing.T
	store   *store.Store
	fleet   *fleet.Service
	bus     *bus
	stick   *stick
	joined  *joined
	post    *postroom
	server  *httptest.Server
	outages []invite.Outage
	ahead   atomic.Int64 // how far the clock has been put on, in nanoseconds

	admin        access.User
	north, south attendance.Site
}

func canceled() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return ctx
}

func (w *world) now() time.Time { return time.Now().Add(time.Duration(w.ahead.Load())) }

// emptyWorld has no organisation yet.
func emptyWorld(t *testing.T) *world { return emptyWorldWith(t, "") }

func emptyWorldWith(t *testing.T, simulator string) *world {
	t.Helper()
	w := &world{t: t, bus: &bus{}, stick: &stick{}, joined: &joined{}}
	db := cloudtest.Open(t)
	w.store = store.New(db.Write, db.Read, db, w.now, store.PasswordCost(64, 1, 1), store.SMS(true), store.FaceIDKeys(faceKeys(t)))
	authority, err := fleet.OpenAuthority(t.Context(), w.store, w.now)
	if err != nil {
		t.Fatal(err)
	}
	w.post = &postroom{store: w.store, now: w.now, ways: console.Ways{Email: console.Kept, SMS: console.Kept}}
	log := slog.New(slog.NewTextHandler(t.Output(), nil))
	w.fleet = fleet.New(fleet.Config{
		Store: w.store, Authority: authority, Downlink: w.bus, PublicURL: "https://muster.example", MQTT: []string{"muster.example:8883"},
		Life: 90 * 24 * time.Hour, Now: w.now, Logger: log,
	})
	var handler http.Handler
	w.server = httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) { handler.ServeHTTP(rw, r) }))
	public, err := url.Parse(w.server.URL)
	if err != nil {
		t.Fatal(err)
	}
	handler, err = console.New(console.Config{
		People: w.store, Fleet: w.fleet, Imports: w.stick, News: w.bus, Sessions: store.Sessions{Store: w.store}, PublicURL: public, Now: w.now, Log: log,
		Contacts: w.joined, Sheets: w.joined, Tables: w.joined, QR: checkers, Mail: w.post, Lists: tables.Writer{}, Outages: func() []invite.Outage { return w.outages }, Operators: w.store, Simulator: simulator,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		w.server.CloseClientConnections() // live pages would hold Close up
		w.server.Close()
		if err := w.bus.empty(canceled()); err != nil {
			t.Errorf("after the server was closed: %v", err)
		}
		if err := w.store.Close(); err != nil {
			t.Error(err)
		}
	})
	return w
}

// newWorld has an organisation with an administrator and two sites.
func newWorld(t *testing.T) *world { return newWorldWith(t, "") }

// newWorldWith has a simulated tablet at an address.
func newWorldWith(t *testing.T, simulator string) *world {
	t.Helper()
	w := emptyWorldWith(t, simulator)
	secret := must(w.store.IssueSetup(t.Context()))(t)
	w.admin = must(w.store.SetUp(t.Context(), secret, access.SetUp{
		Organisation: "Acme Logistics", Email: "ada@acme.example", Name: "Ada Admin", Password: password, Language: "en",
	}))(t)
	w.north = w.site("Site North", "Europe/Berlin")
	w.south = w.site("Site South", "Asia/Yekaterinburg")
	return w
}

func must[T any](v T, err error) func(*testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func (w *world) site(name, zone string) attendance.Site {
	w.t.Helper()
	return must(w.store.AddSite(w.t.Context(), w.admin.Actor(), attendance.Site{Name: name, TimeZone: zone, Language: "en"}))(w.t)
}

func (w *world) person(first, last string, sites ...attendance.SiteID) attendance.Profile {
	w.t.Helper()
	return must(w.store.AddProfile(w.t.Context(), w.admin.Actor(), attendance.Profile{FirstName: first, LastName: last}, sites))(w.t)
}

func (w *world) user(role access.Role, email string, sites ...attendance.SiteID) access.User {
	w.t.Helper()
	name, _, _ := strings.Cut(email, "@")
	_, secret, err := w.store.AddUser(w.t.Context(), w.admin.Actor(), access.User{Email: email, Name: strings.ReplaceAll(name, ".", " "), Role: role, Sites: sites})
	if err != nil {
		w.t.Fatal(err)
	}
	return must(w.store.ChoosePassword(w.t.Context(), secret, password))(w.t)
}

// claim makes a tablet ask to be activated and returns its code.
func (w *world) claim(hardware string) string {
	w.t.Helper()
	code := strings.Map(func(r rune) rune { return rune("BCDFGHJKLMNPQRSTVWXZ"[r%20]) }, uuid.NewString()[:8])
	id := uuid.New()
	err := w.store.AddClaim(w.t.Context(), device.ClaimRecord{
		Claim: device.Claim{UserCode: code, Hardware: hardware, Version: "1.4.0", Address: "192.0.2.17", Created: w.now(), Expires: w.now().Add(15 * time.Minute)},
		ID:    id.String(), DeviceCode: device.Hash(append(id[:], id[:]...)), Key: id[:],
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return code
}

// terminal is an activated tablet.
type terminal struct {
	w      *world
	at     wire.Address
	site   attendance.SiteID
	stream uuid.UUID
	seq    uint64
	last   device.Hash   // of the row before
	behind time.Duration // how much later the cloud has what the tablet tells
}

func (w *world) tablet(site attendance.SiteID, name string) *terminal {
	w.t.Helper()
	id := must(w.fleet.Approve(w.t.Context(), w.admin.Actor(), w.claim("Raspberry Pi 5 · serial 1000a3f2"), site, name))(w.t)
	d := &terminal{w: w, at: wire.Address{Org: w.admin.Org, Device: id}, site: site, stream: uuid.New()}
	d.presence(true)
	d.pulse(&wire.Pulse{Version: "1.4.0", Reader: "ready", DiskFree: 12 << 30, Trust: wire.ClockTrust(attendance.TrustEstimated), Profiles: 41})
	return d
}

func (d *terminal) presence(online bool) {
	d.w.t.Helper()
	p := &wire.Presence{Session: "s", Online: online, StartedUs: 1}
	if _, err := d.w.store.Presence(d.w.t.Context(), d.at, p); err != nil {
		d.w.t.Fatal(err)
	}
	d.w.bus.Announce(d.at.Org, "device", string(d.at.Device))
}

func (d *terminal) pulse(p *wire.Pulse) {
	d.w.t.Helper()
	p.StartedUs = d.w.now().Add(-26 * time.Hour).UnixMicro()
	if _, err := d.w.store.Pulses(d.w.t.Context(), map[wire.Address]*wire.Pulse{d.at: p}); err != nil {
		d.w.t.Fatal(err)
	}
	d.w.bus.Announce(d.at.Org, "device", string(d.at.Device))
}

// tell delivers one journal row and announces what came of it. Tests tell things
// in any order of time, so each row is of a boot of its own: within one, the cloud
// would put the times in order.
func (d *terminal) tell(kind device.Kind, at time.Time, payload proto.Message) string {
	d.w.t.Helper()
	body, err := proto.Marshal(payload)
	if err != nil {
		d.w.t.Fatal(err)
	}
	d.seq++
	row := device.Row{
		Stream: d.stream, Seq: d.seq, ID: uuid.Must(uuid.NewV7()), Kind: kind, Payload: body,
		Clock: attendance.ClockReading{Device: at, BootID: fmt.Sprint("boot ", d.seq), Trust: attendance.TrustEstimated},
		Prev:  d.last,
	}
	row.Hash = row.Sum()
	d.last = row.Hash
	out, err := d.w.store.Deliver(d.w.t.Context(), []device.Delivery{{
		Org: d.at.Org, Device: d.at.Device, Received: at.Add(d.behind), Rows: []device.Row{row},
	}})
	if err != nil {
		d.w.t.Fatal(err)
	}
	for _, n := range out[0].News {
		d.w.bus.Announce(d.at.Org, n.Topic, n.ID)
	}
	return row.ID.String()
}

func (d *terminal) punch(p attendance.Profile, way attendance.Direction, at time.Time) string {
	d.w.t.Helper()
	return d.tell(device.KindPunch, at, &wire.PunchPayload{ProfileId: string(p.ID), SiteId: string(d.site), Direction: wire.Direction(way)})
}

func (d *terminal) refuse(reason attendance.Reason, p attendance.ProfileID, at time.Time) string {
	d.w.t.Helper()
	card := attendance.NewCardKey().ID([]byte{4, 1, 2, 3})
	return d.tell(device.KindRefusal, at, &wire.RefusalPayload{Reason: string(reason), CardId: string(card), ProfileId: string(p)})
}

// bus carries news, as the broker does in the cloud.
type bus struct {
	mu   sync.Mutex
	next int
	to   map[int]func(org attendance.OrgID, topic, id string)
	left chan struct{} // closed when a listener leaves, and made anew
}

func (b *bus) Announce(org attendance.OrgID, topic, id string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, f := range b.to {
		f(org, topic, id)
	}
}

func (b *bus) Listen(org attendance.OrgID, f func(topic, id string)) (func(), error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.to == nil {
		b.to = map[int]func(attendance.OrgID, string, string){}
		b.left = make(chan struct{})
	}
	b.next++
	n := b.next
	b.to[n] = func(to attendance.OrgID, topic, id string) {
		if to == org {
			f(topic, id)
		}
	}
	return func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		delete(b.to, n)
		close(b.left)
		b.left = make(chan struct{})
	}, nil
}

// empty waits until nobody listens any more.
func (b *bus) empty(ctx context.Context) error {
	for {
		b.mu.Lock()
		n, left := len(b.to), b.left
		b.mu.Unlock()
		if n == 0 {
			return nil
		}
		select {
		case <-left:
		case <-ctx.Done():
			return fmt.Errorf("%d live pages still listen: %w", n, ctx.Err())
		}
	}
}

func (b *bus) Send(wire.Address, wire.Leaf, []byte) error { return nil }
func (b *bus) Kick(attendance.DeviceID) error             { return nil }

// browser keeps cookies and does not follow redirects by itself.
type browser struct {
	t    *testing.T
	w    *world
	http *http.Client
}

// answer is what came back, read whole.
type answer struct {
	*http.Response
	body string
}

func (w *world) browser() *browser {
	w.t.Helper()
	jar := must(cookiejar.New(nil))(w.t)
	tr := &http.Transport{}
	w.t.Cleanup(tr.CloseIdleConnections)
	return &browser{t: w.t, w: w, http: &http.Client{Jar: jar, Transport: tr, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

// as returns a browser in which somebody is signed in.
func (w *world) as(email string) *browser {
	w.t.Helper()
	b := w.browser()
	if a := b.post("/login", url.Values{"email": {email}, "password": {password}}); a.StatusCode != http.StatusSeeOther {
		w.t.Fatalf("sign in as %s: %s\n%s", email, a.Status, a.body)
	}
	return b
}

func (b *browser) do(r *http.Request) answer {
	b.t.Helper()
	res, err := b.http.Do(r)
	if err != nil {
		b.t.Fatal(err)
	}
	defer res.Body.Close() //nolint:errcheck // it was only read
	body, err := io.ReadAll(res.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	return answer{res, string(body)}
}

func (b *browser) request(method, path string, body io.Reader) *http.Request {
	b.t.Helper()
	r, err := http.NewRequestWithContext(b.t.Context(), method, b.w.server.URL+path, body)
	if err != nil {
		b.t.Fatal(err)
	}
	return r
}

func (b *browser) get(path string) answer {
	b.t.Helper()
	return b.do(b.request(http.MethodGet, path, http.NoBody))
}

// post sends a form as a page of the console does.
func (b *browser) post(path string, form url.Values) answer {
	b.t.Helper()
	r := b.request(http.MethodPost, path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	return b.do(r)
}

// shows fails the test unless a page came with a status and shows texts.
func (a answer) shows(t *testing.T, status int, texts ...string) {
	t.Helper()
	if a.StatusCode != status {
		t.Fatalf("%s: %s, want %d\n%s", a.Request.URL.Path, a.Status, status, a.body)
	}
	for _, text := range texts {
		if !strings.Contains(a.body, text) {
			t.Errorf("%s doesn't show %q", a.Request.URL.Path, text)
		}
	}
}

// leadsTo fails the test unless the answer leads somewhere else.
func (a answer) leadsTo(t *testing.T, path string) {
	t.Helper()
	if got := a.Header.Get("Location"); a.StatusCode != http.StatusSeeOther || got != path {
		t.Fatalf("%s: %s to %q, want to be led to %q\n%s", a.Request.URL.Path, a.Status, got, path, a.body)
	}
}

func at(format string, args ...any) string { return fmt.Sprintf(format, args...) }
