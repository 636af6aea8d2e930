package rest_test

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

func TestSitesOverTheAPI(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	path := "/api/v1/sites/" + o.north
	a := o.want(200, o.request("PATCH", path, o.admin, object{"time_zone": "Europe/Lisbon"}))
	if a.text("name") != "North" || a.text("time_zone") != "Europe/Lisbon" || a.text("language") != "en" {
		t.Errorf("changed: %s", a.raw)
	}
	if a := o.want(200, o.request("GET", "/api/v1/sites", o.viewer, nil)); a.text("items.0.id") != o.north || a.at("items.1") != nil {
		t.Errorf("a viewer's sites: %s", a.raw)
	}
	for body, field := range map[string]string{
		`{"name": "South"}`: "name taken", `{"name": " "}`: "name required", `{"time_zone": "Mars/Base"}`: "time_zone unknown-zone",
		`{"language": "fr"}`: "language unknown", `{"name": 5}`: "name malformed", `{"nome": "x"}`: "nome unknown",
	} {
		if a := o.request("PATCH", path, o.admin, body); a.status != 422 || a.field() != field {
			t.Errorf("%s: %d %s, want %s", body, a.status, a.raw, field)
		}
	}
	o.want(403, o.request("PATCH", path, o.manager, object{"name": "Mine"}))
	o.want(403, o.request("POST", "/api/v1/sites", o.manager, object{"name": "Mine", "time_zone": "UTC"}))
	o.want(404, o.request("GET", path, o.far, nil))
	o.want(404, o.request("PATCH", path, o.stranger, object{"name": "Mine"}))
}

func TestEmployeesOverTheAPI(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	path := "/api/v1/employees/" + o.anna
	a := o.want(200, o.request("PATCH", path, o.manager, object{"last_name": "Berg", "blocked": true, "language": "ru", "number": "E17"}))
	if a.text("first_name") != "Annabella" || a.text("last_name") != "Berg" || a.at("blocked") != true || a.text("number") != "E17" || a.text("language") != "ru" ||
		a.text("cards.0.id") != o.card || a.text("photo") != o.photo || a.text("sites.0") != o.north {
		t.Errorf("changed: %s", a.raw)
	}
	if again := o.want(200, o.request("PATCH", path, o.manager, object{})); string(again.raw) != string(a.raw) {
		t.Errorf("changing nothing: %s", again.raw)
	}
	bob := o.want(201, o.request("POST", "/api/v1/employees", o.admin, object{"last_name": "Bob", "sites": []string{o.north, o.south}}))
	if len(bob.text("number")) < 6 {
		t.Errorf("a number was made: %s", bob.raw)
	}
	if a := o.want(200, o.request("GET", "/api/v1/employees?text=BERG&site="+o.north, o.viewer, nil)); a.at("total") != 1.0 || a.text("items.0.id") != o.anna {
		t.Errorf("found: %s", a.raw)
	}
	for _, c := range []struct {
		body  string
		field string
	}{
		{`{"last_name": "X", "sites": []}`, "sites required"},
		{`{"last_name": "X"}`, "sites required"},
		{`{"sites": ["` + o.north + `"]}`, "last_name required"},
		{`{"last_name": "X", "sites": ["` + o.elsewhere + `"]}`, "sites unknown"},
		{`{"last_name": "X", "sites": ["nowhere"]}`, "sites unknown"},
		{`{"last_name": "X", "sites": [7]}`, "sites malformed"},
		{`{"last_name": "X", "sites": null}`, "sites malformed"},
		{`{"last_name": "a\u0000b", "sites": ["` + o.north + `"]}`, "last_name malformed"},
		{`{"last_name": "X", "number": "e17", "sites": ["` + o.north + `"]}`, "number taken"},
		{`{"last_name": "` + strings.Repeat("x", 101) + `", "sites": ["` + o.north + `"]}`, "last_name too-long"},
		{`{"last_name": "X", "photo": "x", "sites": ["` + o.north + `"]}`, "photo unknown"},
	} {
		if a := o.request("POST", "/api/v1/employees", o.admin, c.body); a.status != 422 || a.field() != c.field {
			t.Errorf("%s: %d %s, want %s", c.body, a.status, a.raw, c.field)
		}
	}
	for _, query := range []string{"limit=0", "limit=501", "limit=x", "after=x", "sort=name", "site=" + o.elsewhere} {
		if a := o.request("GET", "/api/v1/employees?"+query, o.manager, nil); a.status != 422 && a.status != 404 {
			t.Errorf("%s: %d %s", query, a.status, a.raw)
		}
	}
	for token, status := range map[string]int{o.viewer: 403, o.far: 404, o.stranger: 404} {
		o.want(status, o.request("PATCH", path, token, object{"last_name": "Hacked"}))
		o.want(status, o.request("DELETE", path, token, nil))
	}
	o.want(403, o.request("DELETE", "/api/v1/employees/"+bob.text("id"), o.far, nil)) // she works in the north too
	o.want(204, o.request("DELETE", path, o.manager, nil))
	o.want(404, o.request("GET", path, o.admin, nil))
	if a := o.want(200, o.request("GET", "/api/v1/punches", o.viewer, nil)); a.text("items.0.name") != "Annabella Berg" {
		t.Errorf("the punch of somebody removed: %s", a.raw)
	}
}

func TestPagesOverTheAPI(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	for i := range 7 {
		o.want(201, o.request("POST", "/api/v1/employees", o.admin, object{"last_name": fmt.Sprint("L", i), "sites": []string{o.north}}))
		o.arrive(o.north, o.device, o.anna)
	}
	for path, cursor := range map[string]string{"/api/v1/employees": "after", "/api/v1/punches": "before"} {
		seen, next := map[string]bool{}, ""
		for page := 0; page == 0 || next != ""; page++ {
			if page > 4 {
				t.Fatalf("%s: the pages never end", path)
			}
			a := o.want(200, o.request("GET", path+"?limit=3&"+cursor+"="+next, o.viewer, nil))
			for i := range 3 {
				if id := a.text(fmt.Sprintf("items.%d.id", i)); id != "" {
					seen[id] = true
				}
			}
			next = a.text("next")
		}
		if len(seen) != 8 {
			t.Errorf("%s: %d in pages", path, len(seen))
		}
	}
}

func TestCardsOverTheAPI(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	cards := "/api/v1/employees/" + o.anna + "/cards"
	one := cards + "/" + o.card
	if a := o.want(200, o.request("PATCH", one, o.manager, object{"blocked": true})); a.at("cards.0.blocked") != true {
		t.Errorf("blocked: %s", a.raw)
	}
	if a := o.want(200, o.request("DELETE", one, o.manager, nil)); a.at("cards.0.to") == nil {
		t.Errorf("ended: %s", a.raw)
	}
	o.want(404, o.request("DELETE", one, o.manager, nil))
	o.want(404, o.request("PATCH", one, o.manager, object{"blocked": true}))
	if a := o.want(200, o.request("PUT", one, o.manager, nil)); a.at("cards.0.to") != nil || a.at("cards.1.to") == nil {
		t.Errorf("given again: %s", a.raw)
	}
	for uid, field := range map[string]string{
		"": "uid malformed", "04a1b2": "uid malformed", "xyz": "uid malformed", "08a1b2c3": "uid random-number", "04a1b2c3d4e5f60718293a4b": "uid malformed",
	} {
		if a := o.request("POST", cards, o.admin, object{"uid": uid}); a.status != 422 || a.field() != field {
			t.Errorf("%q: %d %s", uid, a.status, a.raw)
		}
	}
	if a := o.request("PUT", cards+"/04a1b2c3", o.admin, nil); a.status != 422 || a.field() != "card malformed" {
		t.Errorf("a card's own number in the path: %d %s", a.status, a.raw)
	}
	from, to := "2031-03-01T05:00:00Z", "2031-03-08T05:00:00Z"
	if a := o.want(201, o.request("POST", cards, o.admin, object{"uid": "04a1b2c9", "from": from, "to": to})); a.text("cards.0.from") != from || a.text("cards.0.to") != to {
		t.Errorf("lent for a week: %s", a.raw)
	}
	if a := o.request("POST", cards, o.admin, object{"uid": "04a1b2c9", "from": to, "to": from}); a.status != 422 || a.field() != "to out-of-range" {
		t.Errorf("ends before it begins: %d %s", a.status, a.raw)
	}
	if a := o.request("DELETE", one+"?at=1999-01-01T00:00:00Z", o.manager, nil); a.status != 422 || a.field() != "at out-of-range" {
		t.Errorf("lost in another century: %d %s", a.status, a.raw)
	}
	far := o.want(201, o.request("POST", "/api/v1/employees", o.far, object{"last_name": "Far", "sites": []string{o.south}})).text("id")
	if a := o.want(409, o.request("POST", "/api/v1/employees/"+far+"/cards", o.far, object{"uid": "04 A1 B2 C3"})); a.text("code") != "conflict" {
		t.Errorf("a card of somebody far away: %s", a.raw)
	}
	for token, status := range map[string]int{o.viewer: 403, o.far: 404, o.stranger: 404} {
		o.want(status, o.request("POST", cards, token, object{"uid": "04:ff:ff:ff"}))
		o.want(status, o.request("PUT", one, token, nil))
		o.want(status, o.request("PATCH", one, token, object{"blocked": true}))
		o.want(status, o.request("DELETE", one, token, nil))
	}
}

func TestUsersOverTheAPI(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	path := "/api/v1/users/" + o.user
	if a := o.want(200, o.request("GET", "/api/v1/users", o.admin, nil)); a.text("items.0.email") != "admin@acme.example" || a.at("items.4") != nil {
		t.Errorf("users: %s", a.raw)
	}
	a := o.want(200, o.request("PATCH", path, o.admin, object{"role": "site-manager", "name": "Vera"}))
	if a.text("role") != "site-manager" || a.text("name") != "Vera" || a.text("email") != "viewer@acme.example" || a.text("sites.0") != o.north {
		t.Errorf("changed: %s", a.raw)
	}
	o.want(200, o.request("PATCH", "/api/v1/employees/"+o.anna, o.viewer, object{"first_name": "Now allowed"}))
	link := o.want(201, o.request("POST", path+"/password-link", o.admin, nil)).text("password_url")
	if !strings.HasPrefix(link, "https://muster.example/password?token=") {
		t.Errorf("link = %s", link)
	}
	o.want(200, o.request("PATCH", path, o.admin, object{"disabled": true}))
	o.want(401, o.request("GET", "/api/v1/me", o.viewer, nil))
	for body, field := range map[string]string{
		`{"email": "north@acme.example"}`: "email taken", `{"role": "root"}`: "role unknown", `{"sites": []}`: "sites required", `{"disabled": "no"}`: "disabled malformed",
	} {
		if a := o.request("PATCH", path, o.admin, body); a.status != 422 || a.field() != field {
			t.Errorf("%s: %d %s, want %s", body, a.status, a.raw, field)
		}
	}
	me := o.want(200, o.request("GET", "/api/v1/me", o.admin, nil)).text("user.id")
	if a := o.request("PATCH", "/api/v1/users/"+me, o.admin, object{"disabled": true}); a.status != 422 || a.field() != "role last-admin" {
		t.Errorf("the last administrator: %d %s", a.status, a.raw)
	}
	for token, status := range map[string]int{o.manager: 403, o.stranger: 404} {
		o.want(status, o.request("GET", path, token, nil))
		o.want(status, o.request("PATCH", path, token, object{"role": "org-admin"}))
		o.want(status, o.request("POST", path+"/password-link", token, nil))
	}
}

func TestListsOfWhatTabletsTold(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	a := o.want(200, o.request("GET", "/api/v1/punches?employee="+o.anna+"&site="+o.north, o.viewer, nil))
	if a.text("items.0.id") != o.punch || a.text("items.0.name") != "Annabella Bergmann" || a.text("items.0.direction") != "in" ||
		a.text("items.0.device_name") != "Gatehouse" || a.text("items.0.site_name") != "North" || a.text("items.0.clock_trust") != "estimated" {
		t.Errorf("punches: %s", a.raw)
	}
	soon := o.clock.now().Add(time.Hour).Format(time.RFC3339)
	if a := o.want(200, o.request("GET", "/api/v1/punches?from="+soon, o.viewer, nil)); a.at("items.0") != nil || a.at("items") == nil {
		t.Errorf("from an hour ahead: %s", a.raw)
	}
	a = o.want(200, o.request("GET", "/api/v1/refusals", o.viewer, nil))
	if a.text("items.0.id") != o.refusal || a.text("items.0.code") != "C2" || a.text("items.0.employee") != o.anna || a.text("items.0.card") != o.card {
		t.Errorf("refusals: %s", a.raw)
	}
	if a := o.want(200, o.request("GET", "/api/v1/quarantine", o.viewer, nil)); a.text("items.1.reason") != "strange-reason" {
		t.Errorf("quarantine: %s", a.raw)
	}
	for _, list := range []string{"/api/v1/punches", "/api/v1/refusals"} {
		for _, query := range []string{"from=yesterday", "limit=1001", "limit=-1", "before=!", "employe=" + o.anna} {
			if a := o.request("GET", list+"?"+query, o.admin, nil); a.status != 422 {
				t.Errorf("%s?%s: %d %s", list, query, a.status, a.raw)
			}
		}
		o.want(404, o.request("GET", list+"?site="+o.north, o.far, nil))
		for _, token := range []string{o.far, o.stranger} {
			if a := o.want(200, o.request("GET", list, token, nil)); a.at("items.0") != nil {
				t.Errorf("%s for somebody else: %s", list, a.raw)
			}
		}
	}
}
