package main

import (
	"bytes"
	"testing"
	"time"

	"muster/attendance"
	"muster/cloud/console"
	"muster/internal/tables"
	"muster/invite"
)

// W26: what the console hands over becomes a file that is a PDF, as letters and as
// slips; P12: it reads numbers as the cloud does.
func TestW26SheetsOfTheConsole(t *testing.T) {
	t.Parallel()
	for _, slips := range []bool{false, true} {
		var b bytes.Buffer
		err := sheets{}.Print(&b, console.Printout{Slips: slips, Organisation: "Acme", Start: "https://muster.example/my/login", Codes: []console.HandedOut{{
			AccessCode: invite.AccessCode{Person: attendance.Profile{FirstName: "Анна", LastName: "Berg", Number: "123456"}, Code: "K7QM-X94T-RBC", Expires: time.Now()},
			Language:   "ru", Site: "Nord", Zone: time.UTC,
		}}})
		if err != nil || !bytes.HasPrefix(b.Bytes(), []byte("%PDF")) {
			t.Errorf("slips %v: %v, %d bytes", slips, err, b.Len())
		}
	}
	if _, refusal := (tables.Contacts{}).Phone("9051111111", "RU"); refusal == nil || refusal.Suggestion != "+79051111111" {
		t.Errorf("%+v", refusal)
	}
	rows, err := square("https://muster.example/my/login")
	if err != nil || len(rows) < 21 || len(rows) != len(rows[0]) || !rows[0][0] || rows[1][1] {
		t.Errorf("no QR code: %d rows, %v", len(rows), err)
	}
}
