package pages

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"mime"
	"net/http"
	"path"
	"strings"
)

// Files are what pages load, under names that change with what is in them, so that
// browsers may keep them for ever.
type Files struct {
	at    string            // path that all are below, with a slash at its end
	names map[string]string // "console.css" -> "/assets/console.0a1b2c3d.css"
	files map[string]file   // by path
}

type file struct {
	kind       string // media type
	body, gzip []byte // gzip: nil where it would be no smaller
}

// NewFiles returns none, that will be served below a path such as "/assets/".
func NewFiles(at string) *Files {
	return &Files{at: at, names: map[string]string{}, files: map[string]file{}}
}

// Add adds a file. Of its name only the last part is seen in its path.
func (f *Files) Add(name string, body []byte) error {
	ext := path.Ext(name)
	one := file{kind: mime.TypeByExtension(ext), body: body}
	if ext == ".woff2" {
		one.kind = "font/woff2"
	} else {
		var err error
		if one.gzip, err = compress(body); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	sum := sha256.Sum256(body)
	public := f.at + strings.TrimSuffix(path.Base(name), ext) + "." + hex.EncodeToString(sum[:6]) + ext
	f.names[name] = public
	f.files[public] = one
	return nil
}

func compress(body []byte) ([]byte, error) {
	var b bytes.Buffer
	w, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(body); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// Path returns the path under which a file is served; a file that isn't there has a
// path that answers 404.
func (f *Files) Path(name string) string {
	if public, ok := f.names[name]; ok {
		return public
	}
	return f.at + path.Base(name)
}

// Has tells whether there is such a file.
func (f *Files) Has(name string) bool { return f.names[name] != "" }

// ServeHTTP sends a file, packed where the browser takes it so.
func (f *Files) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	one, ok := f.files[r.URL.Path]
	if !ok {
		http.NotFound(w, r)
		return
	}
	h := w.Header()
	h.Set("Content-Type", one.kind)
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	h.Set("Vary", "Accept-Encoding")
	body := one.body
	if one.gzip != nil && strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		h.Set("Content-Encoding", "gzip")
		body = one.gzip
	}
	_, _ = w.Write(body) // nobody to tell when the browser has gone
}
