package rest_test

import (
	"testing"
)

// Who looks at somebody over the API sees what address they wrote into their own data
// and have not confirmed, beside the one that counts.
func TestWaitingAddressOverTheAPI(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	if a := o.want(200, o.request("GET", "/api/v1/invitations/"+o.anna, o.admin, nil)); a.at("waiting") != nil {
		t.Errorf("%s", a.raw)
	}
	o.exec(`INSERT INTO contact_changes (id, org, profile, channel, address, before, password_at, coded_at, asked_at) VALUES ('c', ?, ?, 'email', 'new@acme.example', 'annabella@acme.example', 0, ?, ?)`,
		o.org, o.anna, o.clock.now().UnixMicro(), o.clock.now().UnixMicro())
	a := o.want(200, o.request("GET", "/api/v1/invitations/"+o.anna, o.manager, nil))
	if a.text("waiting.0.address") != "new@acme.example" || a.text("waiting.0.channel") != "email" || a.text("email") != "annabella@acme.example" {
		t.Errorf("%s", a.raw)
	}
	o.want(404, o.request("GET", "/api/v1/invitations/"+o.anna, o.stranger, nil))
}
