package console_test

import (
	"bytes"
	"context"
	"log/slog"
	"mime/multipart"
	"net/http"
	"strings"
	"testing"
	"time"

	"muster/attendance"
	"muster/cloud/importer"
	"muster/cloud/sheet"
	"muster/device"
	"muster/intake"
	"muster/internal/tables"
)

// importing has an importer at work, and pages told of it.
func (w *world) importing() {
	w.t.Helper()
	i := w.importer(w.store)
	w.store.OnNews(func(org attendance.OrgID, n device.News) {
		w.bus.Announce(org, n.Topic, n.ID)
		if n.Topic == "intake" {
			i.Wake()
		}
	})
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		i.Run(ctx)
	}()
	w.t.Cleanup(func() {
		cancel()
		<-done
	})
}

func (w *world) importer(s importer.Store) *importer.Importer {
	return importer.New(importer.Config{
		Store: s, Tables: tables.Reader{}, Contacts: tables.Contacts{}, Worker: "worker", Now: w.now, Logger: slog.New(slog.NewTextHandler(w.t.Output(), nil)),
	})
}

// round has an importer do what waits.
func (w *world) round() {
	w.t.Helper()
	if _, err := w.importer(w.store).Round(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
}

// upload sends a file as the page's form does.
func (b *browser) upload(path, name string, file []byte, fields map[string]string) answer {
	b.t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	for field, value := range fields {
		if err := form.WriteField(field, value); err != nil {
			b.t.Fatal(err)
		}
	}
	part, err := form.CreateFormFile("file", name)
	if err == nil {
		_, err = part.Write(file)
	}
	if err == nil {
		err = form.Close()
	}
	if err != nil {
		b.t.Fatal(err)
	}
	r := b.request(http.MethodPost, path, &body)
	r.Header.Set("Content-Type", form.FormDataContentType())
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	return b.do(r)
}

// bring uploads a list and has it checked; the result is its page's address.
func (b *browser) bring(kind intake.Kind, file string) string {
	b.t.Helper()
	a := b.upload("/import", "list.csv", []byte(file), map[string]string{"kind": string(kind), "site": string(b.w.north.ID)})
	to := a.Header.Get("Location")
	if a.StatusCode != http.StatusSeeOther || !strings.HasPrefix(to, "/import/") {
		b.t.Fatalf("%s to %q\n%s", a.Status, to, a.body)
	}
	b.w.round()
	return to
}

// rowsOf reads a file that was downloaded.
func rowsOf(t *testing.T, file string) []sheet.Row {
	t.Helper()
	table := must(sheet.Open(strings.NewReader(file), int64(len(file)), "x"))(t)
	defer table.Close() //nolint:errcheck // it was only read
	var rows []sheet.Row
	for r := range table.Rows() {
		rows = append(rows, r)
	}
	if len(table.Problems) > 0 || table.Err() != nil {
		t.Errorf("%+v, %v", table.Problems, table.Err())
	}
	return rows
}

// motley is a list with something of everything, as an office has it.
const motley = "Email;External ID;First name;Last name;Phone;Site;Personalkarte\n" +
	"anna.berg@firma.de;HR-1;Anna;Berg;+49 176 12345678;Site North;\n" +
	"juergen@gmial.com;HR-2;Jürgen;Müller;;Site South;\n" +
	";HR-3;Lena;Groß;0176 99999999;Site North;\n" +
	";HR-4;Максим;Безпочты;;Site North;\n" +
	"not an address;HR-5;Rita;Falsch;;Site North;\n" +
	";HR-6;Igor;Gut;+7 905 111-11-11;Site Nroth;\n" +
	"anna.berg@firma.de;HR-7;Anna;Double;;Site North;\n" +
	";HR-8;Olga;Mobil;+79051111111;Site North;\n"

// slow holds a store's writing up until it is let go.
type slow struct {
	importer.Store
	step chan struct{}
}

func (s *slow) WriteRows(ctx context.Context, j intake.Job, until time.Time) (bool, error) {
	select {
	case <-s.step:
	case <-ctx.Done():
		return false, ctx.Err()
	}
	return s.Store.WriteRows(ctx, j, until)
}

func (w *world) announce(org attendance.OrgID, n device.News) { w.bus.Announce(org, n.Topic, n.ID) }
