package scim_test

import (
	"fmt"
	"testing"

	"muster/attendance"
	"muster/invite"
)

// W22, L1: what Entra ID sends in a provisioning run, in its order: a look whether the
// connection works, a query by user name, the person, a group, its members, a change,
// the end. The box of the token is ticked, so the invitation goes out with the seat.
func TestW22L1ProvisioningRunOfEntra(t *testing.T) {
	t.Parallel()
	h := build(t)
	h.token = h.issue(true)
	h.letIn("Attendance users", h.north)
	if a := h.do(200, "GET", `/Users?filter=userName eq "e1bd0cf2-8f0d-4a5c-9f6e-51d8ca0e5f7d"`, nil); a.at("totalResults") != 0.0 || a.at("Resources") == nil {
		t.Errorf("to test the connection: %s", a.raw)
	}
	h.do(200, "GET", `/Users?filter=userName eq "anna.adler@acme.example"`, nil)
	anna := h.do(201, "POST", "/Users", `{
		"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User", "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"],
		"externalId": "anna.adler", "userName": "Anna.Adler@acme.example", "active": true, "displayName": "Anna Adler", "title": "Fitter",
		"emails": [{"primary": true, "type": "work", "value": "Anna.Adler@Acme.example"}], "meta": {"resourceType": "User"},
		"name": {"formatted": "Anna Adler", "familyName": "Adler", "givenName": "Anna"}, "preferredLanguage": "de-DE", "roles": [],
		"phoneNumbers": [{"type": "mobile", "value": "+49 1512 3456789"}, {"type": "work", "value": "0211 12345"}],
		"addresses": [{"type": "work", "locality": "Köln"}], "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": {"employeeNumber": "701984", "department": "Sales"}
	}`)
	id := anna.text("id")
	if anna.text("userName") != "Anna.Adler@acme.example" || anna.text("emails/0/value") != "anna.adler@acme.example" || anna.text("phoneNumbers/0/value") != "+4915123456789" ||
		anna.text("preferredLanguage") != "de" || anna.at("active") != true || anna.header.Get("Location") != "https://muster.example/scim/v2/Users/"+id {
		t.Errorf("Anna is %s", anna.raw)
	}
	if got := h.stands(id); got != "inactive none outside 0 sites" {
		t.Errorf("without a group she is %q", got)
	}
	// The same again is told that she is here, and changes nothing.
	if a := h.do(409, "POST", "/Users", object{"userName": "anna.adler@ACME.example", "name": object{"familyName": "Adler"}}); a.text("scimType") != "uniqueness" || a.text("status") != "409" {
		t.Errorf("again: %s", a.raw)
	}
	if a := h.do(200, "GET", `/Users?filter=userName eq "anna.adler@acme.EXAMPLE"`, nil); a.at("totalResults") != 1.0 || a.text("Resources/0/id") != id {
		t.Errorf("by user name: %s", a.raw)
	}

	h.do(200, "GET", `/Groups?excludedAttributes=members&filter=displayName eq "Attendance users"`, nil)
	group := h.do(201, "POST", "/Groups", `{"schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "externalId": "8aa1a0c0-c4c3-4bc0-b4a5-2ef676900159",
		"displayName": "Attendance users", "meta": {"resourceType": "Group"}}`).text("id")
	h.do(204, "PATCH", "/Groups/"+group, patch(object{"op": "Add", "path": "members", "value": []object{{"$ref": nil, "value": id}}}))
	if got := h.stands(id); got != "invited queued accepted 1 sites" {
		t.Errorf("in a group that is let in she is %q", got)
	}
	if a := h.do(200, "GET", fmt.Sprintf(`/Groups?excludedAttributes=members&filter=id eq "%s" and members eq "%s"`, group, id), nil); a.at("totalResults") != 1.0 || a.at("Resources/0/members") != nil {
		t.Errorf("whether she is in the group: %s", a.raw)
	}
	if a := h.do(200, "GET", "/Users/"+id, nil); a.text("groups/0/value") != group || a.text("groups/0/display") != "Attendance users" {
		t.Errorf("her groups: %s", a.raw)
	}

	h.do(200, "PATCH", "/Users/"+id, patch(
		object{"op": "Replace", "path": `emails[type eq "work"].value`, "value": "anna.berg@acme.example"},
		object{"op": "Replace", "path": "name.familyName", "value": "Berg"},
		object{"op": "Add", "path": `phoneNumbers[type eq "fax"].value`, "value": "0211 99"},
		object{"op": "Replace", "path": "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department", "value": "Service"},
	))
	if a := h.do(200, "GET", "/Users/"+id, nil); a.text("displayName") != "Anna Berg" || a.text("emails/0/value") != "anna.berg@acme.example" || a.text("phoneNumbers/0/value") != "+4915123456789" {
		t.Errorf("changed she is %s", a.raw)
	}
	// Taken out of scope: soft-deleted with a string for a truth value, later for good.
	if a := h.do(200, "PATCH", "/Users/"+id, patch(object{"op": "Replace", "path": "active", "value": "False"})); a.at("active") != false {
		t.Errorf("ended she is %s", a.raw)
	}
	if got := h.stands(id); got != "deactivated revoked outside 1 sites" {
		t.Errorf("ended she is %q", got)
	}
	if a := h.do(200, "GET", `/Users?filter=userName eq "anna.adler@acme.example"`, nil); a.at("Resources/0/active") != false {
		t.Errorf("ended she is %s", a.raw)
	}
	h.do(204, "DELETE", "/Users/"+id, nil)
	h.do(404, "GET", "/Users/"+id, nil)
	h.do(404, "DELETE", "/Users/"+id, nil)
	if a := h.do(200, "GET", "/Groups/"+group, nil); a.at("members") != nil {
		t.Errorf("the group still has her: %s", a.raw)
	}
	h.do(204, "DELETE", "/Groups/"+group, nil)
}

// W22: what Okta sends: the person as a whole by PUT, the end and the way back by PATCH
// without a path, a group pushed with its members and under a new name.
func TestW22L1ProvisioningRunOfOkta(t *testing.T) {
	t.Parallel()
	h := build(t)
	h.do(200, "GET", `/Users?startIndex=1&count=2`, nil)
	h.do(200, "GET", `/Users?startIndex=1&count=100&filter=userName eq "ben@acme.example"`, nil)
	ben := object{
		"schemas": []string{"urn:ietf:params:scim:schemas:core:2.0:User"}, "userName": "ben@acme.example", "externalId": "00ujl29u0le5T6Aj10h7",
		"name": object{"givenName": "Ben", "familyName": "Berg"}, "emails": []object{{"primary": true, "value": "ben@acme.example", "type": "work"}},
		"displayName": "Ben Berg", "locale": "ru-RU", "groups": []any{}, "password": "1mz050nq", "active": true,
	}
	a := h.do(201, "POST", "/Users", ben)
	id := a.text("id")
	if a.text("preferredLanguage") != "ru" || a.at("password") != nil {
		t.Errorf("Ben is %s", a.raw)
	}
	ben["name"], ben["id"], ben["locale"] = object{"givenName": "Benjamin", "familyName": "Berg"}, id, "de-DE"
	if a := h.do(200, "PUT", "/Users/"+id, ben); a.text("name/givenName") != "Benjamin" || a.text("preferredLanguage") != "de" {
		t.Errorf("replaced he is %s", a.raw)
	}
	h.letIn("Warehouse", h.south)
	group := h.do(201, "POST", "/Groups", object{"displayName": "Warehouse", "members": []object{{"value": id, "display": "ben@acme.example"}}})
	if group.text("members/0/value") != id || h.stands(id) != "inactive none accepted 1 sites" { // silent: the box isn't ticked
		t.Errorf("%s, he is %q", group.raw, h.stands(id))
	}
	h.do(204, "PATCH", "/Groups/"+group.text("id"), patch(object{"op": "replace", "value": object{"id": group.text("id"), "displayName": "Warehouse South"}}))
	if h.stands(id) != "inactive none accepted 1 sites" {
		t.Errorf("after the group has another name he is %q", h.stands(id))
	}
	h.do(200, "PATCH", "/Users/"+id, patch(object{"op": "replace", "value": object{"active": false}}))
	if h.stands(id) != "deactivated none outside 1 sites" {
		t.Errorf("ended he is %q", h.stands(id))
	}
	h.do(200, "PATCH", "/Users/"+id, patch(object{"op": "replace", "value": object{"active": true}}))
	if h.stands(id) != "inactive none accepted 1 sites" {
		t.Errorf("back he is %q", h.stands(id))
	}
	h.do(204, "PATCH", "/Groups/"+group.text("id"), patch(object{"op": "remove", "path": fmt.Sprintf(`members[value eq "%s"]`, id)}))
	if h.stands(id) != "inactive none outside 0 sites" {
		t.Errorf("out of the group he is %q", h.stands(id))
	}
	h.do(204, "PATCH", "/Groups/"+group.text("id"), patch(object{"op": "replace", "path": "members", "value": []object{{"value": id}}}))
	if h.stands(id) != "inactive none accepted 1 sites" {
		t.Errorf("in the group again he is %q", h.stands(id))
	}
}

// L1: who comes by a unit takes a seat, by the licence's table of ways. Of a group that
// doesn't fit nobody comes in, and the directory's log says why.
func TestL1L10GroupsAreHeldToTheLicence(t *testing.T) {
	t.Parallel()
	h := build(t)
	h.seats(invite.Enterprise, 2)
	h.letIn("Sales", h.north)
	var all []object
	var ids []string
	for _, name := range []string{"anna", "ben", "cleo"} {
		ids = append(ids, h.person(name))
		all = append(all, object{"value": ids[len(ids)-1]})
	}
	if a := h.do(403, "POST", "/Groups", object{"displayName": "Sales", "members": all}); a.text("detail") == "" {
		t.Error("nothing is said")
	}
	if a := h.do(200, "GET", "/Groups", nil); a.at("totalResults") != 0.0 || h.stands(ids[0]) != "inactive none outside 0 sites" {
		t.Errorf("by half: %s", a.raw)
	}
	group := h.do(201, "POST", "/Groups", object{"displayName": "Sales", "members": all[:2]}).text("id")
	h.do(403, "PATCH", "/Groups/"+group, patch(object{"op": "add", "path": "members", "value": all}))
	// Whoever goes makes room.
	h.do(200, "PATCH", "/Users/"+ids[0], patch(object{"op": "replace", "path": "active", "value": false}))
	h.do(204, "PATCH", "/Groups/"+group, patch(object{"op": "add", "path": "members", "value": all}))
	h.do(403, "PATCH", "/Users/"+ids[0], patch(object{"op": "replace", "path": "active", "value": true}))
	if h.stands(ids[0]) != "deactivated none outside 1 sites" || h.stands(ids[2]) != "inactive none accepted 1 sites" {
		t.Errorf("%q, %q", h.stands(ids[0]), h.stands(ids[2]))
	}
	// A licence without this way, and one whose admin has closed it.
	h.seats(invite.Team, 0)
	h.do(403, "PATCH", "/Groups/"+group, patch(object{"op": "add", "path": "members", "value": object{"value": h.person("dora")}}))
	h.seats(invite.Enterprise, 0)
	h.check(h.store.SetWay(t.Context(), h.admin.Actor(), invite.ByDirectory, false))
	dan := h.person("dan")
	h.do(403, "PATCH", "/Groups/"+group, patch(object{"op": "add", "path": "members", "value": object{"value": dan}}))
	h.check(h.store.SetWay(t.Context(), h.admin.Actor(), invite.ByDirectory, true))
	h.do(204, "PATCH", "/Groups/"+group, patch(object{"op": "add", "path": "members", "value": object{"value": dan}}))
	if h.stands(dan) != "inactive none accepted 1 sites" {
		t.Errorf("Dan is %q", h.stands(dan))
	}
}

// J1, J2, W22: a directory may tell of everybody, and nobody hears of it: until the
// token's box is ticked, which Invite all does.
func TestJ1J2W22W24SilentUntilTheBoxIsTicked(t *testing.T) {
	t.Parallel()
	h := build(t)
	h.letIn("Sales", h.north)
	anna, ben := h.person("anna"), h.person("ben")
	group := h.do(201, "POST", "/Groups", object{"displayName": "Sales", "members": []object{{"value": anna}}}).text("id")
	if h.stands(anna) != "inactive none accepted 1 sites" {
		t.Errorf("Anna is %q", h.stands(anna))
	}
	// What the launch does: everybody, and from then on whoever comes.
	_, err := h.store.Ask(t.Context(), h.admin.Actor(), invite.Order{Event: invite.Invite, To: invite.Selection{IDs: []attendance.ProfileID{attendance.ProfileID(anna)}}})
	h.check(err)
	h.check(h.store.EditPolicy(t.Context(), h.admin.Actor(), func(p *invite.Policy) error {
		p.InviteProvisioned = true
		return nil
	}))
	h.do(204, "PATCH", "/Groups/"+group, patch(object{"op": "add", "path": "members", "value": []object{{"value": ben}}}))
	if h.stands(anna) != "invited queued accepted 1 sites" || h.stands(ben) != "invited queued accepted 1 sites" {
		t.Errorf("after the launch Anna is %q, Ben %q", h.stands(anna), h.stands(ben))
	}
}
