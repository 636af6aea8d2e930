package rest_test

import (
	"strings"
	"testing"
	"time"
)

func TestClaimsOverTheAPI(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	code := o.claim()
	a := o.want(200, o.request("GET", "/api/v1/claims/"+strings.ToLower(strings.ReplaceAll(code, "-", "")), o.manager, nil))
	if a.text("user_code") != code || a.text("hardware") != "Bench tablet" || a.text("words.3") == "" {
		t.Errorf("claim: %s", a.raw)
	}
	approve := "/api/v1/claims/" + code + "/approve"
	for body, field := range map[string]string{
		`{"name": "Gate 2"}`: "site required", `{"site": "", "name": "Gate 2"}`: "site required", `{"site": "x", "name": "Gate 2"}`: "site unknown",
		`{"site": "` + o.north + `", "name": ""}`: "name required", `{"site": "` + o.north + `"}`: "name required",
	} {
		if a := o.request("POST", approve, o.manager, body); a.status != 422 || a.field() != field {
			t.Errorf("%s: %d %s", body, a.status, a.raw)
		}
	}
	o.want(403, o.request("GET", "/api/v1/claims/"+code, o.viewer, nil))
	o.want(403, o.request("POST", approve, o.viewer, object{"site": o.north, "name": "Gate 2"}))
	o.want(404, o.request("POST", approve, o.manager, object{"site": o.south, "name": "Gate 2"}))
	o.want(404, o.request("POST", approve, o.admin, object{"site": o.elsewhere, "name": "Gate 2"}))
	if a := o.want(201, o.request("POST", approve, o.manager, object{"site": o.north, "name": "Gate 2"})); a.text("name") != "Gate 2" || a.text("site") != o.north {
		t.Errorf("approved: %s", a.raw)
	}
	if a := o.request("POST", approve, o.manager, object{"site": o.north, "name": "Gate 2"}); a.status != 404 && a.status != 410 {
		t.Errorf("approved again: %d %s", a.status, a.raw)
	}
	code = o.claim()
	o.want(204, o.request("POST", "/api/v1/claims/"+code+"/deny", o.manager, nil))
	o.want(404, o.request("GET", "/api/v1/claims/BCDF-BCDF", o.manager, nil))
	code = o.claim()
	o.clock.forward(time.Hour)
	o.want(410, o.request("GET", "/api/v1/claims/"+code, o.manager, nil))
}

func TestActivationCodesOverTheAPI(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	a := o.want(201, o.request("POST", "/api/v1/activation-codes", o.manager, object{"site": o.north, "name": "Gate 3"}))
	if len(a.text("code")) != 9 || a.text("expires") == "" {
		t.Errorf("code: %s", a.raw)
	}
	if a := o.request("POST", "/api/v1/activation-codes", o.manager, object{"site": o.north, "name": ""}); a.status != 422 || a.field() != "name required" {
		t.Errorf("without a name: %d %s", a.status, a.raw)
	}
	o.want(403, o.request("POST", "/api/v1/activation-codes", o.viewer, object{"site": o.north, "name": "x"}))
	o.want(404, o.request("POST", "/api/v1/activation-codes", o.far, object{"site": o.north, "name": "x"}))
	o.want(404, o.request("POST", "/api/v1/activation-codes", o.stranger, object{"site": o.north, "name": "x"}))
}

func TestDevicesOverTheAPI(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	path := "/api/v1/devices/" + o.device
	if a := o.want(200, o.request("GET", "/api/v1/devices", o.viewer, nil)); a.text("items.0.id") != o.device || a.text("items.0.site_name") != "North" || a.at("items.0.health") != nil {
		t.Errorf("devices: %s", a.raw)
	}
	if a := o.want(200, o.request("PATCH", path, o.manager, object{"name": "Back door"})); a.text("name") != "Back door" {
		t.Errorf("renamed: %s", a.raw)
	}
	if a := o.want(200, o.request("POST", path+"/lock", o.manager, object{"message": "Closed"})); a.at("locked") != true || a.text("lock_message") != "Closed" {
		t.Errorf("locked: %s", a.raw)
	}
	if a := o.want(200, o.request("POST", path+"/unlock", o.manager, nil)); a.at("locked") != false {
		t.Errorf("unlocked: %s", a.raw)
	}
	o.want(200, o.request("POST", path+"/lock", o.manager, nil))
	if a := o.request("PATCH", path, o.manager, object{"name": ""}); a.status != 422 || a.field() != "name required" {
		t.Errorf("without a name: %d %s", a.status, a.raw)
	}
	for token, status := range map[string]int{o.viewer: 403, o.far: 404, o.stranger: 404} {
		o.want(status, o.request("PATCH", path, token, object{"name": "Mine"}))
		for _, what := range []string{"lock", "unlock", "revoke"} {
			o.want(status, o.request("POST", path+"/"+what, token, nil))
		}
	}
	for _, token := range []string{o.far, o.stranger} {
		o.want(404, o.request("GET", path, token, nil))
		if a := o.want(200, o.request("GET", "/api/v1/devices", token, nil)); a.at("items.0") != nil {
			t.Errorf("somebody else's devices: %s", a.raw)
		}
	}
	if a := o.want(200, o.request("POST", path+"/revoke", o.manager, nil)); a.at("revoked") == nil {
		t.Errorf("revoked: %s", a.raw)
	}
}

func TestCapturesOverTheAPI(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	start := "/api/v1/employees/" + o.anna + "/captures"
	a := o.want(201, o.request("POST", start, o.manager, object{"device": o.device}))
	if a.text("state") != "open" || a.text("employee") != o.anna || a.text("device") != o.device || a.text("expires") == "" {
		t.Errorf("started: %s", a.raw)
	}
	path := "/api/v1/captures/" + a.text("id")
	o.want(200, o.request("GET", path, o.viewer, nil))
	for token, status := range map[string]int{o.viewer: 403, o.far: 404, o.stranger: 404} {
		o.want(status, o.request("POST", start, token, object{"device": o.device}))
		o.want(status, o.request("DELETE", path, token, nil))
	}
	o.want(404, o.request("GET", path, o.far, nil))
	o.want(404, o.request("GET", path, o.stranger, nil))
	o.want(204, o.request("DELETE", path, o.manager, nil))
	if a := o.want(200, o.request("GET", path, o.manager, nil)); a.text("state") != "cancelled" {
		t.Errorf("cancelled: %s", a.raw)
	}
	for body, field := range map[string]string{`{}`: "device required", `{"device": ""}`: "device required", `{"device": "x"}`: "device unknown", `{"device": []}`: "device malformed"} {
		if a := o.request("POST", start, o.manager, body); a.status != 422 || a.field() != field {
			t.Errorf("%s: %d %s", body, a.status, a.raw)
		}
	}
}
