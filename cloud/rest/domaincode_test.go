package rest_test

import (
	"strings"
	"testing"
)

// L2: a program has a code mailed to whoever runs a domain, and enters it.
func TestL2DomainByMail(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	const at = "/api/v1/membership/domains"
	o.want(201, o.request("POST", at, o.admin, object{"domain": "acme-works.example"}))
	o.want(422, o.request("POST", at+"/acme-works.example/code", o.admin, object{"to": "ada@acme-works.example"}))
	if a := o.want(202, o.request("POST", at+"/acme-works.example/code", o.admin, object{"to": "admin@acme-works.example", "language": "de"})); a.text("mailed_to") != "admin@acme-works.example" {
		t.Errorf("%s", a.raw)
	}
	o.want(429, o.request("POST", at+"/acme-works.example/code", o.admin, object{"to": "admin@acme-works.example"}))
	o.letters.mu.Lock()
	_, code, _ := strings.Cut(o.letters.sent[len(o.letters.sent)-1], " ")
	o.letters.mu.Unlock()
	o.want(422, o.request("POST", at+"/acme-works.example/verify", o.admin, object{"code": "00000000"}))
	if a := o.want(200, o.request("POST", at+"/acme-works.example/verify", o.admin, object{"code": code})); a.text("verified") == "" {
		t.Errorf("%s", a.raw)
	}
	e := o.want(200, o.request("GET", "/api/v1/audit?limit=1", o.admin, nil))
	if e.text("items.0.action") != "verify-domain" || e.text("items.0.via") != "api" {
		t.Errorf("%s", e.raw)
	}
}
