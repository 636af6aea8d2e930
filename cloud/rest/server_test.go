package rest_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"database/sql"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"muster/access"
	"muster/attendance"
	"muster/cloud/console"
	"muster/cloud/contact"
	"muster/cloud/edge"
	"muster/cloud/fleet"
	"muster/cloud/rest"
	"muster/cloud/sheet"
	"muster/cloud/store"
	"muster/cloud/store/sqlite"
	"muster/internal/cloudtest"
	"muster/invite"
	"muster/sync/bundle"
	"muster/sync/wire"
)

// clock is set by hand and moves on a microsecond with each look.
type clock struct {
	mu sync.Mutex
	t  time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.t = c.t.Add(time.Microsecond)
	return c.t
}

func (c *clock) forward(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.t = c.t.Add(d)
}

const password = "correct horse battery"

// cloud is the API over the real store, the real fleet service and the real
// broker, without an organisation yet.
type cloud struct {
	*httptest.Server
	t       testing.TB
	clock   *clock
	store   *store.Store
	edge    *edge.Edge
	devices http.Handler
	db      *sql.DB // beside the store, for what comes from elsewhere
	setUp   string  // the secret
	letters letters
}

// contacts are the ones of package contact, whose tests they are not.
type contacts struct{}

func (contacts) Email(given string) (string, *invite.Refusal) { return contact.Email(given) }

func (contacts) Phone(given, region string) (string, *invite.Refusal) {
	return contact.Phone(given, region)
}

// sheets are the ones of package sheet.
type sheets struct{}

func (sheets) Open(w io.Writer, format, language, name string, titles ...string) (console.Table, error) {
	if format == "xlsx" {
		return sheet.NewXLSX(w, name, titles...)
	}
	return sheet.NewCSV(w, language, titles...)
}

// letters notes what is sent to try a text.
type letters struct {
	mu   sync.Mutex
	sent []string
}

func (*letters) Standard(k invite.TemplateKey) invite.Template {
	return invite.Template{Subject: "standard " + k.Language, Body: "{link}"}
}

func (*letters) Preview(_ context.Context, _ attendance.OrgID, k invite.TemplateKey, text invite.Template) (invite.Message, error) {
	return invite.Message{Subject: text.Subject, Text: text.Fill(invite.Variables{Link: "https://x", Name: k.Language}).Body}, nil
}

func (l *letters) SendTest(_ context.Context, _ attendance.OrgID, to string, _ invite.TemplateKey, text invite.Template) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.sent = append(l.sent, to+" "+text.Subject)
	return nil
}

func (l *letters) SendDomainCode(_ context.Context, _ attendance.OrgID, _, _, to string, draw func() (string, error)) error {
	code, err := draw()
	if err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.sent = append(l.sent, to+" "+code)
	return nil
}

func startCloud(t testing.TB) *cloud {
	t.Helper()
	c := &cloud{t: t, clock: &clock{t: time.Now().UTC().Truncate(time.Second)}}
	dir, log := t.TempDir(), slog.New(slog.DiscardHandler)
	path := filepath.Join(dir, "cloud.db")
	cloudtest.Place(t, path)
	db, err := sqlite.Open(t.Context(), path)
	c.check(err)
	c.store = store.New(db.Write, db.Read, db, c.clock.now, store.PasswordCost(64, 1, 1), store.FaceIDKeys(faceKeys(t)))
	t.Cleanup(func() { c.check(c.store.Close()) })
	c.db, err = sql.Open("sqlite3", path+"?_busy_timeout=10000&_txlock=immediate")
	c.check(err)
	t.Cleanup(func() { c.check(c.db.Close()) })
	authority, err := fleet.OpenAuthority(t.Context(), c.store, c.clock.now)
	c.check(err)
	c.edge, err = edge.Start(t.Context(), edge.Config{
		Listen: "127.0.0.1:0", Certificate: authority.Server("127.0.0.1").Certificate, Authority: authority.Pool(), Registry: c.store, Scratch: dir, Logger: log,
	})
	c.check(err)
	t.Cleanup(func() { c.check(c.edge.Close()) })
	tablets := fleet.New(fleet.Config{
		Store: c.store, Authority: authority, Downlink: c.edge, PublicURL: "https://muster.example", MQTT: []string{c.edge.Addr()},
		Life: 90 * 24 * time.Hour, Now: c.clock.now, Logger: log,
	})
	c.devices = tablets.DeviceHandler()
	files, err := console.NewExporter(console.Config{People: c.store, Fleet: tablets, Tables: sheets{}, Now: c.clock.now})
	c.check(err)
	h, err := rest.New(rest.Config{
		Exports:  files,
		Contacts: contacts{}, Letters: &c.letters,
		Store: c.store, Fleet: tablets, Imports: bundle.Receiver{Store: c.store, Now: c.clock.now}, News: c.edge, PublicURL: "https://muster.example/", Now: c.clock.now, Logger: log,
	})
	c.check(err)
	c.Server = httptest.NewServer(h)
	t.Cleanup(c.Close)
	c.setUp, err = c.store.IssueSetup(t.Context())
	c.check(err)
	return c
}

func (c *cloud) check(err error) {
	c.t.Helper()
	if err != nil {
		c.t.Fatal(err)
	}
}

func (c *cloud) exec(query string, args ...any) {
	c.t.Helper()
	_, err := c.db.Exec(query, args...)
	c.check(err)
}

// answer is what the API said.
type answer struct {
	asked  string
	status int
	header http.Header
	raw    []byte
}

// json returns the body's field at a path such as "items.0.name".
func (a answer) at(path string) any {
	var v any
	if json.Unmarshal(a.raw, &v) != nil {
		return nil
	}
	for step := range strings.SplitSeq(path, ".") {
		switch in := v.(type) {
		case map[string]any:
			v = in[step]
		case []any:
			i := int(step[0] - '0')
			if len(step) != 1 || i >= len(in) {
				return nil
			}
			v = in[i]
		default:
			return nil
		}
	}
	return v
}

func (a answer) text(path string) string {
	s, _ := a.at(path).(string)
	return s
}

// field returns "field problem" of the first field that a refusal names.
func (a answer) field() string {
	return strings.TrimSpace(a.text("errors.0.field") + " " + a.text("errors.0.problem"))
}

// request sends a request with a token. A body that is bytes goes as it is,
// anything else as JSON.
func (c *cloud) request(method, path, token string, body any) answer {
	c.t.Helper()
	var r io.Reader
	kind := "application/json"
	switch b := body.(type) {
	case nil:
	case []byte:
		r, kind = bytes.NewReader(b), "image/png"
	case string:
		r = strings.NewReader(b)
	default:
		j, err := json.Marshal(b)
		c.check(err)
		r = bytes.NewReader(j)
	}
	ctx, cancel := context.WithTimeout(c.t.Context(), 5*time.Minute)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, c.URL+path, r)
	c.check(err)
	if r != nil {
		req.Header.Set("Content-Type", kind)
	}
	if email, pass, ok := strings.Cut(token, " "); ok {
		req.SetBasicAuth(email, pass)
	} else if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	res, err := c.Client().Do(req)
	c.check(err)
	defer res.Body.Close() //nolint:errcheck // it has been read
	raw, err := io.ReadAll(res.Body)
	c.check(err)
	return answer{method + " " + path, res.StatusCode, res.Header, raw}
}

// want ends the test unless the status is the wanted one.
func (c *cloud) want(status int, a answer) answer {
	c.t.Helper()
	if a.status != status {
		c.t.Fatalf("%s: status %d, want %d: %s", a.asked, a.status, status, a.raw)
	}
	return a
}

type object = map[string]any

// office is a cloud with an organisation, people and tablets in it.
type office struct {
	*cloud
	admin, manager, far, viewer, stranger string // tokens; far manages the other site
	org                                   string
	north, south                          string // sites
	anna                                  string // at the north site, with a card and a photo
	card, photo                           string
	device                                string // at the north site
	punch, refusal                        string
	doubt                                 string // in quarantine: a punch of somebody unknown
	user                                  string // the viewer's id
	elsewhere                             string // a site of another organisation

	batch string // an invitation of Anna, which waits

	capture, tokenID, code, list string // where a test needs them
	waits                        string // a punch of Anna that waits for approval; see toApprove
}

func (o *office) orgID() attendance.OrgID { return attendance.OrgID(o.org) }

func openOffice(t testing.TB) *office {
	t.Helper()
	o := &office{cloud: startCloud(t)}
	founded := o.want(201, o.request("POST", "/api/v1/setup", "", object{
		"token": o.setUp, "organisation": "Acme", "email": "admin@acme.example", "name": "Ada", "password": password,
	}))
	o.admin, o.org = founded.text("token"), founded.text("organisation.id")
	site := func(name string) string {
		return o.want(201, o.request("POST", "/api/v1/sites", o.admin, object{"name": name, "time_zone": "Europe/Berlin"})).text("id")
	}
	o.north, o.south = site("North"), site("South")
	o.manager, _ = o.account("north@acme.example", "site-manager", o.north)
	o.far, _ = o.account("south@acme.example", "site-manager", o.south)
	o.viewer, o.user = o.account("viewer@acme.example", "viewer", o.north)
	o.anna = o.want(201, o.request("POST", "/api/v1/employees", o.admin, object{
		"first_name": "Annabella", "last_name": "Bergmann", "sites": []string{o.north},
	})).text("id")
	o.card = o.want(201, o.request("POST", "/api/v1/employees/"+o.anna+"/cards", o.admin, object{"uid": "04:a1:b2:c3"})).text("cards.0.id")
	o.photo = o.want(200, o.request("PUT", "/api/v1/employees/"+o.anna+"/photo", o.admin, square(t))).text("photo")
	o.device = o.want(201, o.request("POST", "/api/v1/claims/"+o.claim()+"/approve", o.admin, object{"site": o.north, "name": "Gatehouse"})).text("id")
	o.want(200, o.request("PUT", "/api/v1/employees/"+o.anna+"/contact", o.admin, object{"email": "annabella@acme.example"}))
	o.batch = o.want(201, o.request("POST", "/api/v1/batches", o.admin, object{"to": object{"ids": []string{o.anna}}})).text("id")
	o.punch = o.arrive(o.north, o.device, o.anna)
	o.refusal = attendance.NewID[string]()
	o.exec(`INSERT INTO refusals (id, org, site, device, reason, card, profile, at, received_at) VALUES (?, ?, ?, ?, 'blocked-card', ?, ?, 9, 9)`,
		o.refusal, o.org, o.north, o.device, o.card, o.anna)
	o.exec(`INSERT INTO quarantine (org, device, reason, received_at) VALUES (?, ?, 'strange-reason', 5)`, o.org, o.device)
	o.tell(o.device, &wire.PunchPayload{ProfileId: nobody, SiteId: o.north, CardId: o.card, Direction: wire.Direction_DIRECTION_IN})
	o.doubt = o.entry("unknown-profile")
	o.stranger, o.elsewhere = o.neighbour()
	return o
}

// account adds a user, chooses their password and signs in.
func (o *office) account(email, role string, sites ...string) (token, id string) {
	o.t.Helper()
	a := o.want(201, o.request("POST", "/api/v1/users", o.admin, object{"email": email, "name": "Somebody", "role": role, "sites": sites}))
	_, secret, _ := strings.Cut(a.text("password_url"), "token=")
	_, err := o.store.ChoosePassword(o.t.Context(), secret, password)
	o.check(err)
	return o.want(201, o.request("POST", "/api/v1/tokens", email+" "+password, nil)).text("token"), a.text("user.id")
}

// claim has a tablet ask to be activated, and returns its code.
func (o *office) claim() string {
	o.t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	o.check(err)
	der, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	o.check(err)
	body, err := json.Marshal(wire.ClaimRequest{PublicKey: der, Hardware: "Bench tablet", Version: "1.2.3"})
	o.check(err)
	w := httptest.NewRecorder()
	o.devices.ServeHTTP(w, httptest.NewRequest(http.MethodPost, wire.PathClaims, bytes.NewReader(body)))
	return o.want(200, answer{"claim", w.Code, w.Header(), w.Body.Bytes()}).text("user_code")
}

// arrive puts a punch where the ingest would.
func (o *office) arrive(site, device, who string) string {
	o.t.Helper()
	id, at := attendance.NewID[string](), o.clock.now().UnixMicro()
	o.exec(`INSERT INTO punches (id, org, site, device, profile, card, direction, at, device_time, trust, received_at)
		VALUES (?, ?, ?, ?, ?, ?, 'in', ?, ?, 1, ?)`, id, o.org, site, device, who, o.card, at, at, at)
	return id
}

// neighbour makes a second organisation, which the API can't yet, and returns
// its administrator's token and its site.
func (o *office) neighbour() (token, site string) {
	o.t.Helper()
	org, user := attendance.NewID[string](), attendance.NewID[string]()
	key := attendance.NewCardKey()
	o.exec(`INSERT INTO orgs (id, name, card_key, created_at) VALUES (?, 'Other', ?, 1)`, org, key[:])
	o.exec(`INSERT INTO users (id, org, email, name, role, created_at) VALUES (?, ?, 'admin@other.example', 'Olga', ?, 1)`, user, org, access.OrgAdmin)
	token = rand.Text()
	hash := sha256.Sum256([]byte(token))
	o.exec(`INSERT INTO tokens (hash, purpose, org, user_id, name, created_at, expires_at) VALUES (?, 'api', ?, ?, 'x', 1, 0)`, hash[:], org, user)
	return token, o.want(201, o.request("POST", "/api/v1/sites", token, object{"name": "Elsewhere", "time_zone": "UTC"})).text("id")
}
