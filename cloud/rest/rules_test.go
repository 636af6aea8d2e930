package rest_test

import (
	"fmt"
	"strings"
	"testing"

	"muster/cloud/store"
	"muster/invite"
)

// named are the last names of a list, in its order.
func (a answer) named() string {
	var names []string
	items, _ := a.at("items").([]any)
	for _, item := range items {
		names = append(names, item.(object)["last_name"].(string))
	}
	return strings.Join(names, " ")
}

// K1, P14 to P18: the list of invitations by one status or several, in one order
// over all pages.
func TestK1P14P15P16P17P18ListByStatusOverTheAPI(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	o.want(200, o.request("POST", "/api/v1/batches/"+o.batch+"/undo", o.admin, nil))
	add := func(name, account, delivery, status string) {
		t.Helper()
		id := o.want(201, o.request("POST", "/api/v1/employees", o.admin, object{"last_name": name, "sites": []string{o.north}, "email": strings.ToLower(name) + "@acme.example"})).text("id")
		o.exec(`UPDATE profiles SET account = ?, delivery = ?, status = ? WHERE id = ?`, account, delivery, status, id)
	}
	add("Alpha", "active", "opened", "active")
	add("Bravo", "invited", "queued", "waiting")
	add("Charly", "invited", "sent", "invited")
	add("Delta", "invited", "failed", "error")
	add("Echo", "deactivated", "revoked", "deactivated")
	for status, want := range map[string]string{
		"": "Alpha Bergmann Bravo Charly Delta Echo", "not-invited": "Bergmann", "waiting": "Bravo", "invited": "Charly", "error": "Delta", "active": "Alpha", "deactivated": "Echo",
		"not-invited,waiting,invited,error": "Bergmann Bravo Charly Delta", "error,active,error": "Alpha Delta",
	} {
		var got []string
		for path := "/api/v1/invitations?limit=1&status=" + status; path != ""; {
			a := o.want(200, o.request("GET", path, o.admin, nil))
			got = append(got, a.named())
			if path = ""; a.text("next") != "" {
				path = "/api/v1/invitations?limit=1&status=" + status + "&after=" + a.text("next")
			}
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%q: %v, want %s", status, got, want)
		}
	}
	if a := o.request("GET", "/api/v1/invitations?status=to-come", o.admin, nil); a.status != 422 {
		t.Errorf("an unknown status: %d", a.status)
	}
}

// L17 to L19, L22: the status of a membership, and whether the addition was
// immediate or asks; each can be listed.
func TestL17L18L19L20L22MembershipOfEachPerson(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	ids := map[string]string{}
	for _, c := range []struct{ name, membership, added string }{
		{"Member", "accepted", "at-once"}, {"Asked", "invited", "invitation"}, {"Refuser", "rejected", "invitation"}, {"Joiner", "accepted", "self"},
	} {
		id := o.want(201, o.request("POST", "/api/v1/employees", o.admin, object{"last_name": c.name, "sites": []string{o.north}})).text("id")
		o.exec(`UPDATE profiles SET membership = ?, added = ? WHERE id = ?`, c.membership, c.added, id)
		ids[c.name] = id
		a := o.want(200, o.request("GET", "/api/v1/invitations/"+id, o.admin, nil))
		if a.text("state.membership") != c.membership || a.text("added") != c.added {
			t.Errorf("%s: %s", c.name, a.raw)
		}
	}
	for membership, want := range map[invite.Membership]string{invite.Accepted: "Bergmann Joiner Member", invite.Asked: "Asked", invite.Rejected: "Refuser", invite.Outside: ""} {
		if a := o.want(200, o.request("GET", "/api/v1/invitations?membership="+string(membership), o.admin, nil)); a.named() != want {
			t.Errorf("%s: %q, want %q", membership, a.named(), want)
		}
	}
	if a := o.request("GET", "/api/v1/invitations?membership=member", o.admin, nil); a.status != 422 || a.field() != "membership unknown" {
		t.Errorf("an unknown membership: %d %s", a.status, a.raw)
	}
	// L20: added again by a manager, whoever said no is asked; by an admin, a member.
	again := o.want(200, o.request("POST", "/api/v1/employees/"+ids["Refuser"]+"/add-again", o.manager, nil))
	if again.text("membership") != "invited" {
		t.Errorf("added again: %s", again.raw)
	}
}

// W1, W2, L6: who is known only, without a seat, is asked for nothing, whoever is
// selected, and gets no code; with the first site they are a member like others.
// Nor is somebody who said no, until they are added again.
func TestW1W2L6WithoutASeatNobodyIsAsked(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	one := []object{{"external_id": "K1", "last_name": "Known", "email": "known@acme.example"}}
	id := o.want(200, o.request("PUT", "/api/v1/roster", o.admin, object{"people": one})).text("items.0.employee")
	for _, to := range []object{{"ids": []string{id}}, {"all": true, "filter": object{"email": "known@"}}} {
		if a := o.want(200, o.request("POST", "/api/v1/invitations/plan", o.admin, object{"to": to})); a.at("sends.email") != 0.0 || a.text("rows.0.refused") != "not-member" {
			t.Errorf("%v: %s", to, a.raw)
		}
		if a := o.want(201, o.request("POST", "/api/v1/batches", o.admin, object{"to": to})); a.at("queued") != 0.0 || a.at("refused.not-member") != 1.0 {
			t.Errorf("%v: %s", to, a.raw)
		}
	}
	if a := o.request("POST", "/api/v1/invitations/"+id+"/hand-out", o.admin, nil); a.status != 409 || a.text("code") != "not-now" {
		t.Errorf("a code: %d %s", a.status, a.raw)
	}
	o.want(200, o.request("PATCH", "/api/v1/employees/"+id, o.admin, object{"sites": []string{o.north}}))
	if a := o.want(201, o.request("POST", "/api/v1/batches", o.admin, object{"to": object{"ids": []string{id}}})); a.at("queued") != 1.0 {
		t.Errorf("a member: %s", a.raw)
	}
	o.want(200, o.request("POST", "/api/v1/batches/"+o.batch+"/undo", o.admin, nil))
	o.exec(`UPDATE profiles SET membership = 'rejected' WHERE id = ?`, o.anna)
	mine := object{"to": object{"ids": []string{o.anna}}}
	if a := o.want(201, o.request("POST", "/api/v1/batches", o.admin, mine)); a.at("queued") != 0.0 || a.at("refused.not-member") != 1.0 {
		t.Errorf("who said no: %s", a.raw)
	}
	o.want(200, o.request("POST", "/api/v1/employees/"+o.anna+"/add-again", o.admin, nil))
	if a := o.want(201, o.request("POST", "/api/v1/batches", o.admin, mine)); a.at("queued") != 1.0 {
		t.Errorf("added again: %s", a.raw)
	}
}

// K7: over the API an order that would send SMS says how many may go; no other
// number will do, and mails alone need none.
func TestK7SMSAreConfirmedOverTheAPI(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	store.SMS(true)(o.store)
	o.want(200, o.request("POST", "/api/v1/batches/"+o.batch+"/undo", o.admin, nil))
	o.want(200, o.request("PATCH", "/api/v1/policy", o.admin, object{"sms": true}))
	for i := range 2 {
		o.want(201, o.request("POST", "/api/v1/employees", o.admin, object{"last_name": "Phone", "sites": []string{o.north}, "phone": fmt.Sprintf("+49151234567%02d", i)}))
	}
	all := object{"all": true}
	if a := o.want(200, o.request("POST", "/api/v1/invitations/plan", o.admin, object{"to": all})); a.at("sends.email") != 1.0 || a.at("sends.sms") != 2.0 {
		t.Errorf("the plan: %s", a.raw)
	}
	for _, body := range []object{{"to": all}, {"to": all, "confirm_sms": 0}, {"to": all, "confirm_sms": 1}, {"to": all, "confirm_sms": 3}} {
		if a := o.request("POST", "/api/v1/batches", o.admin, body); a.status != 409 || a.text("code") != "sms-not-confirmed" {
			t.Errorf("%v: %d %s", body, a.status, a.raw)
		}
	}
	if a := o.want(200, o.request("GET", "/api/v1/invitations/counts", o.admin, nil)); a.at("status.waiting") != nil {
		t.Errorf("something was queued: %s", a.raw)
	}
	if a := o.want(201, o.request("POST", "/api/v1/batches", o.admin, object{"to": all, "confirm_sms": 2})); a.at("queued") != 3.0 {
		t.Errorf("confirmed: %s", a.raw)
	}
}
