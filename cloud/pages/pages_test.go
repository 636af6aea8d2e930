package pages_test

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"html/template"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"

	"muster/access"
	"muster/cloud/pages"
)

// A file's name changes with what is in it, so that it may be kept for ever.
func TestFiles(t *testing.T) {
	t.Parallel()
	sheet := strings.Repeat("body { color: red }\n", 50)
	f, changed := pages.NewFiles("/assets/"), pages.NewFiles("/assets/")
	for name, body := range map[string]string{"kit/my.css": sheet, "font.woff2": "wOF2"} {
		if err := errors.Join(f.Add(name, []byte(body)), changed.Add(name, []byte(body+" "))); err != nil {
			t.Fatal(err)
		}
	}
	at := f.Path("kit/my.css")
	if !strings.HasPrefix(at, "/assets/my.") || at == changed.Path("kit/my.css") || !f.Has("kit/my.css") || f.Has("my.css") {
		t.Errorf("served at %s", at)
	}
	get := func(path, accept string) *httptest.ResponseRecorder {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil)
		r.Header.Set("Accept-Encoding", accept)
		rec := httptest.NewRecorder()
		f.ServeHTTP(rec, r)
		return rec
	}
	plain, packed, font := get(at, ""), get(at, "br, gzip"), get(f.Path("font.woff2"), "gzip")
	if plain.Body.String() != sheet || plain.Header().Get("Content-Encoding") != "" || !strings.HasPrefix(plain.Header().Get("Content-Type"), "text/css") {
		t.Errorf("%v %q", plain.Header(), plain.Body)
	}
	r, err := gzip.NewReader(bytes.NewReader(packed.Body.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(r); err != nil || string(got) != sheet {
		t.Errorf("%q, %v", got, err)
	}
	for _, a := range []*httptest.ResponseRecorder{plain, packed, font} {
		if h := a.Header(); !strings.Contains(h.Get("Cache-Control"), "immutable") || h.Get("Vary") != "Accept-Encoding" {
			t.Errorf("%v", h)
		}
	}
	if font.Header().Get("Content-Encoding") != "" || font.Header().Get("Content-Type") != "font/woff2" {
		t.Errorf("%v", font.Header())
	}
	if got := get(f.Path("gone.js"), "").Code; got != http.StatusNotFound {
		t.Errorf("a file that isn't there: %d", got)
	}
}

func TestTemplates(t *testing.T) {
	t.Parallel()
	all, err := pages.LoadTemplates(fstest.MapFS{
		"templates/home.html":        {Data: []byte(`{{define "content"}}{{hello}}, {{template "name" dict "Name" .}}{{end}}`)},
		"templates/broken.html":      {Data: []byte(`{{define "content"}}half of {{.Nothing}}{{end}}`)},
		"templates/torn.html":        {Data: []byte(`{{define "content"}}{{if}}`)},
		"templates/layout/app.html":  {Data: []byte(`{{define "app"}}<main>{{template "content" .}}</main>{{end}}`)},
		"templates/parts/name.html":  {Data: []byte(`{{define "name"}}<b>{{.Name}}</b>{{end}}`)},
		"templates/parts/empty.html": {Data: []byte(`{{define "content"}}{{end}}`)},
	}, func(tag string) template.FuncMap {
		return template.FuncMap{"hello": func() string { return map[string]string{"en": "Hello", "de": "Hallo", "ru": "Привет"}[tag] }}
	})
	if err != nil {
		t.Fatal(err)
	}
	rec := httptest.NewRecorder()
	if err := all.Send(rec, http.StatusTeapot, "de", "app", "home", "<Ada>"); err != nil {
		t.Fatal(err)
	}
	if got := rec.Body.String(); rec.Code != http.StatusTeapot || got != "<main>Hallo, <b>&lt;Ada&gt;</b></main>" || rec.Header().Get("Content-Language") != "de" {
		t.Errorf("%d %v %q", rec.Code, rec.Header(), got)
	}
	if got, err := all.Part("ru", "name", map[string]string{"Name": "&"}); err != nil || got != "<b>&amp;</b>" {
		t.Errorf("%q, %v", got, err)
	}
	for _, page := range []string{"broken", "torn", "none", ""} {
		rec := httptest.NewRecorder()
		if err := all.Send(rec, http.StatusOK, "en", "app", page, "x"); err == nil || rec.Body.Len() > 0 {
			t.Errorf("%q is answered with %q", page, rec.Body)
		}
	}
}

func TestDict(t *testing.T) {
	t.Parallel()
	if m, err := pages.Dict("A", 1, "B", "two"); err != nil || m["A"] != 1 || m["B"] != "two" {
		t.Errorf("%v, %v", m, err)
	}
	for _, bad := range [][]any{{"A"}, {1, "A"}} {
		if _, err := pages.Dict(bad...); err == nil {
			t.Errorf("%v is a dict", bad)
		}
	}
}

func TestProtect(t *testing.T) {
	t.Parallel()
	plain, tls := http.Header{}, http.Header{}
	pages.Protect(plain, false)
	pages.Protect(tls, true)
	for name, want := range map[string]string{
		"Content-Security-Policy": "default-src 'none'", "X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin", "Cache-Control": "no-store",
		"Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Resource-Policy": "same-origin", "Permissions-Policy": "geolocation=()",
	} {
		if !strings.Contains(plain.Get(name), want) {
			t.Errorf("%s: %q", name, plain.Get(name))
		}
	}
	if plain.Get("Strict-Transport-Security") != "" || tls.Get("Strict-Transport-Security") == "" {
		t.Error("browsers are told to stay with TLS where there is none, or not told")
	}
}

func TestProblemOf(t *testing.T) {
	t.Parallel()
	for err, want := range map[error]int{
		access.ErrNotFound: 404, access.ErrForbidden: 403, pages.ErrCrossOrigin: 403, pages.ErrBadForm: 400, access.ErrTooMany: 429, access.ErrUnavailable: 503,
		&http.MaxBytesError{Limit: 1}: 413, access.Invalid{Field: "x"}: 400, io.ErrUnexpectedEOF: 500,
	} {
		if got := pages.ProblemOf(fmt.Errorf("read: %w", err)); got.Status != want || got.Key == "" {
			t.Errorf("%v is %+v, want %d", err, got, want)
		}
	}
}

func TestCookieName(t *testing.T) {
	t.Parallel()
	if a, b := pages.CookieName("muster", true), pages.CookieName("muster", false); a != "__Host-muster" || b != "muster" {
		t.Errorf("%s, %s", a, b)
	}
}
