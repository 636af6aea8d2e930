package console_test

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"muster/access"
	"muster/cloud/sheet"
	"muster/intake"
	"muster/invite"
)

func (w *world) region(code string) {
	w.t.Helper()
	p := must(w.store.Policy(w.t.Context(), w.admin.Actor()))(w.t)
	p.Region, p.SMS = code, true
	if err := w.store.SetPolicy(w.t.Context(), w.admin.Actor(), p); err != nil {
		w.t.Fatal(err)
	}
}

// A number without its country code is refused with what was probably meant, and
// the refused rows come as a file that can be mended and uploaded again.
func TestP12RefusedRowsAreMendedAndUploadedAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.region("RU")
	b := w.as(w.admin.Email)
	at := b.bring(intake.People, "External ID,Name,Phone\nA1,Anna Berg,9051111111\nA2,Ben Stone,79052222222\n")
	b.get(at+"?show=refused").shows(t, http.StatusOK, "9051111111", "has no country code", "Perhaps: &#43;79051111111", "Column C, Phone", "1 row can be imported")
	for _, format := range []string{"xlsx", "csv"} {
		a := b.get(at + "/refused/rows." + format)
		if a.StatusCode != http.StatusOK || !strings.Contains(a.Header.Get("Content-Disposition"), "."+format) {
			t.Fatalf("%s: %s", format, a.Status)
		}
		rows := rowsOf(t, a.body)
		if len(rows) != 1 || rows[0].Cells[sheet.ExternalID] != "A1" || rows[0].Cells[sheet.Phone] != "9051111111" {
			t.Errorf("%s: %+v", format, rows)
		}
		if format == "csv" && !strings.Contains(a.body, "has no country code") {
			t.Errorf("the reason is not in %q", a.body)
		}
		if format == "csv" {
			at = b.bring(intake.People, strings.Replace(a.body, "9051111111", "79051111111", 1))
			b.get(at).shows(t, http.StatusOK, "1 row can be imported")
		}
	}
}

// The choice between now and later is made at each upload; what will happen to how
// many stands there before, SMS and email apart.
func TestP9W20W21NowOrLaterAtEachUpload(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.region("DE")
	b := w.as(w.admin.Email)
	at := b.bring(intake.People, motley)
	b.get(at).shows(t, http.StatusOK, `value="later" checked`, "4 rows can be imported", "4 rows are left out",
		"Perhaps: juergen@gmail.com", "Perhaps: Site North", "Row 2 is about the same person", "cards are enrolled at a tablet")
	b.get(at+"/confirm?send=later").shows(t, http.StatusOK, "Import 4 rows?", "Nobody is told anything", "Import, send nothing")
	page := b.get(at + "/confirm?send=now")
	page.shows(t, http.StatusOK, "Import and send 3 messages", "No email and no phone")
	for name, want := range map[string]string{"emails": "2", "texts": "1"} {
		if m := regexp.MustCompile(`name="` + name + `" value="(\d+)"`).FindStringSubmatch(page.body); m == nil || m[1] != want {
			t.Errorf("%s: %v", name, m)
		}
	}
	b.post(at+"/confirm", url.Values{"send": {"now"}, "emails": {"2"}, "texts": {"1"}}).leadsTo(t, at)
	b.get(at).shows(t, http.StatusOK, "People are being saved")
	b.post(at+"/confirm", url.Values{"send": {"now"}, "emails": {"2"}, "texts": {"1"}}).leadsTo(t, at)
	w.round()
	b.get(at).shows(t, http.StatusOK, "The import is done", "Added", "See what became of the invitations", "/employees/")
	tally := must(w.store.Tally(t.Context(), w.admin.Actor(), invite.Filter{}))(t)
	if tally[invite.Waiting] != 3 || tally[invite.NotInvited] != 1 {
		t.Errorf("%v", tally)
	}
	b.get("/import").shows(t, http.StatusOK, "list.csv", "Done")
}

// The templates are in the admin's language, and every language's is understood.
func TestW13TemplatesInThreeLanguages(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.as(w.admin.Email)
	for language, title := range map[string]string{"en": "Last name", "de": "Nachname", "ru": "Фамилия"} {
		if err := w.store.ChangeOwnAccount(t.Context(), w.admin.Actor(), "Ada Admin", language); err != nil {
			t.Fatal(err)
		}
		for _, format := range []string{"xlsx", "csv"} {
			a := b.get("/import-template/muster." + format)
			table, err := sheet.Open(strings.NewReader(a.body), int64(len(a.body)), "x")
			if err != nil || !table.Has(sheet.Email) || !table.Has(sheet.LastName) || fmt.Sprint(table.Columns[3].Title) != title {
				t.Fatalf("%s %s: %v %+v", language, format, err, table)
			}
		}
	}
}

// Whoever may not manage people sees no import, and nobody sees another's.
func TestImportPagesAreForThoseWhoMay(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.user(access.Viewer, "vera@acme.example", w.north.ID)
	w.user(access.SiteManager, "nora@acme.example", w.north.ID)
	at := w.as(w.admin.Email).bring(intake.People, "Name\nAnna Berg\n")
	for _, path := range []string{"/import", at, at + "/refused/rows.csv", "/import-template/muster.csv"} {
		w.as("vera@acme.example").get(path).shows(t, http.StatusForbidden)
	}
	nora := w.as("nora@acme.example")
	for _, path := range []string{at, at + "/refused/rows.csv", at + "/confirm"} {
		nora.get(path).shows(t, http.StatusNotFound)
	}
	nora.post(at+"/confirm", url.Values{}).shows(t, http.StatusNotFound)
	nora.post(at+"/drop", url.Values{}).shows(t, http.StatusNotFound)
	nora.get("/import/nonsense").shows(t, http.StatusNotFound)
	nora.get(at+"/refused/rows.exe").shows(t, http.StatusNotFound)
}

// A file that can't be read says why in words, and one that is too large or missing
// says so at its field.
func TestImportSaysWhatIsWrongWithAFile(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.as(w.admin.Email)
	b.get(b.bring(intake.People, "%PDF-1.4 not a table")).shows(t, http.StatusOK, "This is no spreadsheet", "Upload another file")
	b.get(b.bring(intake.Choice, "Name\nAnna\n")).shows(t, http.StatusOK, "No row says what the columns are")
	b.upload("/import", "empty.csv", nil, map[string]string{"kind": "people"}).shows(t, http.StatusUnprocessableEntity, "Please choose a file")
	b.upload("/import", "big.csv", make([]byte, 34<<20), map[string]string{"kind": "people"}).shows(t, http.StatusUnprocessableEntity, "The file is too large")
	b.get(b.bring(intake.People, "Name,Email\n<script>alert(1)</script>,x\n")).shows(t, http.StatusOK, "&lt;script&gt;")
}
