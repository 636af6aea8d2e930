package rest_test

import "testing"

// P10: over the API too, an address is one person's.
func TestP10AnAddressIsOnePersonsOverTheAPI(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	add := func(token, site, last, email string) answer {
		return o.request("POST", "/api/v1/employees", token, object{"last_name": last, "sites": []string{site}, "email": email})
	}
	anna := o.want(201, add(o.admin, o.north, "Adler", "anna@new.example")).text("id")
	if a := add(o.admin, o.north, "Fake", "anna@new.example"); a.status != 422 || a.text("errors.0.field") != "email" || a.text("errors.0.problem") != "taken" || a.text("errors.0.employee") != anna {
		t.Errorf("%d %s", a.status, a.raw)
	}
	ben := o.want(201, add(o.admin, o.south, "Berg", "ben@new.example")).text("id")
	if a := o.request("PUT", "/api/v1/employees/"+ben+"/contact", o.admin, object{"email": "anna@new.example"}); a.status != 422 || a.text("errors.0.employee") != anna {
		t.Errorf("%d %s", a.status, a.raw)
	}
	if a := add(o.manager, o.north, "Fake", "ben@new.example"); a.status != 422 || a.text("errors.0.problem") != "taken-elsewhere" || a.at("errors.0.employee") != nil {
		t.Errorf("a manager is told: %d %s", a.status, a.raw)
	}
}
