package portal

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strings"
)

//go:embed assets
var assetFiles embed.FS

// files are the portal's own style sheet and script, under names that change with
// what is in them, so that browsers may keep them for ever. Everything else comes
// from the console.
type files struct {
	names map[string]string // "portal.css" -> "/my/assets/portal.0a1b2c3d.css"
	of    map[string]file
}

type file struct {
	kind       string // media type
	body, gzip []byte
}

func loadFiles() (*files, error) {
	f := &files{names: map[string]string{}, of: map[string]file{}}
	entries, err := fs.ReadDir(assetFiles, "assets")
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		body, err := assetFiles.ReadFile("assets/" + e.Name())
		if err != nil {
			return nil, err
		}
		var packed bytes.Buffer
		w := gzip.NewWriter(&packed)
		if _, err := w.Write(body); err != nil {
			return nil, err
		}
		if err := w.Close(); err != nil {
			return nil, fmt.Errorf("%s: %w", e.Name(), err)
		}
		sum, ext := sha256.Sum256(body), path.Ext(e.Name())
		public := "/my/assets/" + strings.TrimSuffix(e.Name(), ext) + "." + hex.EncodeToString(sum[:6]) + ext
		f.names[e.Name()] = public
		f.of[public] = file{mime.TypeByExtension(ext), body, packed.Bytes()}
	}
	return f, nil
}

func (f *files) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	one, ok := f.of[r.URL.Path]
	if !ok {
		http.NotFound(w, r)
		return
	}
	h := w.Header()
	h.Set("Content-Type", one.kind)
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	h.Set("Vary", "Accept-Encoding")
	body := one.body
	if strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		h.Set("Content-Encoding", "gzip")
		body = one.gzip
	}
	_, _ = w.Write(body) // nobody to tell when the browser has gone
}
