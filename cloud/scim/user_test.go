package scim_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"muster/access"
	"muster/attendance"
)

// Who asks must have a token of an administrator, for this.
func TestWhoMayAsk(t *testing.T) {
	t.Parallel()
	h := build(t)
	issue := func(u access.User, scopes ...access.Scope) string {
		token, err := h.store.IssueToken(t.Context(), u.Actor(), access.TokenTerms{Name: "x", Scopes: scopes})
		h.check(err)
		return token
	}
	_, secret, err := h.store.AddUser(t.Context(), h.admin.Actor(), access.User{Email: "north@acme.example", Name: "Nora", Role: access.SiteManager, Sites: []attendance.SiteID{h.north}})
	h.check(err)
	manager, err := h.store.ChoosePassword(t.Context(), secret, "correct horse battery")
	h.check(err)
	for _, c := range []struct {
		who, token string
		status     int
	}{
		{"nobody", "", 401},
		{"a wrong token", "wrong", 401},
		{"a token for reading", issue(h.admin, access.ScopeRosterRead), 403},
		{"a manager of one site", issue(manager, access.ScopeAccountsManage), 403},
		{"an administrator", issue(h.admin), 200},
	} {
		for _, path := range []string{"/Users", "/Groups"} {
			a := h.send(c.token, "GET", path, nil)
			if a.status != c.status {
				t.Errorf("%s at %s: %d %s", c.who, path, a.status, a.raw)
			}
			if challenge := a.header.Get("WWW-Authenticate"); (c.status == 401) != (challenge != "") {
				t.Errorf("%s is challenged with %q", c.who, challenge)
			}
		}
	}
	for path, status := range map[string]int{"/ServiceProviderConfig": 200, "/Schemas": 200, "/ResourceTypes": 200, "/ResourceTypes/User": 200, "/Schemas/urn:ietf:params:scim:schemas:core:2.0:Group": 200, "/Schemas/x": 404, "/Me": 501, "/Bulk": 501, "/Fish": 404} {
		if a := h.send("", "GET", path, nil); a.status != status {
			t.Errorf("%s: %d %s", path, a.status, a.raw)
		}
	}
	if a := h.do(405, "PATCH", "/Users", patch()); a.header.Get("Allow") == "" {
		t.Error("what is allowed isn't said")
	}
	for range 12*50 + 5 {
		if a := h.send(h.token, "GET", "/Users?count=0", nil); a.status == http.StatusTooManyRequests {
			if a.header.Get("Retry-After") == "" {
				t.Error("when to try again isn't said")
			}
			return
		}
	}
	t.Error("nobody is ever asked to wait")
}

// What changes of a person, in the shapes that directories write.
func TestChangesOfAPerson(t *testing.T) {
	t.Parallel()
	h := build(t)
	id := h.person("anna")
	for _, c := range []struct {
		what   string
		change object
		path   string
		want   any
	}{
		{"without a path, of the schema", object{"op": "replace", "value": object{"urn:ietf:params:scim:schemas:core:2.0:User": object{"userName": "a1@acme.example"}}}, "userName", "a1@acme.example"},
		{"with the schema in the path", object{"op": "REPLACE", "path": "urn:ietf:params:scim:schemas:core:2.0:User:userName", "value": "a2@acme.example"}, "userName", "a2@acme.example"},
		{"dotted names without a path", object{"op": "Add", "value": object{"name.givenName": "Anne", `emails[type eq "work"].value`: "anne@acme.example"}}, "emails/0/value", "anne@acme.example"},
		{"an address beside it", object{"op": "add", "path": "emails", "value": []object{{"type": "home", "value": "anne@web.de"}}}, "emails/0/value", "anne@acme.example"},
		{"the main one", object{"op": "add", "path": "emails", "value": []object{{"type": "other", "value": "main@acme.example", "primary": "True"}}}, "emails/0/value", "main@acme.example"},
		{"no address", object{"op": "remove", "path": `emails[value eq "main@acme.example"]`}, "emails", nil},
		{"an address where there is none", object{"op": "replace", "path": `emails[type eq "work" and primary eq true].value`, "value": "new@acme.example"}, "emails/0/value", "new@acme.example"},
		{"a number", object{"op": "Add", "path": `phoneNumbers[type eq "mobile"].value`, "value": "+49 1512 3456789"}, "phoneNumbers/0/value", "+4915123456789"},
		{"another desk", object{"op": "replace", "path": `phoneNumbers[type eq "work"].value`, "value": "123"}, "phoneNumbers/0/value", "+4915123456789"},
		{"no number", object{"op": "remove", "path": "phoneNumbers"}, "phoneNumbers", nil},
		{"a language", object{"op": "replace", "path": "preferredLanguage", "value": "ru_RU"}, "preferredLanguage", "ru"},
		{"one that nobody speaks", object{"op": "replace", "path": "preferredLanguage", "value": "fi"}, "preferredLanguage", nil},
		{"a part of the name", object{"op": "replace", "path": "name", "value": object{"givenName": "Anna"}}, "displayName", "Anna Adler"},
		{"no external id", object{"op": "replace", "path": "externalId", "value": nil}, "externalId", nil},
		{"what nobody knows", object{"op": "replace", "path": "nickName", "value": "Annie"}, "displayName", "Anna Adler"},
		{"of another schema", object{"op": "add", "path": "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager", "value": "x"}, "displayName", "Anna Adler"},
		{"ended", object{"op": "Replace", "path": "active", "value": "False"}, "active", false},
		{"ended twice", object{"op": "Replace", "value": object{"active": false}}, "active", false},
		{"back", object{"op": "Replace", "path": "active", "value": []any{}}, "", 400},
		{"really back", object{"op": "Replace", "path": "active", "value": "True"}, "active", true},
	} {
		if status, refused := c.want.(int); refused {
			h.do(status, "PATCH", "/Users/"+id, patch(c.change))
			continue
		}
		if a := h.do(200, "PATCH", "/Users/"+id, patch(c.change)); a.at(c.path) != c.want {
			t.Errorf("%s: %s is %v in %s", c.what, c.path, a.at(c.path), a.raw)
		}
	}
	// What a PUT doesn't name stays.
	if a := h.do(200, "PUT", "/Users/"+id, object{"userName": "a3@acme.example", "name": object{"givenName": "Ann", "familyName": "Adler"}}); a.text("emails/0/value") != "new@acme.example" || a.text("displayName") != "Ann Adler" {
		t.Errorf("replaced: %s", a.raw)
	}
}

// What can't be is refused with its name, and nothing is changed.
func TestP10P12RefusalsNameTheAttribute(t *testing.T) {
	t.Parallel()
	h := build(t)
	anna, ben := h.person("anna"), h.person("ben")
	for _, c := range []struct {
		what         string
		status       int
		kind, detail string
		method, path string
		body         any
	}{
		{"a taken user name", 409, "uniqueness", "userName", "POST", "/Users", object{"userName": "ANNA@acme.example"}},
		{"a taken external id", 409, "uniqueness", "externalId", "POST", "/Users", object{"userName": "x", "externalId": "oid-anna"}},
		{"a taken address", 409, "uniqueness", "emails", "PATCH", "/Users/" + ben, patch(object{"op": "replace", "path": "emails.value", "value": "anna@acme.example"})},
		{"no user name", 400, "invalidValue", "userName", "POST", "/Users", object{"name": object{"givenName": "X"}}},
		{"an emptied user name", 400, "invalidValue", "userName", "PATCH", "/Users/" + ben, patch(object{"op": "replace", "path": "userName", "value": " "})},
		{"no address", 400, "invalidValue", "emails", "POST", "/Users", object{"userName": "x", "emails": []object{{"value": "nowhere"}}}},
		{"no country code", 400, "invalidValue", "+4915112345678", "POST", "/Users", object{"userName": "x", "phoneNumbers": []object{{"value": "0151 12345678", "type": "mobile"}}}},
		{"a number for a name", 400, "invalidValue", "name", "POST", "/Users", object{"userName": "x", "name": 7}},
		{"a long name", 400, "invalidValue", "familyName", "POST", "/Users", object{"userName": "x", "name": object{"familyName": strings.Repeat("x", 200)}}},
		{"no JSON", 400, "invalidSyntax", "", "POST", "/Users", "{"},
		{"two things", 400, "invalidSyntax", "", "POST", "/Users", `{"userName":"x"}{}`},
		{"one thing twice", 400, "invalidSyntax", "", "POST", "/Users", `{"userName":"x","username":"y"}`},
		{"a list", 400, "invalidSyntax", "", "POST", "/Users", `[]`},
		{"too much", 413, "", "", "POST", "/Users", `{"userName":"` + strings.Repeat("x", 300<<10) + `"}`},
		{"no operations", 400, "invalidSyntax", "", "PATCH", "/Users/" + ben, object{}},
		{"an operation that there isn't", 400, "invalidSyntax", "", "PATCH", "/Users/" + ben, patch(object{"op": "move", "path": "userName"})},
		{"nothing to remove", 400, "noTarget", "", "PATCH", "/Users/" + ben, patch(object{"op": "remove"})},
		{"a value that isn't there", 400, "noTarget", "", "PATCH", "/Users/" + ben, patch(object{"op": "replace", "path": `emails[type ne "work"].value`, "value": "x@acme.example"})},
		{"a path that can't be read", 400, "invalidPath", "", "PATCH", "/Users/" + ben, patch(object{"op": "add", "path": "emails[", "value": "x"})},
		{"too many changes", 400, "tooMany", "", "PATCH", "/Users/" + ben, patch(many(1001)...)},
		{"a filter that can't be read", 400, "invalidFilter", "", "GET", `/Users?filter=userName eq`, nil},
		{"a filter for what can't be looked for", 400, "invalidFilter", "", "GET", `/Users?filter=title eq "x"`, nil},
		{"a filter with or", 400, "invalidFilter", "", "GET", `/Users?filter=id eq "x" or id eq "y"`, nil},
		{"a filter that is no condition", 400, "invalidFilter", "", "GET", `/Users?filter=emails[type eq "work"]`, nil},
		{"a deep filter", 400, "invalidFilter", "", "GET", "/Users?filter=" + strings.Repeat("(", 500) + `id eq "x"` + strings.Repeat(")", 500), nil},
		{"a long filter", 400, "invalidFilter", "", "GET", `/Users?filter=userName eq "` + strings.Repeat("x", 3000) + `"`, nil},
		{"a page that is no number", 400, "invalidValue", "count", "GET", "/Users?count=all", nil},
		{"nobody", 404, "", "", "GET", "/Users/" + strings.Repeat("0", 36), nil},
		{"no id", 404, "", "", "PATCH", "/Users/..%2f", patch(object{"op": "add", "path": "userName", "value": "x"})},
		{"a group without a name", 400, "invalidValue", "displayName", "POST", "/Groups", object{}},
		{"a group of somebody who isn't there", 400, "invalidValue", "members", "POST", "/Groups", object{"displayName": "G", "members": []object{{"value": attendance.NewID[string]()}}}},
		{"a group of groups", 400, "invalidValue", "members", "POST", "/Groups", object{"displayName": "G", "members": []object{{"value": "G", "type": "Group"}}}},
	} {
		a := h.do(c.status, c.method, c.path, c.body)
		if a.text("scimType") != c.kind || !strings.Contains(a.text("detail"), c.detail) {
			t.Errorf("%s: %s", c.what, a.raw)
		}
	}
	if a := h.do(200, "GET", "/Users", nil); a.at("totalResults") != 2.0 || a.text("Resources/0/id") != anna {
		t.Errorf("somebody was added: %s", a.raw)
	}
	if a := h.do(200, "GET", "/Groups", nil); a.at("totalResults") != 0.0 {
		t.Errorf("a group was added: %s", a.raw)
	}
}

func many(n int) []object {
	all := make([]object, n)
	for i := range all {
		all[i] = object{"op": "replace", "path": "userName", "value": fmt.Sprint(i)}
	}
	return all
}

// Lists are pages, however they are asked for; and versions keep changes apart.
func TestPagesAndVersions(t *testing.T) {
	t.Parallel()
	h := build(t)
	ids := map[string]bool{}
	for i := range 5 {
		ids[h.person(fmt.Sprintf("p%d", i))] = true
	}
	seen := map[string]bool{}
	for start := 1; start <= 5; start += 2 {
		a := h.do(200, "GET", fmt.Sprintf("/Users?startIndex=%d&count=2&attributes=userName,name.givenName", start), nil)
		for i := range int(a.at("itemsPerPage").(float64)) {
			one := fmt.Sprintf("Resources/%d/", i)
			seen[a.text(one+"id")] = true
			if a.text(one+"userName") == "" || a.text(one+"name/givenName") == "" || a.at(one+"emails") != nil || a.at(one+"meta") == nil {
				t.Errorf("not what was asked for: %s", a.raw)
			}
		}
	}
	if len(seen) != 5 {
		t.Errorf("%d of 5 were seen", len(seen))
	}
	for query, want := range map[string]float64{"startIndex=-3&count=-1": 0, "count=99999999999999999999": 5, "startIndex=99999999999999999999": 0, "startIndex=6": 0, "count=0": 0} {
		if a := h.do(200, "GET", "/Users?"+query, nil); a.at("totalResults") != 5.0 || a.at("itemsPerPage") != want {
			t.Errorf("%s: %s", query, a.raw)
		}
	}
	for filter, want := range map[string]float64{
		`active eq true`: 5, `active eq "False"`: 0, `emails.value eq "P1@acme.example"`: 1, `emails[type eq "work"].value eq "p1@acme.example"`: 1, `emails[type eq "work" and value eq "p1@acme.example"]`: 1,
		`externalId eq "oid-p2"`: 1, `externalId eq "OID-p2"`: 0, `(userName eq "p1@acme.example") and active eq true`: 1, `userName eq "p\"1"`: 0, `urn:ietf:params:scim:schemas:core:2.0:User:userName eq "p1@acme.example"`: 1,
		`userName eq ""`: 0, `userName eq "%"`: 0, `userName eq "' OR 1=1 --"`: 0,
	} {
		if a := h.do(200, "GET", "/Users?filter="+filter, nil); a.at("totalResults") != want {
			t.Errorf("%s: %s", filter, a.raw)
		}
	}
	var id string
	for id = range ids {
		break
	}
	first := h.do(200, "GET", "/Users/"+id, nil)
	tag := first.header.Get("ETag")
	if tag == "" || first.text("meta/version") != tag {
		t.Errorf("the version is %q and %q", tag, first.text("meta/version"))
	}
	h.do(304, "GET", "/Users/"+id, nil, "If-None-Match", tag)
	h.do(200, "PATCH", "/Users/"+id, patch(object{"op": "replace", "path": "name.givenName", "value": "Other"}), "If-Match", tag)
	h.do(412, "PATCH", "/Users/"+id, patch(object{"op": "replace", "path": "name.givenName", "value": "Third"}), "If-Match", tag)
	group := h.do(201, "POST", "/Groups", object{"displayName": "G"})
	tag = group.header.Get("ETag")
	h.do(204, "PATCH", "/Groups/"+group.text("id"), patch(object{"op": "add", "path": "members", "value": []object{{"value": id}}}), "If-Match", tag)
	h.do(412, "PUT", "/Groups/"+group.text("id"), object{"displayName": "H"}, "If-Match", tag)
}
