package console_test

import (
	"bytes"
	"context"
	"encoding/csv"
	"net/http"
	"net/url"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/xuri/excelize/v2"

	"muster/access"
	"muster/attendance"
	"muster/cloud/console"
	"muster/invite"
)

// table reads a file that was taken away as CSV.
func table(t *testing.T, a answer, comma rune) [][]string {
	t.Helper()
	if a.StatusCode != http.StatusOK || !strings.HasPrefix(a.Header.Get("Content-Type"), "text/csv") {
		t.Fatalf("%d %s: %.200s", a.StatusCode, a.Header.Get("Content-Type"), a.body)
	}
	r := csv.NewReader(strings.NewReader(strings.TrimPrefix(a.body, "\ufeff")))
	r.Comma = comma
	return must(r.ReadAll())(t)
}

// Each list is taken away as it is narrowed, by who may see it, and that is noted.
func TestExportEveryList(t *testing.T) {
	t.Parallel()
	w, people := crowd(t)
	batch := w.ask(people[:6]...)
	b := w.as(w.admin.Email)
	w.user(access.Viewer, "vera.viewer@acme.example", w.north.ID)
	vera := w.as("vera.viewer@acme.example")
	for list, page := range map[string]string{
		"employees": "/employees", "invitations": "/invitations", "batch": "/invitations/batches/" + string(batch.ID), "blocks": "/invitations/blocks",
		"devices": "/devices", "sites": "/sites", "users": "/users", "punches": "/punches", "quarantine": "/quarantine", "audit": "/audit",
	} {
		to := "/export/" + list
		query := ""
		if list == "batch" {
			query = "?batch=" + string(batch.ID)
		}
		b.get(page).shows(t, 200, `href="`+to+".csv"+query+`"`, `href="`+to+".xlsx"+query+`"`)
		rows := table(t, b.get(to+".csv"+query), ',')
		file := b.get(to + ".xlsx" + query)
		book := must(excelize.OpenReader(bytes.NewReader([]byte(file.body))))(t)
		cells := must(book.GetRows(book.GetSheetName(0)))(t)
		if list == "audit" {
			cells = cells[1:] // the first file is noted in the second
			cells[0] = rows[0]
		}
		if len(cells) != len(rows) || strings.Join(cells[0], "|") != strings.Join(rows[0], "|") || !strings.Contains(file.Header.Get("Content-Disposition"), `filename="`+list+"-") {
			t.Errorf("%s: %d rows as xlsx, %d as csv; %v, %v; %v", list, len(cells), len(rows), cells[0], rows[0], file.Header)
		}
		for _, title := range rows[0] {
			if strings.Contains(title, ".") && !strings.Contains(title, " ") || title == "" {
				t.Errorf("%s: a title is %q", list, title)
			}
		}
		want := http.StatusOK
		if list == "users" || list == "audit" || list == "batch" {
			want = http.StatusForbidden
		}
		if a := vera.get(to + ".csv" + query); a.StatusCode != want && !(list == "batch" && a.StatusCode == http.StatusNotFound) {
			t.Errorf("%s for a viewer: %d", list, a.StatusCode)
		}
	}
	narrowed := table(t, b.get("/export/invitations.csv?email=person.12"), ',')
	if len(narrowed) != 2 || narrowed[1][3] != "person.12@example.com" {
		t.Errorf("narrowed: %v", narrowed)
	}
	b.get("/export/nothing.csv").shows(t, http.StatusNotFound)
	b.get("/export/employees.pdf").shows(t, http.StatusNotFound)
	b.get("/export/employees").shows(t, http.StatusNotFound)
	b.get("/export/punches.csv?site=nowhere").shows(t, http.StatusNotFound)
	log := must(w.store.AuditLog(t.Context(), w.admin.Actor(), access.AuditQuery{Action: "export", Limit: 100}))(t)
	noted := false
	for _, e := range log.Entries {
		if strings.Contains(e.Subject, "person.12") {
			t.Errorf("the audit log holds what was searched for: %q", e.Subject)
		}
		noted = noted || e.Subject == "invitations.csv (email)" && e.Via == access.ViaConsole && e.Address != "" && e.User == w.admin.ID
	}
	if !noted {
		t.Errorf("not noted: %+v", log.Entries)
	}
}

// Nobody who opens a list runs what somebody called himself, and titles, dates
// and separators are as the reader's Excel has them.
func TestExportIsHarmlessAndSpoken(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.reached("=HYPERLINK(\"http://evil\")", "@SUM(A1)", invite.Contact{Phone: "+4915123456789", Email: "x@example.com"}, w.north.ID)
	must(w.store.Ask(t.Context(), w.admin.Actor(), invite.Order{To: invite.Selection{All: true}}))(t)
	if err := w.store.ChangeOwnAccount(t.Context(), w.admin.Actor(), "Ada", "de"); err != nil {
		t.Fatal(err)
	}
	b := w.as(w.admin.Email)
	rows := table(t, b.get("/export/invitations.csv"), ';')
	row := rows[1]
	if row[1] != "'=HYPERLINK(\"http://evil\")" || row[2] != "'@SUM(A1)" || row[4] != "'+4915123456789" {
		t.Errorf("%q", row)
	}
	if rows[0][1] != "Vorname" || !strings.Contains(row[12], ".2") || strings.Contains(row[12], "-") {
		t.Errorf("%q\n%q", rows[0], row)
	}
	book := must(excelize.OpenReader(strings.NewReader(b.get("/export/invitations.xlsx").body)))(t)
	sheet := book.GetSheetName(0)
	if f := must(book.GetCellFormula(sheet, "B2"))(t); f != "" || must(book.GetCellValue(sheet, "B2"))(t) != "=HYPERLINK(\"http://evil\")" {
		t.Errorf("formula %q", f)
	}
	if kind := must(book.GetCellType(sheet, "M2"))(t); kind == excelize.CellTypeSharedString || kind == excelize.CellTypeInlineString {
		t.Error("a time is text")
	}
}

// endless is a store with people who are made as they are read.
type endless struct {
	console.People
	people, most int
}

func (e *endless) Sites(context.Context, access.Actor) ([]attendance.Site, error) { return nil, nil }

func (e *endless) Record(context.Context, access.Actor, string, string) error { return nil }

func (e *endless) Memberships(context.Context, access.Actor, []attendance.ProfileID) (map[attendance.ProfileID]invite.Admission, error) {
	return nil, nil
}

func (e *endless) Members(_ context.Context, _ access.Actor, q attendance.MemberQuery) (attendance.MemberPage, error) {
	e.most = max(e.most, q.Limit)
	from, _ := strconv.Atoi(q.After)
	page := attendance.MemberPage{Next: strconv.Itoa(from + q.Limit)}
	for i := from; i < min(from+q.Limit, e.people); i++ {
		page.Members = append(page.Members, attendance.Member{Profile: attendance.Profile{Number: strconv.Itoa(i), FirstName: "First" + strconv.Itoa(i), LastName: "Last"}})
	}
	if from+q.Limit >= e.people {
		page.Next = ""
	}
	return page, nil
}

// However long a list is, a page of it is in memory: a hundred thousand rows take
// no more than a thousand.
func TestExportNeedsNoMemory(t *testing.T) {
	held := func(people int, format string) uint64 {
		e := &endless{people: people}
		x := must(console.NewExporter(console.Config{People: e, Tables: &joined{}}))(t)
		most, written := uint64(0), 0
		sink := sinkFunc(func(p []byte) (int, error) {
			if written += len(p); written%(1<<20) < len(p) { // about once a MiB
				runtime.GC()
				var m runtime.MemStats
				runtime.ReadMemStats(&m)
				most = max(most, m.HeapAlloc)
			}
			return len(p), nil
		})
		actor := access.Actor{User: "u", Org: "o", Role: access.OrgAdmin}
		if err := x.Export(t.Context(), actor, access.Export{List: "employees", Format: format, Begin: func(string, string) access.Sink { return sink }}); err != nil {
			t.Fatal(err)
		}
		if e.most > 500 || written == 0 {
			t.Errorf("%d rows were read at once, %d bytes written", e.most, written)
		}
		return most
	}
	for _, format := range []string{"csv", "xlsx"} {
		few, lots := held(1000, format), held(100_000, format)
		t.Logf("%s: %d KiB with 1,000 rows, %d KiB with 100,000", format, few>>10, lots>>10)
		if lots > 64<<20 { // a workbook's rows wait on the disk beyond 16 MiB
			t.Errorf("%s: %d MiB with 100,000 rows", format, lots>>20)
		}
	}
}

type sinkFunc func([]byte) (int, error)

func (f sinkFunc) Write(p []byte) (int, error) { return f(p) }

// The audit page shows who did what to whom, narrows by each filter, and is for
// administrators.
func TestAuditPage(t *testing.T) {
	t.Parallel()
	w, people := crowd(t)
	b := w.as(w.admin.Email)
	anna := people[0]
	b.post("/employees/"+string(people[11].ID)+"/hand-out", url.Values{}).shows(t, 200)
	page := b.get("/audit")
	page.shows(t, 200, "Made an access code", "Ordered messages", "Ada Admin", "Console", "127.0.0.1", "Bergmann")
	b.get("/audit?action=hand-out").shows(t, 200, "Made an access code")
	only := b.get("/audit?action=set-contact&person=" + string(anna.ID))
	only.shows(t, 200, "Changed the contact details", "Only what was done to Anna Bergmann.")
	if strings.Contains(only.body, "Fatima") || strings.Contains(only.body, "<strong>Made an access code") {
		t.Error("the filters don't narrow it")
	}
	b.get("/audit?from=2030-01-01").shows(t, 200, "Nothing fits")
	b.get("/audit?from=2026-13-45").shows(t, http.StatusBadRequest, "2026-13-45")
	if strings.Count(page.body, `<tr role="row">`) != 51 || !strings.Contains(page.body, `rel="next"`) {
		t.Errorf("%d rows", strings.Count(page.body, `<tr role="row">`))
	}
	if strings.Contains(page.body, "person.00@example.com") {
		t.Error("an address shows")
	}
	w.user(access.SiteManager, "mia.manager@acme.example", w.north.ID)
	mia := w.as("mia.manager@acme.example")
	mia.get("/audit").shows(t, http.StatusForbidden)
	if home := mia.get("/"); strings.Contains(home.body, `href="/audit"`) {
		t.Error("a manager is led to the audit log")
	}
}

// An administrator reads the audit log, narrows it, and takes it away, with the
// mouse and with the keyboard.
func TestAuditAndExportInABrowser(t *testing.T) {
	t.Parallel()
	w, _ := crowd(t)
	win := w.chromium()
	win.signIn(w.admin.Email)
	win.open("/audit")
	run(win, chromedp.SetValue(chromedp.CSS("#f-action"), "set-contact"))
	win.until(`location.search.includes("action=set-contact") && document.readyState === "complete"`)
	win.until(`[...document.querySelectorAll(".rows-audit .cell-main")].every(c => c.textContent === "Changed the contact details")`)
	run(win, chromedp.Click(chromedp.CSS(".export summary")))
	win.until(`document.querySelector(".export").open`)
	got := run(win, chromedp.Evaluate[string](`fetch(document.querySelector(".export a").href).then(r => r.text())`, chromedp.EvalAwaitPromise))
	if n := strings.Count(got, "Changed the contact details"); n == 0 || strings.Contains(got, "Ordered messages") {
		t.Errorf("%d rows of the file: %.300s", n, got)
	}
	win.press(kb.Escape)
	win.until(`!document.querySelector(".export").open`)
	win.quiet()
	for _, width := range []int64{390, 800, 1280} {
		win.size(width, 844)
		for _, page := range []string{"/audit", "/invitations", "/employees", "/users", "/punches"} {
			win.open(page)
			run(win, chromedp.Click(chromedp.CSS(".export summary")))
			if wide := run(win, chromedp.Evaluate[int64](`document.documentElement.scrollWidth`)); wide > width {
				t.Errorf("at %d pixels %s is %d wide", width, page, wide)
			}
		}
	}
	win.quiet()
}
