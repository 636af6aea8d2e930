package rest_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"muster/cloud/rest"
)

// operation is one of the API's, out of its own description.
type operation struct {
	id, method, path string
	signedIn         bool // needs a token
	body             bool // takes JSON
	scope            string
}

func operations(t testing.TB) []operation {
	t.Helper()
	raw, err := rest.Description()
	if err != nil {
		t.Fatal(err)
	}
	var d struct {
		Paths map[string]map[string]struct {
			OperationID string
			Security    []map[string][]string
			RequestBody struct{ Content map[string]any }
			Parameters  []struct{ Name, In string }
		}
	}
	if err := json.Unmarshal(raw, &d); err != nil {
		t.Fatal(err)
	}
	var all []operation
	for path, methods := range d.Paths {
		for method, o := range methods {
			op := operation{id: o.OperationID, method: strings.ToUpper(method), path: path}
			for _, s := range o.Security {
				needs, ok := s["token"]
				op.signedIn = op.signedIn || ok
				op.scope = strings.Join(needs, " ")
			}
			_, op.body = o.RequestBody.Content["application/json"]
			all = append(all, op)
			described := 0
			for _, p := range o.Parameters {
				if p.In == "path" {
					described++
				}
			}
			if described != strings.Count(path, "{") {
				t.Errorf("%s %s: %d path parameters are described", op.method, path, described)
			}
		}
	}
	slices.SortFunc(all, func(a, b operation) int { return strings.Compare(a.id, b.id) })
	if len(all) < 35 {
		t.Fatalf("only %d operations", len(all))
	}
	return all
}

// at fills an operation's path with what is at the north site.
func (o *office) at(op operation) string {
	id := map[string]string{
		"employees": o.anna, "sites": o.north, "devices": o.device, "photos": o.photo, "users": o.user, "captures": o.capture, "tokens": o.tokenID,
		"quarantine": o.doubt, "punches": o.toApprove(op), "invitations": o.anna, "batches": o.batch, "imports": o.list,
	}[strings.Split(op.path, "/")[3]]
	return strings.NewReplacer("{id}", id, "{card}", o.card, "{code}", o.code, "{event}", "invite", "{channel}", "email", "{language}", "de", "{list}", "employees",
		"{way}", "key", "{domain}", "acme-works.example", "{unit}", "Works").Replace(op.path)
}

// valid returns a body that an operation takes.
func (o *office) valid(op operation) any {
	switch op.id {
	case "set-up":
		return object{"token": "x", "organisation": "x", "email": "x@x.example", "name": "x", "password": password}
	case "issue-token", "lock-device", "assign-card", "change-policy", "launch", "test-template":
		return object{}
	case "plan-invitations", "send-invitations":
		return object{"to": object{"ids": []string{o.anna}}}
	case "lift-block":
		return object{"address": "annabella@acme.example"}
	case "set-contact":
		return object{"email": "annabella@acme.example"}
	case "set-template", "preview-template":
		return object{"subject": "s", "body": "{link}"}
	case "change-token":
		return object{"auto_invite": false}
	case "sync-roster":
		return object{"people": []object{{"external_id": "X1", "last_name": "New", "sites": []string{o.north}}}}
	case "set-way":
		return object{"on": true}
	case "draw-join-code":
		return object{}
	case "mail-domain-code":
		return object{"to": "postmaster@acme-works.example"}
	case "enter-domain-code":
		return object{"code": "00000000"}
	case "add-domain":
		return object{"domain": "acme-works.example"}
	case "set-unit":
		return object{"site": o.north}
	case "add-site":
		return object{"name": "New", "time_zone": "UTC"}
	case "add-employee":
		return object{"last_name": "New", "sites": []string{o.north}}
	case "assign-uid":
		return object{"uid": "04:11:22:33"}
	case "start-capture":
		return object{"device": o.device}
	case "approve-claim", "issue-activation-code":
		return object{"site": o.north, "name": "New"}
	case "change-employee":
		return object{"first_name": "New"}
	case "change-device", "change-user", "change-site":
		return object{"name": "New"}
	case "add-user":
		return object{"email": "new@acme.example", "name": "New", "role": "viewer", "sites": []string{o.north}}
	case "change-card":
		return object{"blocked": true}
	case "approve-punches", "reject-punches":
		return object{"ids": []string{o.toApprove(op)}}
	case "assign-quarantined":
		return object{"employee": o.anna}
	case "dismiss-quarantined":
		return object{"reason": "a test"}
	case "set-photo":
		return square(o.t)
	case "start-import":
		return []byte("a list")
	case "import-rows":
		return []byte("no export")
	default:
		return nil
	}
}

// ownThings are what another organisation has of its own, whatever is asked.
const ownThings = " set-way draw-join-code add-domain mail-domain-code remove-domain add-site change-policy launch get-template set-template reset-template preview-template test-template export-list "

// Every operation, asked by everybody who has no business there: refused in the
// form that all refusals have, and nothing shows.
func TestEveryOperationForEverybody(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	o.capture = o.want(201, o.request("POST", "/api/v1/employees/"+o.anna+"/captures", o.admin, object{"device": o.device})).text("id")
	o.tokenID = o.want(200, o.request("GET", "/api/v1/tokens", o.manager, nil)).text("items.0.id")
	o.code = o.claim()
	o.list = o.want(202, o.request("POST", "/api/v1/imports?name=staff.csv", o.admin, []byte("Email"))).text("id")
	secrets := []string{
		o.anna, "Annabella", "Bergmann", o.north, "North", o.card, o.photo, o.device, "Gatehouse", o.punch, o.refusal, "strange-reason",
		"viewer@acme.example", o.user, o.capture,
	}
	for _, op := range operations(t) {
		body := o.valid(op)
		if op.body && body == nil {
			body = object{}
		}
		ask := func(token string) answer {
			a := o.request(op.method, o.at(op), token, body)
			if a.status >= 500 || a.status >= 400 && (a.header.Get("Content-Type") != "application/problem+json" || a.text("code") == "" || a.at("status") != float64(a.status)) {
				t.Errorf("%s: %d %q %s", op.id, a.status, a.header.Get("Content-Type"), a.raw)
			}
			return a
		}
		if op.signedIn {
			for _, token := range []string{"", "wrong", o.setUp} {
				if a := ask(token); a.status != 401 {
					t.Errorf("%s with the token %q: %d", op.id, token, a.status)
				}
			}
		}
		if op.id == "live" || !op.signedIn {
			continue
		}
		if a := ask(o.viewer); op.method != http.MethodGet && a.status != 403 && a.status != 404 {
			t.Errorf("%s for a viewer: %d %s", op.id, a.status, a.raw)
		}
		for who, token := range map[string]string{"the other site's manager": o.far, "another organisation": o.stranger} {
			a := ask(token)
			own := strings.Contains(ownThings, " "+op.id+" ") && token == o.stranger || op.id == "reprocess-quarantine" || op.id == "plan-invitations" || op.id == "get-template" || op.id == "export-list" || op.id == "start-import" || op.id == "sync-roster" ||
				op.id == "approve-punches" || op.id == "reject-punches" // what isn't within reach is left
			about := strings.Contains(op.path, "{") && !strings.Contains(op.path, "claims") || op.method != http.MethodGet
			if about && !own && a.status < 400 {
				if !strings.Contains(op.path, "claims") { // whoever has a claim's code may decide about it
					t.Errorf("%s for %s: %d %s", op.id, who, a.status, a.raw)
				}
			}
			// Nobody of another organisation learns from the answer whether it exists.
			// (A file that is no export is refused before anything is looked up.)
			if token == o.stranger && op.id != "import-rows" && (strings.Contains(op.path, "{id}") || strings.Contains(op.path, "{card}")) && a.status != 404 {
				t.Errorf("%s for %s: %d %s", op.id, who, a.status, a.raw)
			}
			for _, s := range secrets {
				if strings.Contains(string(a.raw), s) {
					t.Errorf("%s for %s shows %q: %s", op.id, who, s, a.raw)
				}
			}
		}
	}
	if a := o.want(200, o.request("GET", "/api/v1/employees/"+o.anna, o.admin, nil)); a.text("first_name") != "Annabella" || a.text("photo") != o.photo || a.at("cards.0.to") != nil {
		t.Errorf("something has changed: %s", a.raw)
	}
}

// hostile are bodies that no honest client sends.
var hostile = []string{
	"", " ", "null", "true", "0", `""`, "[]", "{", `{"a":`, "{}{}", `{"":""}`, "\x00", "\xff\xfe", `{"name":"\ud800"}`, `{"name":1e999}`,
	`{"sites":[[[[]]]],"name":{"name":{}}}`, `{"__proto__":{"x":1}}`, `{"name":null,"email":null,"uid":null,"site":null,"blocked":null,"token":null}`,
	strings.Repeat("[", 20_000), strings.Repeat(`{"name":`, 5000), `{"name":"` + strings.Repeat("x", 60_000) + `"}`,
	`{"expires":"9999-99-99T99:99:99Z"}`, `{"expires":1e400}`, `{"limit":99999999999999999999}`,
}

func TestHostileBodies(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	o.code = o.claim()
	o.list = o.want(202, o.request("POST", "/api/v1/imports", o.admin, []byte("Email"))).text("id")
	o.capture, o.tokenID = o.anna, "00"
	for _, op := range operations(t) {
		if !op.body {
			continue
		}
		for _, b := range hostile {
			o.clock.forward(3e9) // the limit for guests is not what is tested here
			token := o.admin
			if op.id == "issue-token" {
				token = "viewer@acme.example " + password
			}
			a := o.request(op.method, o.at(op), token, b)
			if a.status >= 500 {
				t.Errorf("%s with %.60q: %d %s", op.id, b, a.status, a.raw)
			}
			if a.status >= 400 && (a.header.Get("Content-Type") != "application/problem+json" || a.text("code") == "" || len(a.raw) > 4096) {
				t.Errorf("%s with %.60q: %d %q %.200s", op.id, b, a.status, a.header.Get("Content-Type"), a.raw)
			}
		}
		if op.id == "plan-invitations" || op.id == "send-invitations" || op.id == "sync-roster" {
			continue // they take more
		}
		if a := o.request(op.method, o.at(op), o.admin, `{"name":"`+strings.Repeat("x", 64<<10)+`"}`); a.status != 413 && a.status != 401 && a.status != 429 {
			t.Errorf("%s with a body of more than 64 KiB: %d %.200s", op.id, a.status, a.raw)
		}
	}
}

// Whatever bytes come: an answer that is the client's fault, in the form that all
// refusals have, or one that is fine.
func FuzzBodies(f *testing.F) {
	o := openOffice(f)
	o.code = o.claim()
	o.capture, o.tokenID = o.anna, "00"
	var ops []operation
	for _, op := range operations(f) {
		if op.body {
			ops = append(ops, op)
		}
	}
	for i, op := range ops {
		b, err := json.Marshal(o.valid(op))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(uint8(i), string(b))
		f.Add(uint8(i), hostile[i%len(hostile)])
	}
	f.Fuzz(func(t *testing.T, which uint8, body string) {
		op := ops[int(which)%len(ops)]
		o.clock.forward(3e9)
		w := httptest.NewRecorder()
		r := httptest.NewRequest(op.method, o.at(op), strings.NewReader(body))
		r.Header.Set("Authorization", "Bearer "+o.admin)
		r.Header.Set("Content-Type", "application/json")
		o.Config.Handler.ServeHTTP(w, r)
		if w.Code >= 500 || w.Code >= 400 && (w.Header().Get("Content-Type") != "application/problem+json" || !json.Valid(w.Body.Bytes())) {
			t.Errorf("%s with %q: %d %s", op.id, body, w.Code, w.Body)
		}
	})
}
