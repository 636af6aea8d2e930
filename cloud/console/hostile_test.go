package console_test

import (
	"bytes"
	"image"
	"image/png"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"muster/access"
	"muster/attendance"
)

const script = `<script>alert("x")</script>'"&`

func TestNamesAreShownAsTyped(t *testing.T) {
	t.Parallel()
	f := furnish(t)
	b := f.as(f.admin.Email)
	b.post("/sites/new", url.Values{"name": {script}, "time_zone": {"Europe/Berlin"}, "language": {"de"}}).leadsTo(t, "/sites")
	a := b.post("/employees/new", url.Values{"first_name": {script}, "last_name": {"{{.}}"}, "sites": {string(f.north.ID)}})
	where := a.Header.Get("Location")
	id := must(attendance.ParseID[attendance.ProfileID](strings.TrimPrefix(where, "/employees/")))(t)
	m := must(f.world.store.Member(t.Context(), f.admin.Actor(), id))(t)
	f.gate.punch(m.Profile, attendance.In, f.now())
	if err := f.fleet.Rename(t.Context(), f.admin.Actor(), f.gate.at.Device, script); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{where, where + "/remove", "/employees?q=" + url.QueryEscape(script), "/punches", "/", "/devices", "/devices/" + string(f.gate.at.Device), "/sites", "/employees/new"} {
		a := b.get(path)
		checkPage(t, path, a)
		if strings.Contains(a.body, "<script>alert") || !strings.Contains(a.body, "&lt;script&gt;alert") {
			t.Errorf("%s doesn't show the name as it was typed", path)
		}
	}
}

func TestBadInputIsAnsweredAtTheField(t *testing.T) {
	t.Parallel()
	f := furnish(t)
	b := f.as(f.admin.Email)
	long := strings.Repeat("ж", 101)
	person := "/employees/" + string(f.people[0].ID)
	for name, c := range map[string]struct {
		path string
		form url.Values
		says string
		kept string // what was typed, shown again
	}{
		"empty name":       {"/employees/new", url.Values{"number": {"A-17"}, "sites": {string(f.north.ID)}}, "Please fill this in.", `value="A-17"`},
		"no site":          {"/employees/new", url.Values{"first_name": {"Eve"}}, "Please fill this in.", `value="Eve"`},
		"long name":        {"/employees/new", url.Values{"first_name": {long}, "sites": {string(f.north.ID)}}, "That&#39;s too long.", long},
		"control":          {"/employees/new", url.Values{"last_name": {"Eve\x07"}, "sites": {string(f.north.ID)}}, "characters that can&#39;t be used", ""},
		"turned writing":   {"/employees/new", url.Values{"last_name": {"eve\u202egro"}, "sites": {string(f.north.ID)}}, "characters that can&#39;t be used", ""},
		"not UTF-8":        {"/employees/new", url.Values{"last_name": {"eve\xff"}, "sites": {string(f.north.ID)}}, "characters that can&#39;t be used", ""},
		"taken number":     {"/employees/new", url.Values{"last_name": {"Eve"}, "number": {f.people[0].Number}, "sites": {string(f.north.ID)}}, "in use already", `value="Eve"`},
		"no such site":     {"/employees/new", url.Values{"last_name": {"Eve"}, "sites": {"x"}}, "Please choose one of the list.", `value="Eve"`},
		"no such language": {"/employees/new", url.Values{"last_name": {"Eve"}, "language": {"xx"}, "sites": {string(f.north.ID)}}, "Please choose one of the list.", `value="Eve"`},
		"change to empty":  {person, url.Values{"first_name": {" "}, "sites": {string(f.north.ID)}}, "Please fill this in.", ""},
		"card letters":     {person + "/cards", url.Values{"uid": {"04 zz"}}, "8, 14 or 20 hexadecimal digits (0–9, A–F)", `value="04 zz"`},
		"card length":      {person + "/cards", url.Values{"uid": {"04aabb"}}, "8, 14 or 20 hexadecimal digits (0–9, A–F)", `value="04aabb"`},
		"random card":      {person + "/cards", url.Values{"uid": {"08:01:02:03"}}, "shows a new one at each tap", `value="08:01:02:03"`},
		"no tablet":        {person + "/captures", url.Values{}, "Please fill this in.", ""},
		"zone":             {"/sites/new", url.Values{"name": {"Site East"}, "time_zone": {"Mars/Olympus"}, "language": {"en"}}, "There is no such time zone.", `value="Mars/Olympus"`},
		"local zone":       {"/sites/new", url.Values{"name": {"Site East"}, "time_zone": {"Local"}, "language": {"en"}}, "There is no such time zone.", `value="Local"`},
		"site twice":       {"/sites/new", url.Values{"name": {"Site North"}, "time_zone": {"UTC"}, "language": {"en"}}, "in use already", `value="Site North"`},
		"email":            {"/users/new", url.Values{"name": {"Eve"}, "email": {"eve at acme"}, "role": {"viewer"}, "sites": {string(f.north.ID)}}, "right form", `value="eve at acme"`},
		"email twice":      {"/users/new", url.Values{"name": {"Eve"}, "email": {f.admin.Email}, "role": {"viewer"}, "sites": {string(f.north.ID)}}, "in use already", `value="Eve"`},
		"role":             {"/users/new", url.Values{"name": {"Eve"}, "email": {"eve@acme.example"}, "role": {"god"}}, "Please choose one of the list.", `value="Eve"`},
		"viewer of none":   {"/users/new", url.Values{"name": {"Eve"}, "email": {"eve@acme.example"}, "role": {"viewer"}}, "Please fill this in.", `value="Eve"`},
		"last admin":       {"/users/" + string(f.admin.ID), url.Values{"name": {"Ada"}, "email": {f.admin.Email}, "role": {"viewer"}, "sites": {string(f.north.ID)}}, "Somebody has to remain administrator.", ""},
		"token life":       {"/users/tokens", url.Values{"name": {"x"}, "expires": {"4000"}}, "Please fill this in.", ""},
		"tablet name":      {"/devices/" + string(f.gate.at.Device), url.Values{"name": {""}}, "Please fill this in.", ""},
		"lock message":     {"/devices/" + string(f.gate.at.Device) + "/lock", url.Values{"message": {strings.Repeat("x", 201)}}, "That&#39;s too long.", ""},
		"activation":       {"/devices/new", url.Values{"name": {"Gate"}}, "Please fill this in.", `value="Gate"`},
	} {
		t.Run(name, func(t *testing.T) {
			b := &browser{t: t, w: f.world, http: b.http}
			a := b.post(c.path, c.form)
			a.shows(t, http.StatusUnprocessableEntity, c.says, c.kept)
			checkPage(t, c.path, a)
		})
	}
	page := must(f.world.store.Members(t.Context(), f.admin.Actor(), attendance.MemberQuery{}))(t)
	if page.Total != len(f.people) {
		t.Errorf("%d people after nothing but bad input, want %d", page.Total, len(f.people))
	}
}

func TestAddressesThatLeadNowhere(t *testing.T) {
	t.Parallel()
	f := furnish(t)
	b := f.as(f.admin.Email)
	other := string(attendance.NewID[attendance.ProfileID]())
	person := "/employees/" + string(f.people[0].ID)
	for _, path := range []string{
		"/employees/x", "/employees/" + other, "/employees/" + strings.ToUpper(string(f.people[0].ID)), "/employees/%00", "/employees/..%2f..%2fetc",
		"/employees/" + other + "/remove", person + "/cards/x/end", person + "/cards/" + strings.Repeat("0", 64) + "/end",
		"/sites/x", "/sites/" + other, "/devices/x", "/devices/" + other, "/devices/" + other + "/revoke", "/users/x", "/users/tokens/x/revoke",
		"/photos/x", "/photos/" + strings.Repeat("0", 64), "/live/captures/x", "/live/news", "/live/news?topics=everything", "/punches?site=x", "/assets/", "/assets/../words/en.json",
	} {
		if a := b.get(path); a.StatusCode != http.StatusNotFound && a.StatusCode != http.StatusMovedPermanently && a.StatusCode != http.StatusTemporaryRedirect {
			t.Errorf("%s: %s", path, a.Status)
		}
	}
	for path, status := range map[string]int{
		"/employees?after=rubbish": http.StatusBadRequest, "/employees?q=%00": http.StatusOK, "/employees?q=" + strings.Repeat("x", 5000): http.StatusOK,
		"/punches?day=2026-02-30": http.StatusBadRequest, "/punches?day=0000-01-01": http.StatusBadRequest, "/punches?until=x": http.StatusOK,
		"/punches?until=-9223372036854775808": http.StatusOK, "/punches?until=9223372036854775807": http.StatusOK, "/punches?show=%3Cscript%3E": http.StatusOK,
		person + "?capture=x": http.StatusOK, person + "?capture=%00": http.StatusOK,
		"/activate?code=%00": http.StatusNotFound, "/activate?code=" + strings.Repeat("B", 9000): http.StatusNotFound,
	} {
		if a := b.get(path); a.StatusCode != status {
			t.Errorf("%.80s: %s, want %d", path, a.Status, status)
		}
	}
	if a := b.get("/punches?day=2026-02-30"); !strings.Contains(a.body, "“2026-02-30” isn&#39;t a day of the calendar.") {
		t.Error("a day that isn't one is not answered at the field")
	}
	if a := b.post("/punches", nil); a.StatusCode != http.StatusMethodNotAllowed && a.StatusCode != http.StatusNotFound {
		t.Errorf("post to a page: %s", a.Status)
	}
}

func TestTooMuchAtOnce(t *testing.T) {
	t.Parallel()
	f := furnish(t)
	b := f.as(f.admin.Email)
	b.post("/sites/new", url.Values{"name": {strings.Repeat("x", 100_000)}}).shows(t, http.StatusRequestEntityTooLarge, "That was too much at once")
	upload := func(content []byte) answer {
		var body bytes.Buffer
		m := multipart.NewWriter(&body)
		part := must(m.CreateFormFile("photo", "photo.jpg"))(t)
		if _, err := part.Write(content); err != nil {
			t.Fatal(err)
		}
		if err := m.Close(); err != nil {
			t.Fatal(err)
		}
		r := b.request(http.MethodPost, "/employees/"+string(f.people[1].ID)+"/photo", &body)
		r.Header.Set("Content-Type", m.FormDataContentType())
		r.Header.Set("Sec-Fetch-Site", "same-origin")
		return b.do(r)
	}
	upload([]byte("GIF89a")).shows(t, http.StatusUnprocessableEntity, "neither a JPEG nor a PNG")
	upload(nil).shows(t, http.StatusUnprocessableEntity, "Please fill this in.")
	upload(make([]byte, 13<<20)).shows(t, http.StatusUnprocessableEntity, "This file is too big.")
	var square bytes.Buffer
	if err := png.Encode(&square, image.NewRGBA(image.Rect(0, 0, 40, 30))); err != nil {
		t.Fatal(err)
	}
	upload(square.Bytes()).leadsTo(t, "/employees/"+string(f.people[1].ID))
	photo := must(f.world.store.Member(t.Context(), f.admin.Actor(), f.people[1].ID))(t).Profile.Photo
	a := b.get("/photos/" + photo)
	a.shows(t, http.StatusOK)
	if a.Header.Get("Content-Type") != "image/jpeg" || !strings.HasPrefix(a.Header.Get("Cache-Control"), "private") {
		t.Errorf("a photo comes as %v", a.Header)
	}
	f.user(access.Viewer, "south@acme.example", f.south.ID)
	if a := f.as("south@acme.example").get("/photos/" + photo); a.StatusCode != http.StatusNotFound {
		t.Errorf("somebody elsewhere sees the photo: %s", a.Status)
	}
}
