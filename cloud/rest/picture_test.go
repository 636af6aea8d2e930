package rest_test

import (
	"bytes"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"testing"
)

// square returns a small PNG.
func square(t testing.TB) []byte {
	t.Helper()
	m := image.NewRGBA(image.Rect(0, 0, 30, 20))
	for i := range 30 {
		m.Set(i, i%20, color.RGBA{uint8(i * 8), 99, 0, 255})
	}
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestPhotos(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	photo := o.want(200, o.request("GET", "/api/v1/photos/"+o.photo, o.viewer, nil))
	m, err := jpeg.Decode(bytes.NewReader(photo.raw))
	if err != nil || m.Bounds() != image.Rect(0, 0, 256, 256) {
		t.Errorf("a photo of %v (%v)", m, err)
	}
	if kind, cache := photo.header.Get("Content-Type"), photo.header.Get("Cache-Control"); kind != "image/jpeg" || cache != "private, max-age=86400, immutable" {
		t.Errorf("it comes as %q, %q", kind, cache)
	}
	path := "/api/v1/employees/" + o.anna + "/photo"
	for what, c := range map[string]struct {
		token  string
		body   []byte
		status int
		field  string
	}{
		"text":              {o.admin, []byte("hello"), 422, "photo not-a-photo"},
		"half a picture":    {o.admin, square(t)[:40], 422, "photo not-a-photo"},
		"more than 8 MiB":   {o.admin, make([]byte, 8<<20+1), 413, ""},
		"by a viewer":       {o.viewer, square(t), 403, ""},
		"from another site": {o.far, square(t), 404, ""},
		"another's":         {o.stranger, square(t), 404, ""},
	} {
		if a := o.request("PUT", path, c.token, c.body); a.status != c.status || a.field() != c.field {
			t.Errorf("%s: %d %s", what, a.status, a.raw)
		}
	}
	if a := o.request("PUT", path, o.admin, nil); a.status/100 != 4 {
		t.Errorf("nothing: %d %s", a.status, a.raw)
	}
	if a := o.want(200, o.request("GET", "/api/v1/employees/"+o.anna, o.viewer, nil)); a.text("photo") != o.photo {
		t.Errorf("the photo is %q after what was refused", a.text("photo"))
	}
	if a := o.want(200, o.request("DELETE", path, o.manager, nil)); a.at("photo") != nil {
		t.Errorf("taken away: %s", a.raw)
	}
	o.want(404, o.request("GET", "/api/v1/photos/"+o.photo, o.viewer, nil))
}
