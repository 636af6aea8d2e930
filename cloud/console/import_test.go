package console_test

import (
	"bytes"
	"context"
	"mime/multipart"
	"net/http"
	"strings"
	"testing"
	"time"

	"muster/access"
	"muster/attendance"
	"muster/device"
)

// stick is what takes imports in, which the cloud joins to the console; what it
// does with a file is tested where it is.
type stick struct{ taken int }

func (s *stick) Import(_ context.Context, _ access.Actor, dev attendance.DeviceID, file []byte, take bool) (device.Import, error) {
	if string(file) == "nonsense" {
		return device.Import{}, access.Invalid{Field: "file", Problem: access.NotAnExport}
	}
	if take {
		s.taken++
	}
	return device.Import{Device: dev, Signed: true, Rows: 1234, New: 1200, There: 34, From: time.Now(), To: time.Now()}, nil
}

// An admin looks at a file first; nothing is changed by that. Nobody else sees
// the form, or gets through without it.
func TestImport(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	page := "/devices/" + string(w.tablet(w.north.ID, "Gate 2").at.Device)
	upload := func(b *browser, file, do string) answer {
		var body bytes.Buffer
		m := multipart.NewWriter(&body)
		if part, err := m.CreateFormFile("file", "muster.export"); err != nil {
			t.Fatal(err)
		} else if _, err := part.Write([]byte(file)); err != nil {
			t.Fatal(err)
		}
		if err := m.WriteField("do", do); err != nil {
			t.Fatal(err)
		}
		if err := m.Close(); err != nil {
			t.Fatal(err)
		}
		r := b.request(http.MethodPost, page+"/import", &body)
		r.Header.Set("Content-Type", m.FormDataContentType())
		r.Header.Set("Sec-Fetch-Site", "same-origin")
		return b.do(r)
	}
	b := w.as(w.admin.Email)
	b.get(page).shows(t, http.StatusOK, "Rows from a stick")
	upload(b, "rows", "look").shows(t, http.StatusOK, "Nothing has been changed yet", "1,234", "1,200")
	if w.stick.taken != 0 {
		t.Error("looking took the file in")
	}
	upload(b, "rows", "take").shows(t, http.StatusOK, "Taken in.", "1,200")
	upload(b, "nonsense", "take").shows(t, http.StatusUnprocessableEntity, "This is no export of a tablet")
	upload(b, "", "take").shows(t, http.StatusUnprocessableEntity)
	if w.stick.taken != 1 {
		t.Errorf("taken %d times, want once", w.stick.taken)
	}
	w.user(access.SiteManager, "manager@example.com", w.north.ID)
	manager := w.as("manager@example.com")
	if a := manager.get(page); strings.Contains(a.body, "Rows from a stick") {
		t.Error("a site manager is offered the form")
	}
	upload(manager, "rows", "take").shows(t, http.StatusForbidden)
	if w.stick.taken != 1 {
		t.Error("a site manager has taken a file in")
	}
}
