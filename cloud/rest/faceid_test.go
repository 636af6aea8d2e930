package rest_test

import (
	"bytes"
	"strings"
	"testing"

	"muster/attendance"
	"muster/attendance/faceid"
	"muster/invite"
)

// The API asks, shows how it stands, and resets; it never shows a picture.
func TestK28B10FaceIDOverTheAPI(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	path := "/api/v1/employees/" + o.anna + "/face-id"
	if a := o.request("POST", path, o.manager, nil); a.status != 409 || a.text("code") != "face-id-off" {
		t.Errorf("switched off: %d %s", a.status, a.raw)
	}
	if a := o.want(200, o.request("GET", path, o.viewer, nil)); a.text("state") != "none" || a.at("allowed") != false {
		t.Errorf("%s", a.raw)
	}
	if a := o.want(200, o.request("GET", "/api/v1/policy", o.admin, nil)); a.at("face_id") != false {
		t.Errorf("on by default: %s", a.raw)
	}
	if a := o.want(200, o.request("PATCH", "/api/v1/policy", o.admin, object{"face_id": true})); a.at("face_id") != true {
		t.Errorf("%s", a.raw)
	}
	if a := o.request("POST", path, o.viewer, nil); a.status != 403 {
		t.Errorf("a viewer asks: %d %s", a.status, a.raw)
	}
	if a := o.want(200, o.request("POST", path, o.manager, nil)); a.text("state") != "requested" || a.text("requested") == "" || a.at("expires") != nil {
		t.Errorf("of somebody who has no account yet: %s", a.raw)
	}
	if a := o.request("POST", path, o.manager, nil); a.status != 409 || a.text("code") != "not-now" {
		t.Errorf("asked twice: %d %s", a.status, a.raw)
	}
	o.exec(`UPDATE profiles SET account = 'active', status = 'active', active_at = 1 WHERE id = ?`, o.anna)
	if a := o.want(200, o.request("GET", path, o.manager, nil)); a.text("expires") == "" {
		t.Errorf("%s", a.raw)
	}
	self := invite.Self{Org: o.orgID(), Profile: attendance.ProfileID(o.anna)}
	o.check(o.store.GiveFaceID(t.Context(), self, faceid.Consent{Version: faceid.ConsentVersion, Language: "de"}, square(t)))
	a := o.want(200, o.request("GET", path, o.manager, nil))
	if a.text("state") != "given" || a.text("consent") != faceid.ConsentVersion || a.text("consent_language") != "de" || a.text("agreed") == "" {
		t.Errorf("%s", a.raw)
	}
	jpeg, err := o.store.OwnFace(t.Context(), self)
	o.check(err)
	for _, op := range operations(t) {
		if op.method == "GET" && op.signedIn && op.id != "live" {
			if a := o.request("GET", o.at(op), o.admin, nil); bytes.Contains(a.raw, jpeg[20:60]) || strings.Contains(string(a.raw), "sealed") {
				t.Errorf("%s shows it: %.100q", op.id, a.raw)
			}
		}
	}
	if a := o.want(200, o.request("DELETE", path, o.manager, nil)); a.text("state") != "none" {
		t.Errorf("%s", a.raw)
	}
	if a := o.request("DELETE", path, o.manager, nil); a.status != 409 || a.text("code") != "not-now" {
		t.Errorf("reset twice: %d %s", a.status, a.raw)
	}
	o.want(200, o.request("POST", path, o.manager, nil))
	o.check(o.store.DeclineFaceID(t.Context(), self))
	if a := o.request("POST", path, o.manager, nil); a.status != 409 || a.text("code") != "too-soon" {
		t.Errorf("after a no: %d %s", a.status, a.raw)
	}
	o.want(200, o.request("PATCH", "/api/v1/policy", o.admin, object{"face_id": false}))
}
