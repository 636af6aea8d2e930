package main

import (
	"bytes"
	"log/slog"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"muster/access"
	"muster/attendance"
	"muster/cloud/importer"
	"muster/cloud/sheet"
	"muster/cloud/store"
	"muster/intake"
	"muster/internal/cloudtest"
	"muster/internal/tables"
)

// office is an organisation whose admin imports lists, over the real store and
// the real reader.
type office struct {
	*store.Store
	t     testing.TB
	admin access.Actor
	sites []attendance.Site
	importer.Config
}

func newOffice(t testing.TB) *office {
	t.Helper()
	o := &office{t: t}
	db := cloudtest.Open(t)
	o.Store = store.New(db.Write, db.Read, db, time.Now, store.PasswordCost(64, 1, 1))
	t.Cleanup(func() { o.must(o.Close()) })
	secret, err := o.IssueSetup(t.Context())
	o.must(err)
	u, err := o.SetUp(t.Context(), secret, access.SetUp{Organisation: "Acme", Email: "ada@acme.example", Name: "Ada", Password: "correct horse battery", Language: "en"})
	o.must(err)
	o.admin = u.Actor()
	for _, name := range []string{"Nord", "Süd"} {
		s, err := o.AddSite(t.Context(), o.admin, attendance.Site{Name: name, TimeZone: "Europe/Berlin", Language: "de"})
		o.must(err)
		o.sites = append(o.sites, s)
	}
	o.Config = importer.Config{
		Store: o.Store, Tables: tables.Reader{}, Contacts: tables.Contacts{}, Worker: "worker", Now: time.Now, Logger: slog.New(slog.DiscardHandler),
	}
	return o
}

func (o *office) must(err error) {
	o.t.Helper()
	if err != nil {
		o.t.Fatal(err)
	}
}

// round has an importer do what waits.
func (o *office) round() {
	o.t.Helper()
	_, err := importer.New(o.Config).Round(o.t.Context())
	o.must(err)
}

// upload brings a list in and has it checked.
func (o *office) upload(u intake.Upload) intake.Intake {
	o.t.Helper()
	if u.Kind == "" {
		u.Kind = intake.People
	}
	if u.Name == "" {
		u.Name = "list.csv"
	}
	id, err := o.StartIntake(o.t.Context(), o.admin, u)
	o.must(err)
	o.round()
	return o.look(id)
}

func (o *office) look(id intake.ID) intake.Intake {
	o.t.Helper()
	v, err := o.Intake(o.t.Context(), o.admin, id)
	o.must(err)
	return v
}

// confirm has a list written.
func (o *office) confirm(v intake.Intake, c intake.Confirmation) intake.Intake {
	o.t.Helper()
	o.must(o.ConfirmIntake(o.t.Context(), o.admin, v.ID, c))
	o.round()
	return o.look(v.ID)
}

func (o *office) rows(v intake.Intake, verdict intake.Verdict) []intake.Row {
	o.t.Helper()
	rows, err := o.IntakeRows(o.t.Context(), o.admin, v.ID, verdict, 0, 1000)
	o.must(err)
	return rows
}

// workbook is a file as Excel writes it.
func workbook(t testing.TB, rows ...[]any) []byte {
	t.Helper()
	f := excelize.NewFile()
	for i, row := range rows {
		at, err := excelize.CoordinatesToCellName(1, i+1)
		if err == nil {
			err = f.SetSheetRow("Sheet1", at, &row)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	var out bytes.Buffer
	if err := f.Write(&out); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// written is a file as this product writes it.
func written(t testing.TB, titles []string, n int, row func(int) []string) []byte {
	t.Helper()
	var out bytes.Buffer
	w, err := sheet.NewXLSX(&out, "People", titles...)
	for i := 0; err == nil && i < n; i++ {
		err = w.Row(row(i)...)
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}
