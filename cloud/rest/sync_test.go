package rest_test

import (
	"testing"

	"muster/access"
	"muster/invite"
)

// L5: a list over the API, twice: created, then unchanged; an entry that is refused
// says why and stops no other.
func TestL5TheRosterOverTheAPI(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	sync := o.scoped(access.ScopeAccountsManage)
	people := []object{
		{"external_id": "S1", "first_name": "Sina", "sites": []string{o.north}, "email": "sina@new.example"},
		{"external_id": "S2", "last_name": "Known"},
		{"external_id": "", "last_name": "Nameless"},
	}
	first := o.want(200, o.request("PUT", "/api/v1/roster", sync, object{"people": people}))
	if first.text("items.0.effect") != "created" || first.text("items.0.membership") != "accepted" || first.text("items.0.added") != "new" || first.text("items.1.membership") != "outside" {
		t.Errorf("%s", first.raw)
	}
	if first.text("items.2.effect") != "refused" || first.text("items.2.problem.code") != "invalid" || first.text("items.2.problem.errors.0.field") != "external_id" {
		t.Errorf("%s", first.raw)
	}
	if again := o.want(200, o.request("PUT", "/api/v1/roster", sync, object{"people": people})); again.at("counts.unchanged") != 2.0 || again.text("items.0.employee") != first.text("items.0.employee") {
		t.Errorf("the second time: %s", again.raw)
	}
	gone := o.want(200, o.request("PUT", "/api/v1/roster", sync, object{"people": people[:1], "whole": true}))
	if gone.at("counts.removed") != 1.0 {
		t.Errorf("a whole list: %s", gone.raw)
	}
	if a := o.request("PUT", "/api/v1/roster", o.scoped(access.ScopeRosterRead), object{"people": people}); a.status != 403 {
		t.Errorf("for reading only: %d", a.status)
	}
	// Switched off, it lets nobody new in.
	o.want(200, o.request("PUT", "/api/v1/membership/ways/"+string(invite.ByRoster), o.admin, object{"on": false}))
	shut := o.want(200, o.request("PUT", "/api/v1/roster", sync, object{"people": []object{{"external_id": "S9", "last_name": "Late", "sites": []string{o.north}}}}))
	if shut.text("items.0.problem.errors.0.problem") != string(invite.WayClosed) {
		t.Errorf("%s", shut.raw)
	}
}

// L8, L10: what the guides tell people to use is there.
func TestL10MembershipOverTheAPI(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	o.want(200, o.request("PUT", "/api/v1/membership/ways/key", o.admin, object{"on": true}))
	key := o.want(201, o.request("POST", "/api/v1/membership/codes/key", o.admin, object{"site": o.north})).text("code")
	o.want(201, o.request("POST", "/api/v1/membership/domains", o.admin, object{"domain": "Acme-Works.example"}))
	o.want(200, o.request("PUT", "/api/v1/membership/units/Works", o.admin, object{"site": o.north}))
	all := o.want(200, o.request("GET", "/api/v1/membership", o.admin, nil))
	if all.text("type") != "enterprise" || all.text("codes.0.code") != key || all.text("domains.0.name") != "acme-works.example" || all.text("units.0.name") != "Works" {
		t.Errorf("%s", all.raw)
	}
	if seen := o.want(200, o.request("GET", "/api/v1/membership", o.manager, nil)); len(seen.at("codes").([]any)) != 0 {
		t.Errorf("a manager sees %s", seen.raw)
	}
	if a := o.request("POST", "/api/v1/membership/domains", o.admin, object{"domain": "gmail.com"}); a.status != 422 || a.text("errors.0.problem") != "public-mail" {
		t.Errorf("%d %s", a.status, a.raw)
	}
	o.want(204, o.request("DELETE", "/api/v1/membership/units/Works", o.admin, nil))
	o.want(204, o.request("DELETE", "/api/v1/membership/domains/acme-works.example", o.admin, nil))
}
