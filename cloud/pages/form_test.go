package pages_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"muster/access"
	"muster/cloud/pages"
	"muster/invite"
)

func posted(t testing.TB, kind string, body io.Reader) *http.Request {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/", body)
	r.Header.Set("Content-Type", kind)
	return r
}

const urlencoded = "application/x-www-form-urlencoded"

// A form comes back with what was typed in it and the first thing that was wrong with
// each field.
func TestForm(t *testing.T) {
	t.Parallel()
	f, err := pages.ReadForm(httptest.NewRecorder(), posted(t, urlencoded, strings.NewReader("name=+Ada+&password=+x+&site=a&site=b&empty=++")), pages.FormLimit)
	if err != nil {
		t.Fatal(err)
	}
	if f.Get("name") != "Ada" || f.Raw("password") != " x " || !f.Has("site", "b") || f.Has("site", "c") || len(f.All("site")) != 2 {
		t.Errorf("%v", f.Values)
	}
	if f.Require("name", "site"); f.Bad() {
		t.Error("what was filled in is missed")
	}
	f.Require("empty")
	f.Reject("empty", "second")
	f.Refuse("phone", nil)
	f.Refuse("email", &invite.Refusal{Reason: invite.BadAddress, Suggestion: "ada@example.com"})
	f.Say("text", "{frist_name} isn't known.")
	for field, want := range map[string]string{"empty": access.Required, "phone": "", "email": string(invite.BadAddress), "text": "other", "name": ""} {
		if got := f.Problem(field); got != want {
			t.Errorf("%s: %q, want %q", field, got, want)
		}
	}
	if f.Meant("email") != "ada@example.com" || f.Said("text") == "" || f.Said("email") != "" || !f.Bad() {
		t.Error("what was said of a field is gone")
	}
	if f.First("empty", "name", "email", "empty") || !f.First("email", "name", "email", "empty") {
		t.Error("the cursor isn't at the first field that is wrong")
	}
	other := pages.NewForm()
	if other.Adopt(f); other.Problem("email") == "" {
		t.Error("what is wrong in another form isn't taken over")
	}
}

// What a store says about fields is shown at them, whatever it is wrapped in; any
// other error stays one.
func TestTake(t *testing.T) {
	t.Parallel()
	f := pages.NewForm()
	err := fmt.Errorf("add: %w", errors.Join(access.Invalid{Field: "name", Problem: access.TooLong},
		fmt.Errorf("contact: %w", access.Invalid{Field: "email", Problem: access.Taken, Holder: "p1", HolderName: "Eve"})))
	if err := f.Take(err); err != nil {
		t.Fatal(err)
	}
	if f.Problem("name") != access.TooLong || f.Problem("email") != access.Taken || f.Holder("name") != nil {
		t.Errorf("%+v", f)
	}
	if h := f.Holder("email"); h == nil || *h != (pages.Holder{ID: "p1", Name: "Eve"}) {
		t.Errorf("held by %v", h)
	}
	if err := f.Take(access.ErrConflict); !errors.Is(err, access.ErrConflict) {
		t.Errorf("%v is left of a conflict", err)
	}
	if err := f.Take(nil); err != nil {
		t.Error(err)
	}
}

func TestDayIn(t *testing.T) {
	t.Parallel()
	beirut, err := time.LoadLocation("Asia/Beirut")
	if err != nil {
		t.Fatal(err)
	}
	f := pages.NewForm()
	f.Set("skipped", "2026-03-29") // clocks go forward at midnight
	f.Set("bad", "2026-02-30")
	if got := f.DayIn("skipped", beirut); got.Format(time.RFC3339) != "2026-03-29T01:00:00+03:00" {
		t.Errorf("the day begins at %v", got)
	}
	if !f.DayIn("none", beirut).IsZero() || f.Bad() {
		t.Error("no day is one")
	}
	if !f.DayIn("bad", beirut).IsZero() || f.Problem("bad") != access.Malformed {
		t.Error("30 February is a day")
	}
}

func FuzzReadForm(f *testing.F) {
	f.Add(urlencoded, "name=Ada&name=%zz")
	f.Add("multipart/form-data; boundary=x", "--x\r\nContent-Disposition: form-data; name=\"photo\"; filename=\"a\"\r\n\r\nabc\r\n--x--\r\n")
	f.Add("multipart/form-data", "--")
	f.Fuzz(func(t *testing.T, kind, body string) {
		_, err := pages.ReadForm(httptest.NewRecorder(), posted(t, kind, strings.NewReader(body)), 100)
		checkRefusal(t, err, len(body) > 100)
		r := posted(t, kind, strings.NewReader(body))
		_, err = pages.ReadUpload(httptest.NewRecorder(), r, 100, "photo")
		checkRefusal(t, err, len(body) > 100)
		if r.MultipartForm != nil {
			_ = r.MultipartForm.RemoveAll() //nolint:errcheck // nothing this small is in a file
		}
	})
}

// checkRefusal fails the test where reading ended in an error that is no fault of
// whoever sent the form.
func checkRefusal(t *testing.T, err error, tooLarge bool) {
	t.Helper()
	switch p := pages.ProblemOf(err); {
	case err == nil, p.Status == http.StatusBadRequest:
	case p.Status == http.StatusRequestEntityTooLarge && tooLarge:
	default:
		t.Fatalf("%v is answered with %d", err, p.Status)
	}
}

// A phone sends two fields, of which one is empty.
func TestReadUpload(t *testing.T) {
	t.Parallel()
	upload := func(limit int64, files map[string]string) (string, error) {
		var body bytes.Buffer
		form := multipart.NewWriter(&body)
		for field, file := range files {
			part, err := form.CreateFormFile(field, field+".jpg")
			if err == nil {
				_, err = io.WriteString(part, file)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		if err := form.Close(); err != nil {
			t.Fatal(err)
		}
		got, err := pages.ReadUpload(httptest.NewRecorder(), posted(t, form.FormDataContentType(), &body), limit, "photo", "camera")
		return string(got), err
	}
	for name, c := range map[string]struct {
		files map[string]string
		limit int64
		want  string
		err   error
	}{
		"stored":    {map[string]string{"photo": "a", "camera": ""}, 1000, "a", nil},
		"taken":     {map[string]string{"photo": "", "camera": "b"}, 1000, "b", nil},
		"one field": {map[string]string{"camera": "b"}, 1000, "b", nil},
		"none":      {map[string]string{"photo": "", "camera": ""}, 1000, "", access.Invalid{Field: "photo", Problem: access.Required}},
		"large":     {map[string]string{"camera": strings.Repeat("x", 2000)}, 1000, "", access.Invalid{Field: "photo", Problem: access.TooBig}},
	} {
		got, err := upload(c.limit, c.files)
		if got != c.want || !errors.Is(err, c.err) {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
	if _, err := pages.ReadUpload(httptest.NewRecorder(), posted(t, urlencoded, strings.NewReader("photo=x")), 1000, "photo"); !errors.Is(err, pages.ErrBadForm) {
		t.Errorf("a form without files is %v", err)
	}
}
