package portal_test

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"html"
	"image"
	"image/color"
	"image/jpeg"
	"io"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
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
	"muster/cloud/contact"
	"muster/cloud/fleet"
	"muster/cloud/portal"
	"muster/cloud/store"
	"muster/device"
	"muster/internal/cloudtest"
	"muster/invite"
	"muster/sync/wire"
)

const password = "correct horse battery"

// world is a portal over the real store, beside the real console, whose files it
// uses. Only mail providers and the network to the tablets aren't there.
type world struct {
	t      *testing.T
	store  *store.Store
	fleet  *fleet.Service
	server *httptest.Server
	log    *shelf
	porter *porter
	ahead  atomic.Int64 // how far the clock has been put on, in nanoseconds
	admin  access.User
	north  attendance.Site
}

// shelf keeps what was logged.
type shelf struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *shelf) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *shelf) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

type downlink struct{}

func (downlink) Send(wire.Address, wire.Leaf, []byte) error { return nil }
func (downlink) Kick(attendance.DeviceID) error             { return nil }

func (downlink) Announce(attendance.OrgID, string, string) {}

type contacts struct{}

func (contacts) Email(given string) (string, *invite.Refusal) { return contact.Email(given) }
func (contacts) Phone(given, region string) (string, *invite.Refusal) {
	return contact.Phone(given, region)
}

func (w *world) now() time.Time { return time.Now().Add(time.Duration(w.ahead.Load())) }

// at moves the clock to a moment.
func (w *world) at(t time.Time) { w.ahead.Store(int64(time.Until(t))) }

func newWorld(t *testing.T) *world { return newWorldAt(t, "") }

// newWorldAt is for a public address other than the server's own.
func newWorldAt(t *testing.T, address string) *world {
	t.Helper()
	w := &world{t: t, log: &shelf{}}
	db := cloudtest.Open(t)
	w.store = store.New(db.Write, db.Read, db, w.now, store.PasswordCost(64, 1, 1), store.FaceIDKeys(faceKeys(t)))
	authority := must(fleet.OpenAuthority(t.Context(), w.store, w.now))(t)
	logger := slog.New(slog.NewTextHandler(w.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	w.fleet = fleet.New(fleet.Config{
		Store: w.store, Authority: authority, Downlink: downlink{}, PublicURL: "https://muster.example", MQTT: []string{"muster.example:8883"},
		Life: 90 * 24 * time.Hour, Now: w.now, Logger: logger,
	})
	mux := http.NewServeMux()
	w.server = httptest.NewServer(mux)
	if address == "" {
		address = w.server.URL
	}
	public := must(url.Parse(address))(t)
	kit := must(console.LoadKit())(t)
	mux.Handle("/", must(console.New(console.Config{People: w.store, Fleet: w.fleet, Sessions: store.Sessions{Store: w.store}, PublicURL: public, Now: w.now, Log: logger}))(t))
	w.porter = &porter{w: w}
	own := must(portal.New(portal.Config{
		Doorman:  w.porter,
		Accounts: w.store, Contacts: contacts{}, Kit: kit, Sessions: store.Sessions{Store: w.store}, PublicURL: public, Now: w.now, Log: logger,
		Password: store.MinPassword, BadLink: func(err error) bool { return errors.Is(err, store.ErrLink) },
	}))(t)
	for _, at := range []string{"/join/", "/my", "/my/"} {
		mux.Handle(at, own)
	}
	t.Cleanup(func() {
		w.server.CloseClientConnections()
		w.server.Close()
		if err := w.store.Close(); err != nil {
			t.Error(err)
		}
	})
	secret := must(w.store.IssueSetup(t.Context()))(t)
	w.admin = must(w.store.SetUp(t.Context(), secret, access.SetUp{
		Organisation: "Acme Logistics", Email: "ada@acme.example", Name: "Ada Admin", Password: password, Language: "en",
	}))(t)
	w.north = must(w.store.AddSite(t.Context(), w.admin.Actor(), attendance.Site{Name: "Site North", TimeZone: "Europe/Berlin", Language: "en"}))(t)
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

// policy sets which steps the organisation wants.
func (w *world) policy(details, photo bool) {
	w.t.Helper()
	p := invite.DefaultPolicy
	p.Details, p.Photo = details, photo
	if err := w.store.SetPolicy(w.t.Context(), w.admin.Actor(), p); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) person(first, last, email string) attendance.Profile {
	w.t.Helper()
	p := must(w.store.AddProfile(w.t.Context(), w.admin.Actor(), attendance.Profile{FirstName: first, LastName: last}, []attendance.SiteID{w.north.ID}))(w.t)
	if email != "" {
		if err := w.store.SetContact(w.t.Context(), w.admin.Actor(), p.ID, invite.Contact{Email: email}); err != nil {
			w.t.Fatal(err)
		}
	}
	return p
}

// invited sends somebody a message, as the workers do, and returns the secret of
// its link.
func (w *world) invited(p attendance.Profile) string {
	w.t.Helper()
	ctx := w.t.Context()
	must(w.store.Ask(ctx, w.admin.Actor(), invite.Order{To: invite.Selection{IDs: []attendance.ProfileID{p.ID}}}))(w.t)
	jobs := must(w.store.TakeOn(ctx, "worker", 10, w.now().Add(time.Minute)))(w.t)
	if len(jobs) != 1 {
		w.t.Fatalf("%d messages wait", len(jobs))
	}
	secret := "s-" + uuid.NewString()
	hash := sha256.Sum256([]byte(secret))
	j := jobs[0]
	must(w.store.Hand(ctx, "worker", []invite.Handing{{
		ID: j.ID, Channel: invite.Email, Address: j.Contact.Email, Language: j.Language, Token: hash[:], Expires: w.now().Add(14 * 24 * time.Hour),
	}}))(w.t)
	if err := w.store.Settle(ctx, "worker", []invite.Outcome{{ID: j.ID}}); err != nil {
		w.t.Fatal(err)
	}
	return secret
}

func (w *world) state(p attendance.Profile) invite.State {
	w.t.Helper()
	return must(w.store.Invitation(w.t.Context(), w.admin.Actor(), p.ID))(w.t).State
}

// active makes somebody with an account that is active.
func (w *world) active(first, last, email string) attendance.Profile {
	w.t.Helper()
	p := w.person(first, last, email)
	in := must(w.store.ClaimLinkWith(w.t.Context(), w.invited(p), password))(w.t)
	if !in.Steps.Done() {
		must(w.store.ConfirmOwnDetails(w.t.Context(), in.Self))(w.t)
	}
	if in.Steps.Photo {
		must(w.store.SetOwnPhoto(w.t.Context(), in.Self, picture(w.t, 300, 200)))(w.t)
	}
	if got := w.state(p); got.Account != invite.Active {
		w.t.Fatalf("%+v", got)
	}
	return p
}

// terminal is an activated tablet.
type terminal struct {
	w      *world
	at     wire.Address
	stream uuid.UUID
	seq    uint64
	last   device.Hash

	offline bool // what is tapped is to be approved
}

func (w *world) tablet(name string) *terminal {
	w.t.Helper()
	id := uuid.New()
	err := w.store.AddClaim(w.t.Context(), device.ClaimRecord{
		Claim: device.Claim{UserCode: "BCDFGHJK", Hardware: "Raspberry Pi 5", Version: "1.4.0", Address: "192.0.2.17", Created: w.now(), Expires: w.now().Add(15 * time.Minute)},
		ID:    id.String(), DeviceCode: device.Hash(append(id[:], id[:]...)), Key: id[:],
	})
	if err != nil {
		w.t.Fatal(err)
	}
	d := must(w.fleet.Approve(w.t.Context(), w.admin.Actor(), "BCDFGHJK", w.north.ID, name))(w.t)
	return &terminal{w: w, at: wire.Address{Org: w.admin.Org, Device: d}, stream: uuid.New()}
}

// punch delivers a punch with a clock that was compared with the cloud's, or not.
func (d *terminal) punch(p attendance.Profile, way attendance.Direction, at time.Time, trust attendance.Trust) {
	d.w.t.Helper()
	body := must(proto.Marshal(&wire.PunchPayload{ProfileId: string(p.ID), SiteId: string(d.w.north.ID), Direction: wire.Direction(way), NeedsApproval: d.offline}))(d.w.t)
	d.seq++
	row := device.Row{
		Stream: d.stream, Seq: d.seq, ID: uuid.Must(uuid.NewV7()), Kind: device.KindPunch, Payload: body,
		Clock: attendance.ClockReading{Device: at, BootID: fmt.Sprint("boot ", d.seq), Trust: trust}, Prev: d.last,
	}
	row.Hash = row.Sum()
	d.last = row.Hash
	must(d.w.store.Deliver(d.w.t.Context(), []device.Delivery{{Org: d.at.Org, Device: d.at.Device, Received: at, Rows: []device.Row{row}}}))(d.w.t)
}

// picture is a JPEG with something to see in it.
func picture(t *testing.T, width, height int) []byte {
	t.Helper()
	img := image.NewRGBA(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			img.Set(x, y, color.RGBA{R: uint8(x * 255 / width), G: uint8(y * 255 / height), B: 140, A: 255}) //nolint:gosec // below 256
		}
	}
	for y := height / 4; y < height*3/4; y++ {
		for x := width / 3; x < width*2/3; x++ {
			img.Set(x, y, color.RGBA{R: 240, G: 205, B: 175, A: 255})
		}
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// browser is a plain HTTP client: no script, cookies kept, redirects not followed.
type browser struct {
	t    *testing.T
	w    *world
	http *http.Client
	head http.Header // sent with every request
}

// answer is what came back, read whole.
type answer struct {
	*http.Response
	body string
}

func (w *world) browser() *browser {
	w.t.Helper()
	tr := &http.Transport{}
	w.t.Cleanup(tr.CloseIdleConnections)
	return &browser{t: w.t, w: w, head: http.Header{}, http: &http.Client{
		Jar: must(cookiejar.New(nil))(w.t), Transport: tr, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// as returns a browser in which somebody is signed in.
func (w *world) as(name, secret string) *browser {
	w.t.Helper()
	b := w.browser()
	b.post("/my/login", url.Values{"name": {name}, "password": {secret}}).leadsTo(w.t, "/my")
	return b
}

func (b *browser) do(method, path, kind string, body io.Reader) answer {
	b.t.Helper()
	r := must(http.NewRequestWithContext(b.t.Context(), method, b.w.server.URL+path, body))(b.t)
	for k, v := range b.head {
		r.Header[k] = v
	}
	if kind != "" {
		r.Header.Set("Content-Type", kind)
	}
	res := must(b.http.Do(r))(b.t)
	defer res.Body.Close() //nolint:errcheck // it was only read
	return answer{res, string(must(io.ReadAll(res.Body))(b.t))}
}

func (b *browser) get(path string) answer {
	b.t.Helper()
	return b.do(http.MethodGet, path, "", http.NoBody)
}

func (b *browser) post(path string, form url.Values) answer {
	b.t.Helper()
	return b.do(http.MethodPost, path, "application/x-www-form-urlencoded", strings.NewReader(form.Encode()))
}

func (b *browser) upload(path, field, name string, file []byte) answer {
	b.t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	for _, f := range []string{"photo", "camera"} { // as browsers do: an empty field is sent too
		part := must(form.CreateFormFile(f, map[bool]string{true: name}[f == field]))(b.t)
		if f == field {
			_, _ = part.Write(file)
		}
	}
	if err := form.Close(); err != nil {
		b.t.Fatal(err)
	}
	return b.do(http.MethodPost, path, form.FormDataContentType(), &body)
}

var hidden = regexp.MustCompile(`name="token" value="([^"]+)"`)

// token is the hidden field of a page's form.
func (a answer) token(t *testing.T) string {
	t.Helper()
	m := hidden.FindStringSubmatch(a.body)
	if m == nil {
		t.Fatalf("no form on %s\n%s", a.Request.URL.Path, a.body)
	}
	return m[1]
}

// shows fails the test unless a page came with a status and shows texts.
func (a answer) shows(t *testing.T, status int, texts ...string) answer {
	t.Helper()
	if a.StatusCode != status {
		t.Fatalf("%s: %s, want %d\n%s", a.Request.URL.Path, a.Status, status, a.body)
	}
	for _, text := range texts {
		if !strings.Contains(html.UnescapeString(a.body), text) {
			t.Errorf("%s doesn't show %q\n%s", a.Request.URL.Path, text, a.body)
		}
	}
	return a
}

func (a answer) leadsTo(t *testing.T, path string) {
	t.Helper()
	if got := a.Header.Get("Location"); a.StatusCode != http.StatusSeeOther || got != path {
		t.Fatalf("%s: %s to %q, want to be led to %q\n%s", a.Request.URL.Path, a.Status, got, path, a.body)
	}
}
