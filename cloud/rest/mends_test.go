package rest_test

import "testing"

// A filter with a typing error is refused, and not everybody's.
func TestJ4AFilterThatIsntThereIsRefused(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	for _, bad := range []object{{"status": []string{"eror"}}, {"reason": "unknown"}, {"reachable": "mail"}, {"delivery": "gone"}, {"site": "north"}, {"batch": "1"}, {"statuz": []string{"error"}}} {
		to := object{"to": object{"all": true, "filter": bad}}
		for _, path := range []string{"/api/v1/invitations/plan", "/api/v1/batches"} {
			if a := o.request("POST", path, o.admin, to); a.status != 422 && a.status != 400 {
				t.Errorf("%v to %s: %d %s", bad, path, a.status, a.raw)
			}
		}
	}
	for _, bad := range []string{"status=eror", "reason=unknown", "reachable=mail", "site=north", "statuz=error"} {
		if a := o.request("GET", "/api/v1/invitations?"+bad, o.admin, nil); a.status != 422 {
			t.Errorf("%s: %d %s", bad, a.status, a.raw)
		}
	}
	for _, bad := range []string{"status%3Deror", "statuz%3Derror", "site%3Dnorth"} {
		if a := o.request("GET", "/api/v1/exports/invitations?format=csv&filter="+bad, o.admin, nil); a.status != 422 {
			t.Errorf("export by %s: %d %s", bad, a.status, a.raw)
		}
	}
}

// A change with an Idempotency-Key happens once, by whichever method: the same one
// again gets the same answer, also when somebody has changed it since; another one
// with the key is refused.
func TestAChangeWithAKeyHappensOnce(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	at := "/api/v1/employees/" + o.anna
	name := func() string { return o.want(200, o.request("GET", at, o.admin, nil)).text("first_name") }
	patch := func(key, name string, header ...string) answer {
		return o.again("PATCH", at, o.admin, object{"first_name": name}, append([]string{"Idempotency-Key", key}, header...)...)
	}
	first := o.want(200, patch("k", "Anne"))
	o.want(200, o.request("PATCH", at, o.admin, object{"first_name": "Later"}))
	if second := o.want(200, patch("k", "Anne")); string(second.raw) != string(first.raw) || second.header.Get("Idempotency-Replayed") != "true" {
		t.Errorf("again: %v %s", second.header, second.raw)
	}
	if name() != "Later" {
		t.Errorf("it was done again: %s", name())
	}
	if a := patch("k", "Other"); a.status != 422 || a.text("code") != "idempotency-key-reused" {
		t.Errorf("another request: %d %s", a.status, a.raw)
	}
	if a := patch("k", "Anne", "If-Match", `"x"`); a.status != 422 {
		t.Errorf("on another condition: %d %s", a.status, a.raw)
	}
	del := func() answer { return o.again("DELETE", at, o.admin, nil, "Idempotency-Key", "d") }
	o.want(204, del())
	o.want(204, del())
}
