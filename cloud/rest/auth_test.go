package rest_test

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

func TestSetUpOverTheAPI(t *testing.T) {
	t.Parallel()
	c := startCloud(t)
	good := func() object {
		return object{
			"token": c.setUp, "organisation": "Acme", "email": "Admin@acme.example", "name": "Ada", "password": password, "language": "de",
		}
	}
	for what, change := range map[string]struct {
		field string
		value any
		want  string
	}{
		"a guess":               {"token", "guess", "token unknown"},
		"no organisation":       {"organisation", "", "organisation required"},
		"left out":              {"organisation", nil, "organisation required"},
		"a strange address":     {"email", "nobody", "email malformed"},
		"a number for a name":   {"name", 5, "name malformed"},
		"a short password":      {"password", "short", "password too-short"},
		"the organisation's":    {"password", "acmeacmeacmeacme", ""}, // fine: it isn't the name itself
		"an unknown language":   {"language", "fr", "language unknown"},
		"a field we don't have": {"admin", true, "admin unknown"},
	} {
		b := good()
		if b[change.field] = change.value; change.value == nil {
			delete(b, change.field)
		}
		if change.want == "" {
			continue
		}
		a := c.request("POST", "/api/v1/setup", "", b)
		if a.status != 422 || a.field() != change.want || a.text("code") != "invalid" || strings.Contains(string(a.raw), password) {
			t.Errorf("%s: %d %s", what, a.status, a.raw)
		}
	}
	a := c.want(201, c.request("POST", "/api/v1/setup", "", good()))
	if a.text("organisation.name") != "Acme" || a.text("user.email") != "admin@acme.example" || a.text("user.role") != "org-admin" {
		t.Errorf("founded: %s", a.raw)
	}
	me := c.want(200, c.request("GET", "/api/v1/me", a.text("token"), nil))
	if me.text("user.id") != a.text("user.id") || me.text("organisation.name") != "Acme" {
		t.Errorf("me: %s", me.raw)
	}
	c.want(410, c.request("POST", "/api/v1/setup", "", good()))
	c.clock.forward(24 * time.Hour)
	c.want(401, c.request("GET", "/api/v1/me", a.text("token"), nil))
}

func TestTokensOverTheAPI(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	a := o.want(201, o.request("POST", "/api/v1/tokens", "viewer@acme.example "+password, object{
		"name": "payroll", "expires": o.clock.now().Add(time.Hour),
	}))
	token := a.text("token")
	tokens := o.want(200, o.request("GET", "/api/v1/tokens", token, nil))
	if tokens.text("items.0.name") != "payroll" || strings.Contains(string(tokens.raw), token) {
		t.Errorf("tokens: %s", tokens.raw)
	}
	id := tokens.text("items.0.id")
	o.want(404, o.request("DELETE", "/api/v1/tokens/"+id, o.manager, nil))
	o.want(404, o.request("DELETE", "/api/v1/tokens/"+id, o.stranger, nil))
	o.want(204, o.request("DELETE", "/api/v1/tokens/"+id, o.admin, nil))
	if a := o.request("GET", "/api/v1/me", token, nil); a.status != 401 || !strings.HasPrefix(a.header.Get("WWW-Authenticate"), "Bearer ") {
		t.Errorf("a revoked token: %d %v", a.status, a.header)
	}
	if a := o.request("POST", "/api/v1/tokens", "viewer@acme.example wrong", nil); a.status != 401 || !strings.HasPrefix(a.header.Get("WWW-Authenticate"), "Basic ") {
		t.Errorf("a wrong password: %d %v", a.status, a.header)
	}
	o.want(401, o.request("POST", "/api/v1/tokens", "", nil))
	o.want(401, o.request("POST", "/api/v1/tokens", o.admin, nil)) // a token doesn't make tokens
	for _, expires := range []any{"yesterday", "0001-01-01T00:00:00Z", o.clock.now().Add(-time.Hour), o.clock.now().AddDate(50, 0, 0)} {
		o.clock.forward(time.Minute)
		if a := o.request("POST", "/api/v1/tokens", "viewer@acme.example "+password, object{"expires": expires}); a.status != 422 || !strings.HasPrefix(a.field(), "expires ") {
			t.Errorf("until %v: %d %s", expires, a.status, a.raw)
		}
	}
}

// Passwords can't be tried without end: neither for one account from anywhere,
// nor for all accounts from one address.
func TestGuessingIsSlow(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	o.clock.forward(time.Hour)
	for range 5 {
		o.want(401, o.request("POST", "/api/v1/tokens", "viewer@acme.example wrong", nil))
	}
	o.want(429, o.request("POST", "/api/v1/tokens", "viewer@acme.example "+password, nil))
	o.clock.forward(time.Hour)
	var refused int
	for i := range 25 {
		if a := o.request("POST", "/api/v1/tokens", strings.Repeat("x", i+1)+"@acme.example wrong", nil); a.status == 429 && a.header.Get("Retry-After") != "" {
			refused++
		}
	}
	if refused != 5 {
		t.Errorf("%d of 25 were refused", refused)
	}
	o.want(200, o.request("GET", "/api/v1/me", o.viewer, nil)) // who is signed in goes on
	o.clock.forward(3 * time.Second)
	o.want(401, o.request("POST", "/api/v1/tokens", "y@acme.example wrong", nil))
}

func TestHeaders(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	a := o.request("GET", "/api/v1/me", o.viewer, nil)
	if a.header.Get("X-Content-Type-Options") != "nosniff" || a.header.Get("Cache-Control") != "no-store" {
		t.Errorf("headers = %v", a.header)
	}
	for _, authorization := range []string{"", "Bearer", "Bearer ", "bearer x", "Basic " + o.viewer, o.viewer, "Bearer " + o.viewer + "x", "Bearer " + strings.Repeat("a", 10_000)} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, o.URL+"/api/v1/me", nil)
		o.check(err)
		req.Header.Set("Authorization", authorization)
		res, err := o.Client().Do(req)
		o.check(err)
		o.check(res.Body.Close())
		if res.StatusCode != 401 || res.Header.Get("Content-Type") != "application/problem+json" {
			t.Errorf("%.20q: %d %q", authorization, res.StatusCode, res.Header.Get("Content-Type"))
		}
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, o.URL+"/api/v1/me", nil)
	o.check(err)
	req.Header.Set("Authorization", "bEARER  "+o.viewer)
	res, err := o.Client().Do(req)
	o.check(err)
	o.check(res.Body.Close())
	if res.StatusCode != 200 {
		t.Errorf("a scheme in another case: %d", res.StatusCode)
	}
}

func TestUnknownPathsAndMethods(t *testing.T) {
	t.Parallel()
	c := startCloud(t)
	for path, status := range map[string]int{
		"/api/": 404, "/api/v1/nothing": 404, "/api/v2/sites": 404, "/api/v1/sites/": 404, "/api/v1/employees//photo": 404, "/api/openapi.yaml": 404,
	} {
		if a := c.request("GET", path, "", nil); a.status != status && a.status != 401 || a.header.Get("Content-Type") != "application/problem+json" {
			t.Errorf("%s: %d %s", path, a.status, a.raw)
		}
	}
	if a := c.want(405, c.request("PUT", "/api/v1/sites", "", nil)); a.header.Get("Allow") != "GET, POST" || a.text("code") != "method-not-allowed" {
		t.Errorf("PUT on sites: %v %s", a.header, a.raw)
	}
	if a := c.want(200, c.request("GET", "/api/openapi.json", "", nil)); a.text("openapi") != "3.1.0" {
		t.Errorf("the description: %.100s", a.raw)
	}
}
