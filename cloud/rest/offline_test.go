package rest_test

import "testing"

// K29: what a site does without a line is read and set over the API, is not
// touched by a change that doesn't speak of it, and is nothing else.
func TestK29SettingOverTheAPI(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	path := "/api/v1/sites/" + o.north
	if a := o.want(200, o.request("GET", path, o.admin, nil)); a.text("offline") != "allowed" {
		t.Errorf("a site that has chosen nothing: %s", a.text("offline"))
	}
	if a := o.want(200, o.request("PATCH", path, o.admin, object{"offline": "refused"})); a.text("offline") != "refused" {
		t.Errorf("changed: %s", a.text("offline"))
	}
	if a := o.want(200, o.request("PATCH", path, o.admin, object{"language": "ru"})); a.text("offline") != "refused" || a.text("language") != "ru" {
		t.Errorf("a change of the language: %s, %s", a.text("offline"), a.text("language"))
	}
	if a := o.want(201, o.request("POST", "/api/v1/sites", o.admin, object{"name": "Strict", "time_zone": "UTC", "offline": "refused"})); a.text("offline") != "refused" {
		t.Errorf("a new site: %s", a.text("offline"))
	}
	if a := o.want(200, o.request("PATCH", path, o.admin, object{"offline": "approval"})); a.text("offline") != "approval" {
		t.Errorf("with approval: %s", a.text("offline"))
	}
	o.want(200, o.request("PATCH", path, o.admin, object{"offline": "refused"}))
	for _, bad := range []string{"", "Refused", "never", "approved"} {
		o.want(422, o.request("PATCH", path, o.admin, object{"offline": bad}))
	}
	if a := o.want(200, o.request("GET", path, o.admin, nil)); a.text("offline") != "refused" {
		t.Errorf("after what was refused: %s", a.text("offline"))
	}
}
