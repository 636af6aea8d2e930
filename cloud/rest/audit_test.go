package rest_test

import (
	"slices"
	"testing"
	"time"
)

// Whatever is changed over the API leaves a note of who did it, from where, with
// which token.
func TestEveryChangeIsNoted(t *testing.T) {
	t.Parallel()
	// These change nothing that is anybody's, or can't succeed here.
	without := []string{"plan-invitations", "preview-template", "set-up", "issue-token", "import-rows", "confirm-import", "reset-access", "reactivate-account", "reprocess-quarantine", "enter-domain-code"}
	for _, op := range operations(t) {
		if op.method == "GET" || slices.Contains(without, op.id) {
			continue
		}
		t.Run(op.id, func(t *testing.T) {
			t.Parallel()
			o := openOffice(t)
			o.capture = o.want(201, o.request("POST", "/api/v1/employees/"+o.anna+"/captures", o.admin, object{"device": o.device})).text("id")
			o.tokenID, o.code = o.want(200, o.request("GET", "/api/v1/tokens", o.manager, nil)).text("items.0.id"), o.claim()
			o.exec(`INSERT INTO blocks (org, address, reason, since) VALUES (?, 'annabella@acme.example', 'spam', 1)`, o.org)
			if op.id == "unlock-device" {
				o.request("POST", "/api/v1/devices/"+o.device+"/lock", o.admin, object{"message": "x"})
			}
			if op.id == "change-card" || op.id == "undo-batch" || op.id == "send-invitations" {
				o.exec(`DELETE FROM blocks WHERE org = ?`, o.org)
			}
			switch op.id { // what is so already is no change
			case "set-photo":
				o.want(200, o.request("DELETE", "/api/v1/employees/"+o.anna+"/photo", o.admin, nil))
			case "remove-domain", "mail-domain-code":
				o.want(201, o.request("POST", "/api/v1/membership/domains", o.admin, object{"domain": "acme-works.example"}))
			case "request-face-id", "reset-face-id":
				o.want(200, o.request("PATCH", "/api/v1/policy", o.admin, object{"face_id": true}))
				if op.id == "reset-face-id" {
					o.want(200, o.request("POST", "/api/v1/employees/"+o.anna+"/face-id", o.admin, nil))
				}
			case "remove-unit":
				o.want(200, o.request("PUT", "/api/v1/membership/units/Works", o.admin, object{"site": o.north}))
			case "assign-card":
				o.want(200, o.request("DELETE", "/api/v1/employees/"+o.anna+"/cards/"+o.card, o.admin, nil))
			}
			before := o.want(200, o.request("GET", "/api/v1/audit?limit=1", o.admin, nil)).at("items.0.id").(float64)
			a := o.request(op.method, o.at(op), o.admin, o.valid(op))
			if a.status >= 300 {
				t.Fatalf("%d %s", a.status, a.raw)
			}
			e := o.want(200, o.request("GET", "/api/v1/audit?limit=1", o.admin, nil))
			if e.at("items.0.id").(float64) <= before || e.text("items.0.via") != "api" || e.text("items.0.address") != "127.0.0.1" || e.text("items.0.token") != "Set-up" || e.text("items.0.user_name") != "Ada" {
				t.Errorf("the newest entry is %s", e.raw)
			}
		})
	}
}

// K12: one chase in 24 hours, whoever asks: the administrator, a program, the
// manager of the site.
func TestK12OneChaseADayWhoeverAsks(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	arrived := func() {
		o.exec(`UPDATE profiles SET account = 'invited', delivery = 'delivered', status = 'invited', due_at = 0 WHERE id = ?`, o.anna)
	}
	chase := object{"event": "chase", "to": object{"emails": []string{"Annabella@ACME.example"}}}
	arrived()
	o.exec(`UPDATE profiles SET messaged_at = 0 WHERE id = ?`, o.anna) // invited long ago
	if a := o.want(201, o.request("POST", "/api/v1/batches", o.scoped("invitations:send"), chase)); a.at("queued") != 1.0 {
		t.Fatalf("the first: %s", a.raw)
	}
	arrived()
	for who, token := range map[string]string{"the manager": o.manager, "the administrator": o.admin, "another program": o.scoped("invitations:send")} {
		a := o.want(201, o.request("POST", "/api/v1/batches", token, chase))
		if a.at("queued") != 0.0 || a.at("refused.too-soon") != 1.0 {
			t.Errorf("%s chases again: %s", who, a.raw)
		}
		if r := o.want(200, o.request("GET", "/api/v1/batches/"+a.text("id")+"/results", token, nil)); r.text("items.0.refused") != "too-soon" || r.text("items.0.again") == "" {
			t.Errorf("%s isn't told when: %s", who, r.raw)
		}
	}
	if a := o.want(200, o.request("GET", "/api/v1/invitations/"+o.anna, o.admin, nil)); a.text("chase_after") == "" {
		t.Errorf("nobody is told when: %s", a.raw)
	}
	if a := o.want(200, o.request("POST", "/api/v1/invitations/plan", o.admin, chase)); a.at("refused.too-soon") != 1.0 || a.text("rows.0.refused") != "too-soon" {
		t.Errorf("the plan: %s", a.raw)
	}
	o.clock.forward(24 * time.Hour)
	admin := o.scoped()
	if a := o.want(201, o.request("POST", "/api/v1/batches", admin, chase)); a.at("queued") != 1.0 {
		t.Errorf("a day later: %s", a.raw)
	}
}

// W5: everyone, a selection, one person; K7: with SMS only when their number was
// said; and people who are named wrongly hold nobody up.
func TestW5ThreeWaysToInvite(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	o.want(200, o.request("POST", "/api/v1/batches/"+o.batch+"/undo", o.admin, nil))
	one := o.want(201, o.request("POST", "/api/v1/batches", o.admin, object{"to": object{"ids": []string{o.anna, o.elsewhere, "nonsense"}, "emails": []string{"nobody@acme.example"}}}))
	if one.at("queued") != 1.0 || one.text("unfound.0.given") != "nonsense" || one.text("unfound.1.refused") != "unknown" {
		t.Errorf("one person: %s", one.raw)
	}
	o.want(200, o.request("POST", "/api/v1/batches/"+one.text("id")+"/undo", o.admin, nil))
	for _, to := range []object{{"all": true}, {"all": true, "filter": object{"text": "annabella"}}, {"all": true, "filter": object{"status": []string{"not-invited"}}, "except": []string{o.elsewhere}}} {
		a := o.want(201, o.request("POST", "/api/v1/batches", o.admin, object{"to": to}))
		if a.at("queued") != 1.0 {
			t.Errorf("%v: %s", to, a.raw)
		}
		o.want(200, o.request("POST", "/api/v1/batches/"+a.text("id")+"/undo", o.admin, nil))
	}
	for _, to := range []object{{}, {"all": true, "ids": []string{o.anna}}} {
		if a := o.request("POST", "/api/v1/batches", o.admin, object{"to": to}); a.status != 422 || a.text("errors.0.field") != "to" {
			t.Errorf("%v: %d %s", to, a.status, a.raw)
		}
	}
	// Somebody of another organisation is nobody.
	mine := o.want(422, o.request("POST", "/api/v1/batches", o.admin, object{"to": object{"ids": []string{o.elsewhere}}}))
	theirs := o.want(422, o.request("POST", "/api/v1/batches", o.stranger, object{"to": object{"ids": []string{o.anna}, "emails": []string{"annabella@acme.example"}}}))
	if mine.text("code") != "nobody" || string(mine.raw) != string(theirs.raw) {
		t.Errorf("%s\n%s", mine.raw, theirs.raw)
	}
}
