package scim_test

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"muster/access"
	"muster/attendance"
	"muster/cloud/scim"
	"muster/cloud/store"
	"muster/cloud/store/sqlite"
	"muster/internal/cloudtest"
	"muster/internal/tables"
	"muster/invite"
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

// house is the protocol over the real store, with an organisation of two sites.
type house struct {
	*httptest.Server
	t            testing.TB
	clock        *clock
	store        *store.Store
	db           *sql.DB // beside the store, to look
	admin        access.User
	north, south attendance.SiteID
	token        string // for accounts:manage, silent
}

func build(t testing.TB) *house {
	t.Helper()
	h := &house{t: t, clock: &clock{t: time.Now().UTC().Truncate(time.Second)}}
	path := filepath.Join(t.TempDir(), "cloud.db")
	cloudtest.Place(t, path)
	db, err := sqlite.Open(t.Context(), path)
	h.check(err)
	h.store = store.New(db.Write, db.Read, db, h.clock.now, store.PasswordCost(64, 1, 1))
	t.Cleanup(func() { h.check(h.store.Close()) })
	h.db, err = sql.Open("sqlite3", path+"?_busy_timeout=10000&_txlock=immediate")
	h.check(err)
	t.Cleanup(func() { h.check(h.db.Close()) })
	handler, err := scim.New(scim.Config{
		Store: h.store, Contacts: tables.Contacts{}, PublicURL: "https://muster.example/", Now: h.clock.now, Logger: slog.New(slog.NewTextHandler(t.Output(), nil)),
	})
	h.check(err)
	h.Server = httptest.NewServer(handler)
	t.Cleanup(h.Close)
	secret, err := h.store.IssueSetup(t.Context())
	h.check(err)
	h.admin, err = h.store.SetUp(t.Context(), secret, access.SetUp{Organisation: "Acme", Email: "admin@acme.example", Name: "Ada", Password: "correct horse battery", Language: "en"})
	h.check(err)
	for name, id := range map[string]*attendance.SiteID{"North": &h.north, "South": &h.south} {
		site, err := h.store.AddSite(t.Context(), h.admin.Actor(), attendance.Site{Name: name, TimeZone: "Europe/Berlin"})
		h.check(err)
		*id = site.ID
	}
	h.token = h.issue(false)
	return h
}

// issue makes a token for a directory, with its box ticked or not.
func (h *house) issue(invites bool) string {
	h.t.Helper()
	token, err := h.store.IssueToken(h.t.Context(), h.admin.Actor(), access.TokenTerms{Name: "Entra ID", Scopes: []access.Scope{access.ScopeAccountsManage}, AutoInvite: &invites})
	h.check(err)
	return token
}

func (h *house) check(err error) {
	h.t.Helper()
	if err != nil {
		h.t.Fatal(err)
	}
}

// letIn does what an admin does on the console's page.
func (h *house) letIn(unit string, site attendance.SiteID) {
	h.t.Helper()
	h.check(h.store.SetUnit(h.t.Context(), h.admin.Actor(), unit, site))
}

// stands tells how somebody stands, and at how many sites.
func (h *house) stands(id string) string {
	h.t.Helper()
	var account, delivery, membership, sites string
	h.check(h.db.QueryRow(`SELECT account, delivery, membership, (SELECT count(*) FROM profile_sites WHERE profile = p.id) || ' sites' FROM profiles p WHERE id = ?`, id).
		Scan(&account, &delivery, &membership, &sites))
	return account + " " + delivery + " " + membership + " " + sites
}

type object = map[string]any

// answer is what was answered.
type answer struct {
	asked  string
	status int
	header http.Header
	raw    []byte
	body   object
}

// at returns the body's value at a path such as "Resources.0.id".
func (a answer) at(path string) any {
	var v any = a.body
	for step := range strings.SplitSeq(path, "/") {
		switch in := v.(type) {
		case object:
			v = in[step]
		case []any:
			i := int(step[0] - '0')
			if i >= len(in) {
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

// send sends a request, with a body as JSON or as it is, and headers in pairs.
func (h *house) send(token, method, path string, body any, headers ...string) answer {
	h.t.Helper()
	var r io.Reader
	switch b := body.(type) {
	case nil:
	case string:
		r = strings.NewReader(b)
	default:
		j, err := json.Marshal(b)
		h.check(err)
		r = bytes.NewReader(j)
	}
	ctx, cancel := context.WithTimeout(h.t.Context(), 5*time.Minute)
	defer cancel()
	if before, filter, ok := strings.Cut(path, "filter="); ok {
		path = before + "filter=" + url.QueryEscape(filter)
	}
	req, err := http.NewRequestWithContext(ctx, method, h.URL+scim.Base+path, r)
	h.check(err)
	req.Header.Set("Content-Type", "application/scim+json; charset=utf-8")
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	res, err := h.Client().Do(req)
	h.check(err)
	defer res.Body.Close() //nolint:errcheck // it has been read
	a := answer{asked: method + " " + path, status: res.StatusCode, header: res.Header}
	a.raw, err = io.ReadAll(res.Body)
	h.check(err)
	if len(a.raw) > 0 {
		if kind := res.Header.Get("Content-Type"); kind != "application/scim+json" {
			h.t.Errorf("%s: content type %q", a.asked, kind)
		}
		h.check(json.Unmarshal(a.raw, &a.body))
	}
	if a.status >= 400 && (a.text("schemas/0") != "urn:ietf:params:scim:api:messages:2.0:Error" || a.text("detail") == "") {
		h.t.Errorf("%s: refused with %s", a.asked, a.raw)
	}
	return a
}

// do sends a request with the usual token, and ends the test unless the status is the
// wanted one.
func (h *house) do(status int, method, path string, body any, headers ...string) answer {
	h.t.Helper()
	return h.want(status, h.send(h.token, method, path, body, headers...))
}

func (h *house) want(status int, a answer) answer {
	h.t.Helper()
	if a.status != status {
		h.t.Fatalf("%s: status %d, want %d: %s", a.asked, a.status, status, a.raw)
	}
	return a
}

// person adds somebody and returns the id.
func (h *house) person(name string) string {
	h.t.Helper()
	return h.do(201, "POST", "/Users", object{
		"schemas": []string{"urn:ietf:params:scim:schemas:core:2.0:User"}, "userName": name + "@acme.example", "externalId": "oid-" + name,
		"name": object{"givenName": name, "familyName": "Adler"}, "active": true, "emails": []object{{"value": name + "@acme.example", "type": "work", "primary": true}},
	}).text("id")
}

// patch is a request of changes.
func patch(operations ...object) object {
	return object{"schemas": []string{"urn:ietf:params:scim:api:messages:2.0:PatchOp"}, "Operations": operations}
}

// seats gives the organisation a licence with so many seats.
func (h *house) seats(kind invite.LicenceType, n int) {
	h.t.Helper()
	h.check(h.store.SetLicence(h.t.Context(), h.admin.Org, invite.Licence{Type: kind, Seats: n}))
}
