package rest_test

import (
	"log/slog"
	"testing"

	"muster/cloud/importer"
	spreadsheets "muster/internal/tables"
)

// A program uploads a list, reads why rows are refused, confirms, and learns who it
// became.
func TestImportByTheAPI(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	worker := importer.New(importer.Config{
		Store: o.store, Tables: spreadsheets.Reader{}, Contacts: spreadsheets.Contacts{}, Worker: "worker", Now: o.clock.now, Logger: slog.New(slog.DiscardHandler),
	})
	round := func() {
		t.Helper()
		if _, err := worker.Round(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	file := []byte("External ID,Name,Phone\nX1,Carla Crane,\nX2,Dora Deer,9051111111\n")
	started := o.want(202, o.request("POST", "/api/v1/imports?name=staff.csv&site="+o.north, o.admin, file))
	at := "/api/v1/imports/" + started.text("id")
	if started.text("stage") != "reading" {
		t.Errorf("%s", started.raw)
	}
	if early := o.request("POST", at+"/confirm", o.admin, object{}); early.status != 409 {
		t.Errorf("confirmed before it was checked: %d %s", early.status, early.raw)
	}
	round()
	checked := o.want(200, o.request("GET", at, o.admin, nil))
	if checked.text("stage") != "checked" || checked.at("counts.new") != 1.0 || checked.at("counts.refused") != 1.0 {
		t.Fatalf("%s", checked.raw)
	}
	refused := o.want(200, o.request("GET", at+"/rows?verdict=refused", o.admin, nil))
	if refused.at("items.0.line") != 3.0 || refused.text("items.0.problems.0.code") == "" || refused.at("items.1") != nil {
		t.Errorf("%s", refused.raw)
	}
	first := o.want(200, o.request("GET", at+"/rows?limit=1", o.admin, nil))
	if next := first.text("next"); next != "2" || o.want(200, o.request("GET", at+"/rows?limit=1&after="+next, o.admin, nil)).at("items.0.line") != 3.0 {
		t.Errorf("%s", first.raw)
	}
	o.want(202, o.request("POST", at+"/confirm", o.admin, object{}))
	round()
	done := o.want(200, o.request("GET", at, o.admin, nil))
	who := o.want(200, o.request("GET", at+"/rows?verdict=new", o.admin, nil)).text("items.0.employee")
	if done.text("stage") != "done" || o.want(200, o.request("GET", "/api/v1/employees/"+who, o.admin, nil)).text("last_name") != "Crane" {
		t.Errorf("%s", done.raw)
	}
}
