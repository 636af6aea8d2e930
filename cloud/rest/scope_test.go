package rest_test

import (
	"strings"
	"testing"
	"time"

	"muster/access"
)

// Every operation with a token that is for something else: refused, and told what
// it would have to be for. With the one scope that it names: not refused for that.
func TestEveryOperationNeedsItsScope(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	o.capture = o.want(201, o.request("POST", "/api/v1/employees/"+o.anna+"/captures", o.admin, object{"device": o.device})).text("id")
	o.tokenID, o.code = o.want(200, o.request("GET", "/api/v1/tokens", o.manager, nil)).text("items.0.id"), o.claim()
	o.list = o.want(202, o.request("POST", "/api/v1/imports?name=staff.csv", o.admin, []byte("Email"))).text("id")
	tokens := map[access.Scope]string{}
	for _, s := range access.Scopes {
		tokens[s] = o.scoped(s)
	}
	used := map[string]bool{}
	for _, op := range operations(t) {
		if !op.signedIn || op.id == "me" || op.id == "live" || op.id == "export-list" {
			continue
		}
		wrong := tokens[access.ScopeAuditRead]
		if op.id == "list-audit" {
			wrong = tokens[access.ScopePunchesRead]
		}
		a := o.request(op.method, o.at(op), wrong, o.valid(op))
		need := a.text("scope")
		if a.status != 403 || a.text("code") != "scope-missing" || tokens[access.Scope(need)] == "" {
			t.Errorf("%s with another scope: %d %s", op.id, a.status, a.raw)
			continue
		}
		if op.scope != need {
			t.Errorf("%s asks for %q, its description says %q", op.id, need, op.scope)
		}
		used[need] = true
		if strings.HasPrefix(op.id, "revoke-token") {
			continue
		}
		if a := o.request(op.method, o.at(op), tokens[access.Scope(need)], o.valid(op)); a.status == 401 || a.status == 403 {
			t.Errorf("%s with %s: %d %s", op.id, need, a.status, a.raw)
		}
	}
	if len(used) != len(access.Scopes) {
		t.Errorf("only %v are asked for", used)
	}
}

// W6: to invite takes the permission to add and remove people, whatever the token
// says it is for.
func TestW6InvitingNeedsThePermission(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	o.clock.forward(time.Minute)
	viewer := o.want(201, o.request("POST", "/api/v1/tokens", "viewer@acme.example "+password, object{"scopes": []string{"invitations:send"}})).text("token")
	for _, path := range []string{"/api/v1/batches", "/api/v1/invitations/plan"} {
		if a := o.request("POST", path, viewer, object{"to": object{"ids": []string{o.anna}}}); a.status != 403 || a.text("code") != "forbidden" {
			t.Errorf("%s: %d %s", path, a.status, a.raw)
		}
	}
	reader := o.scoped(access.ScopeInvitationsRead)
	if a := o.request("POST", "/api/v1/batches", reader, object{"to": object{"all": true}}); a.status != 403 || a.text("scope") != "invitations:send" {
		t.Errorf("with a token for reading: %d %s", a.status, a.raw)
	}
	o.want(200, o.request("GET", "/api/v1/invitations", reader, nil))
	sender := o.scoped(access.ScopeInvitationsSend)
	if a := o.request("POST", "/api/v1/invitations/"+o.anna+"/hand-out", sender, nil); a.status != 403 || a.text("scope") != "invitations:hand-out" {
		t.Errorf("a code with a token for sending: %d %s", a.status, a.raw)
	}
}

// W22-W24: people whom an integration creates stay silent until its box is
// ticked; inviting everybody at launch ticks it; it can be taken out again.
func TestW22W23W24ProvisionedPeopleAreInvited(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	o.clock.forward(time.Minute)
	made := o.want(201, o.request("POST", "/api/v1/tokens", "admin@acme.example "+password, object{"name": "HR", "scopes": []string{"accounts:manage"}})).text("token")
	id := ""
	for _, item := range o.want(200, o.request("GET", "/api/v1/tokens", o.admin, nil)).at("items").([]any) {
		if tok := item.(object); tok["name"] == "HR" {
			id = tok["id"].(string)
			if tok["auto_invite"] != false {
				t.Errorf("a new token invites: %v", tok)
			}
		}
	}
	create := func(name string) string {
		a := o.want(201, o.request("POST", "/api/v1/employees", made, object{"last_name": name, "sites": []string{o.north}, "email": name + "@acme.example", "external_id": "hr-" + name}))
		return o.want(200, o.request("GET", "/api/v1/invitations/"+a.text("id"), o.admin, nil)).text("status")
	}
	if s := create("silent"); s != "not-invited" {
		t.Errorf("before the launch: %s", s)
	}
	o.want(200, o.request("PATCH", "/api/v1/tokens/"+id, o.admin, object{"auto_invite": true}))
	if s := create("ticked"); s != "waiting" {
		t.Errorf("with the box ticked: %s", s)
	}
	o.want(200, o.request("PATCH", "/api/v1/tokens/"+id, o.admin, object{"auto_invite": false}))
	if a := o.want(201, o.request("POST", "/api/v1/launch", o.admin, nil)); a.at("queued") != 1.0 {
		t.Errorf("the launch: %s", a.raw)
	}
	if s := create("launched"); s != "waiting" {
		t.Errorf("after the launch: %s", s)
	}
	if a := o.want(200, o.request("GET", "/api/v1/policy", o.admin, nil)); a.at("invite_provisioned") != true || a.text("launched") == "" {
		t.Errorf("after the launch: %s", a.raw)
	}
	o.want(200, o.request("PATCH", "/api/v1/tokens/"+id, o.admin, object{"auto_invite": false}))
	if s := create("quiet"); s != "not-invited" {
		t.Errorf("with the box taken out: %s", s)
	}
	o.clock.forward(time.Minute)
	if a := o.request("POST", "/api/v1/tokens", "admin@acme.example "+password, object{"scopes": []string{"roster:read"}, "auto_invite": true}); a.status != 422 || a.field() != "auto_invite out-of-range" {
		t.Errorf("a token that creates nobody invites: %d %s", a.status, a.raw)
	}
	if a := o.request("POST", "/api/v1/tokens", "admin@acme.example "+password, object{"scopes": []string{"everything"}}); a.status != 422 || a.field() != "scopes unknown" {
		t.Errorf("an unknown scope: %d %s", a.status, a.raw)
	}
}

// A program that asks without end is told when to come back; another token isn't
// in its way.
func TestProgramsAreLimited(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	var a answer
	for range 700 {
		if a = o.request("GET", "/api/v1/me", o.viewer, nil); a.status != 200 {
			break
		}
	}
	if a.status != 429 || a.header.Get("Retry-After") != "1" || a.text("code") != "too-many" {
		t.Fatalf("%d %v %s", a.status, a.header, a.raw)
	}
	o.want(200, o.request("GET", "/api/v1/me", o.manager, nil))
	o.clock.forward(time.Second)
	o.want(200, o.request("GET", "/api/v1/me", o.viewer, nil))
}

// Refusals are in the reader's language; what programs go by stays.
func TestP2RefusalsInThreeLanguages(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	said := map[string]bool{}
	for accept, want := range map[string]string{"": "en", "de-AT,en;q=0.5": "de", "ru": "ru", "fr": "en"} {
		for _, path := range []string{"/api/v1/employees/" + o.elsewhere, "/api/v1/nothing", "/api/v1/employees?limit=0"} {
			a := o.again("GET", path, o.admin, nil, "Accept-Language", accept)
			if a.header.Get("Content-Language") != want || a.text("type") != "urn:muster:problem:"+a.text("code") {
				t.Errorf("%q %s: %v %s", accept, path, a.header, a.raw)
			}
			said[want+path+a.text("detail")] = true
		}
	}
	if len(said) != 9 {
		t.Errorf("%d sentences of 9: %v", len(said), said)
	}
}
