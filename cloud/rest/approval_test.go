package rest_test

import (
	"strings"
	"testing"
	"time"

	"muster/sync/wire"
)

// toApprove returns the punch of an operation: one at the north site that waits for
// approval, made when it is first asked for.
func (o *office) toApprove(op operation) string {
	if o.waits == "" && strings.HasPrefix(op.path, "/api/v1/punches/") {
		o.waits = o.tellOffline()
	}
	return o.waits
}

// tellOffline delivers a punch of Anna that was taken without a line.
func (o *office) tellOffline() string {
	o.t.Helper()
	return o.tell(o.device, &wire.PunchPayload{ProfileId: o.anna, SiteId: o.north, Direction: wire.Direction_DIRECTION_IN, NeedsApproval: true})
}

// K29: punches that wait are found by a filter and decided one by one: once, unless
// somebody takes a verdict back, and by whoever manages the site.
func TestK29ApproveOverTheAPI(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	id := o.tellOffline()
	at := "/api/v1/punches/" + id
	listed := func(token, state string) (n int) {
		return len(o.want(200, o.request("GET", "/api/v1/punches?approval="+state, token, nil)).at("items").([]any))
	}
	a := o.want(200, o.request("GET", "/api/v1/punches?approval=waiting", o.viewer, nil))
	if a.text("items.0.id") != id || a.text("items.0.approval") != "waiting" || a.at("items.0.approval_at") != nil || listed(o.far, "waiting") != 0 || listed(o.admin, "approved") != 0 {
		t.Errorf("the list: %s", a.raw)
	}
	if a := o.want(200, o.request("GET", "/api/v1/punches", o.admin, nil)); len(a.at("items").([]any)) != 2 || a.at("items.1.approval") != nil {
		t.Errorf("all: %s", a.raw)
	}
	o.want(422, o.request("GET", "/api/v1/punches?approval=none", o.admin, nil))
	o.want(403, o.request("POST", at+"/approve", o.viewer, nil))
	o.want(404, o.request("POST", at+"/approve", o.far, nil))
	o.want(404, o.request("POST", at+"/approve", o.stranger, nil))
	o.want(404, o.request("POST", "/api/v1/punches/x/approve", o.admin, nil))
	if a := o.request("POST", "/api/v1/punches/"+o.punch+"/reject", o.admin, nil); a.status != 409 || a.text("code") != "conflict" {
		t.Errorf("one that needs nobody: %d %s", a.status, a.raw)
	}
	a = o.want(200, o.again("POST", at+"/approve", o.manager, nil, "Idempotency-Key", "one"))
	if a.text("approval") != "approved" || a.text("approval_by") != "Somebody" || a.text("approval_at") == "" {
		t.Errorf("approved: %s", a.raw)
	}
	o.want(200, o.request("POST", at+"/approve", o.admin, nil)) // it is so
	if a := o.want(200, o.request("GET", "/api/v1/punches?approval=approved", o.admin, nil)); a.text("items.0.approval_by") != "Somebody" {
		t.Errorf("approved again: %s", a.raw)
	}
	o.want(409, o.request("POST", at+"/reject", o.admin, nil))
	if a := o.want(200, o.request("POST", at+"/reject", o.admin, object{"was": "approved"})); a.text("approval") != "rejected" || a.text("approval_by") != "Ada" {
		t.Errorf("taken back: %s", a.raw)
	}
	if a := o.want(200, o.again("POST", at+"/approve", o.manager, nil, "Idempotency-Key", "one")); a.text("approval") != "approved" || listed(o.admin, "rejected") != 1 {
		t.Errorf("the same request again does something: %s", a.raw)
	}
	for _, bad := range []object{{"was": "maybe"}, {"was": "rejected"}, {"wass": "waiting"}} {
		if a := o.request("POST", at+"/reject", o.admin, bad); a.status != 422 || a.header.Get("Content-Type") != "application/problem+json" {
			t.Errorf("%v: %d %s", bad, a.status, a.raw)
		}
	}
}

// K29: many are decided by their ids, or all that a filter shows, but for some, and
// but for what came after somebody looked.
func TestK29ApproveManyOverTheAPI(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	var ids []string
	for range 5 {
		ids = append(ids, o.tellOffline())
	}
	seen := o.clock.now()
	o.clock.forward(time.Minute)
	late := o.tellOffline()
	const approve, reject = "/api/v1/punches/approve", "/api/v1/punches/reject"
	decided := func(path, token string, in object, changed, left float64) {
		t.Helper()
		if a := o.want(200, o.request("POST", path, token, in)); a.at("changed") != changed || a.at("left") != left {
			t.Errorf("%v: %s", in, a.raw)
		}
	}
	decided(approve, o.far, object{"ids": ids}, 0, 5)
	decided(approve, o.stranger, object{"all": true}, 0, 0)
	decided(approve, o.manager, object{"ids": []string{ids[0], ids[0], o.punch, "x"}}, 1, 2)
	o.want(409, o.request("POST", approve, o.manager, object{"all": true, "at_most": 1})) // more have come than anybody looked at
	decided(reject, o.manager, object{"all": true, "at_most": 5, "except": []string{ids[1]}, "received_before": seen, "filter": object{"site": o.north, "employee": o.anna}}, 3, 0)
	decided(reject, o.manager, object{"all": true, "filter": object{"to": "2020-01-01T00:00:00Z"}}, 0, 0)
	decided(reject, o.manager, object{"ids": []string{ids[0], late}, "was": "approved"}, 1, 1)
	o.want(403, o.request("POST", approve, o.viewer, object{"all": true}))
	o.want(404, o.request("POST", approve, o.far, object{"all": true, "filter": object{"site": o.north}}))
	for _, bad := range []object{
		{},
		{"ids": []string{}},
		{"all": true, "ids": ids},
		{"ids": ids, "filter": object{"site": o.north}},
		{"ids": ids, "except": ids},
		{"ids": ids, "at_most": 9},
		{"all": true, "filter": object{"sites": o.north}},
		{"all": true, "filter": object{"site": "x"}},
		{"all": true, "was": "approved"},
		{"alles": true},
	} {
		if a := o.request("POST", approve, o.admin, bad); a.status != 422 && a.status != 400 {
			t.Errorf("%v: %d %s", bad, a.status, a.raw)
		}
	}
	if a := o.want(200, o.request("GET", "/api/v1/punches?approval=waiting", o.admin, nil)); len(a.at("items").([]any)) != 2 {
		t.Errorf("what waits: %s", a.raw)
	}
}

// K29: what somebody has seen is told by the punch that the cloud had last, not by its clock,
// which was ahead when the first one came and is behind when the last one does.
func TestK29WhatWasSeenOverTheAPI(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	o.clock.forward(time.Hour)
	o.tellOffline()
	o.clock.forward(-time.Hour)
	last := o.tellOffline()
	const waiting, approve = "/api/v1/punches?approval=waiting&limit=1", "/api/v1/punches/approve"
	page := o.want(200, o.request("GET", waiting, o.manager, nil))
	if page.text("latest") != last {
		t.Fatalf("the latest: %s", page.raw)
	}
	if a := o.want(200, o.request("GET", waiting+"&before="+page.text("next"), o.manager, nil)); a.at("latest") != nil {
		t.Errorf("a later page: %s", a.raw)
	}
	for _, other := range []string{"/api/v1/punches", "/api/v1/punches?approval=approved"} {
		if a := o.want(200, o.request("GET", other, o.manager, nil)); a.at("latest") != nil {
			t.Errorf("%s: %s", other, a.raw)
		}
	}
	o.clock.forward(-time.Hour)
	late := o.tellOffline()
	for _, bad := range []object{
		{"ids": []string{last}, "through": last},
		{"all": true, "through": "x"},
		{"all": true, "through": o.punch}, // nobody has to approve it
	} {
		if a := o.request("POST", approve, o.manager, bad); a.status != 422 {
			t.Errorf("%v: %d %s", bad, a.status, a.raw)
		}
	}
	if a := o.want(200, o.request("POST", approve, o.manager, object{"all": true, "through": last})); a.at("changed") != 2.0 {
		t.Errorf("decided: %s", a.raw)
	}
	if a := o.want(200, o.request("GET", waiting, o.manager, nil)); a.text("items.0.id") != late || a.text("latest") != late || a.text("next") != "" {
		t.Errorf("what is left: %s", a.raw)
	}
}
