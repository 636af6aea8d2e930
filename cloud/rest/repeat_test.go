package rest_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"muster/access"
	"muster/attendance"
)

// again is request with more headers.
func (c *cloud) again(method, path, token string, body any, header ...string) answer {
	c.t.Helper()
	var r io.Reader
	if body != nil {
		j, err := json.Marshal(body)
		c.check(err)
		r = strings.NewReader(string(j))
	}
	ctx, cancel := context.WithTimeout(c.t.Context(), 5*time.Minute)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, c.URL+path, r)
	c.check(err)
	req.Header.Set("Authorization", "Bearer "+token)
	req.Header.Set("Content-Type", "application/json")
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	res, err := c.Client().Do(req)
	c.check(err)
	defer res.Body.Close() //nolint:errcheck // it has been read
	raw, err := io.ReadAll(res.Body)
	c.check(err)
	return answer{method + " " + path, res.StatusCode, res.Header, raw}
}

// scoped returns a token of the administrator that is for some things only.
func (o *office) scoped(scopes ...access.Scope) string {
	o.t.Helper()
	o.clock.forward(time.Minute)
	return o.want(201, o.request("POST", "/api/v1/tokens", "admin@acme.example "+password, object{"scopes": scopes})).text("token")
}

// A client that did not hear the answer asks again: nothing happens twice, and it
// hears what it would have heard.
func TestTheSameRequestAgain(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	add := func(key, name string) answer {
		return o.again("POST", "/api/v1/employees", o.admin, object{"last_name": name, "sites": []string{o.north}}, "Idempotency-Key", key)
	}
	first := o.want(201, add("k1", "Twice"))
	second := o.want(201, add("k1", "Twice"))
	if string(first.raw) != string(second.raw) || second.header.Get("Idempotency-Replayed") != "true" || first.header.Get("Idempotency-Replayed") != "" {
		t.Errorf("again: %v %s", second.header, second.raw)
	}
	if first.header.Get("ETag") == "" || first.header.Get("ETag") != second.header.Get("ETag") || second.header.Get("Content-Type") != "application/json" {
		t.Errorf("headers: %v and %v", first.header, second.header)
	}
	if n := o.want(200, o.request("GET", "/api/v1/employees?text=Twice", o.admin, nil)).at("total"); n != 1.0 {
		t.Errorf("%v of them are there", n)
	}
	if a := o.want(422, add("k1", "Other")); a.text("code") != "idempotency-key-reused" || a.text("type") != "urn:muster:problem:idempotency-key-reused" {
		t.Errorf("another request with the key: %s", a.raw)
	}
	if a := o.want(201, add("k2", "Twice")); a.text("id") == first.text("id") {
		t.Error("another key is the same request")
	}
	// Somebody else's key is their own.
	o.want(422, o.again("POST", "/api/v1/employees", o.stranger, object{"last_name": "Twice", "sites": []string{o.north}}, "Idempotency-Key", "k1"))
	// What was refused for what it said is refused again without being tried; what
	// may go better later is tried.
	o.want(422, o.again("POST", "/api/v1/employees", o.admin, object{"sites": []string{o.north}}, "Idempotency-Key", "k3"))
	if a := o.want(422, o.again("POST", "/api/v1/employees", o.admin, object{"sites": []string{o.north}}, "Idempotency-Key", "k3")); a.header.Get("Idempotency-Replayed") != "true" {
		t.Errorf("a refusal again: %v", a.header)
	}
	for range 2 {
		if a := o.want(403, o.again("POST", "/api/v1/sites", o.viewer, object{"name": "X", "time_zone": "UTC"}, "Idempotency-Key", "k4")); a.header.Get("Idempotency-Replayed") != "" {
			t.Error("what was not allowed is kept")
		}
	}
	for _, key := range []string{strings.Repeat("x", 201), "ключ"} {
		if a := o.again("POST", "/api/v1/sites", o.admin, object{"name": "X", "time_zone": "UTC"}, "Idempotency-Key", key); a.status != 422 || a.field() != "Idempotency-Key malformed" {
			t.Errorf("the key %.10q: %d %s", key, a.status, a.raw)
		}
	}
	// After a day it is new.
	o.clock.forward(24 * time.Hour)
	admin := o.scoped()
	o.want(201, o.again("POST", "/api/v1/sites", admin, object{"name": "Y", "time_zone": "UTC"}, "Idempotency-Key", "k5"))
	o.clock.forward(24 * time.Hour)
	if a := o.want(201, o.again("POST", "/api/v1/sites", admin, object{"name": "Z", "time_zone": "UTC"}, "Idempotency-Key", "k5")); a.text("name") != "Z" {
		t.Errorf("a day later: %s", a.raw)
	}
}

// Of many at the same time one is carried out; the others hear that it runs, or
// the same answer.
func TestTheSameRequestAtTheSameTime(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	answers := make(chan answer, 20)
	var all sync.WaitGroup
	for range cap(answers) {
		all.Go(func() {
			answers <- o.again("POST", "/api/v1/batches", o.admin, object{"to": object{"all": true}}, "Idempotency-Key", "at-once")
		})
	}
	all.Wait()
	close(answers)
	ids := map[string]bool{}
	for a := range answers {
		switch {
		case a.status == 201:
			ids[a.text("id")] = true
		case a.status == 409 && a.text("code") == "still-running" && a.header.Get("Retry-After") != "":
		default:
			t.Errorf("%d %s", a.status, a.raw)
		}
	}
	if len(ids) != 1 {
		t.Errorf("%d orders came of one", len(ids))
	}
}

// A code is shown once: what is kept for an answer that got lost can't be read by
// anybody but who asked.
func TestW25KeptAnswersAreSealed(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	a := o.want(201, o.again("POST", "/api/v1/invitations/"+o.anna+"/hand-out", o.admin, nil, "Idempotency-Key", "code"))
	code := a.text("code")
	if b := o.want(201, o.again("POST", "/api/v1/invitations/"+o.anna+"/hand-out", o.admin, nil, "Idempotency-Key", "code")); b.text("code") != code || code == "" {
		t.Errorf("again: %s", b.raw)
	}
	var kept []byte
	o.check(o.db.QueryRow(`SELECT answer FROM repeats`).Scan(&kept))
	if len(kept) < len(code) || strings.Contains(string(kept), code) || strings.Contains(string(kept), "expires") {
		t.Errorf("kept: %q", kept)
	}
	var id []byte
	o.check(o.db.QueryRow(`SELECT id FROM repeats`).Scan(&id))
	if strings.Contains(string(id), "code") || len(id) != 32 {
		t.Errorf("id: %q", id)
	}
}

// A cloud that was killed in the middle leaves a request that is not stuck, and
// an order that it had given already is not given again.
func TestTheSameRequestAfterTheCloudDied(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	order := object{"to": object{"ids": []string{o.anna}}, "event": "invite"}
	first := o.want(201, o.again("POST", "/api/v1/batches", o.admin, order, "Idempotency-Key", "cut"))
	o.exec(`UPDATE repeats SET status = 0, answer = x''`) // as if it had died before it could keep the answer
	o.want(409, o.again("POST", "/api/v1/batches", o.admin, order, "Idempotency-Key", "cut"))
	o.clock.forward(3 * time.Minute)
	if a := o.want(201, o.again("POST", "/api/v1/batches", o.admin, order, "Idempotency-Key", "cut")); a.text("id") != first.text("id") {
		t.Errorf("another order: %s, not %s", a.raw, first.raw)
	}
	if _, err := attendance.ParseID[string](first.text("id")); err != nil {
		t.Error(err)
	}
}
