package console

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"html/template"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"regexp"
	"strings"
	"sync"
)

// What npm brought (assets/kit) is not in the repository; without it the
// console works, unstyled.
//
//go:embed assets
var assetFiles embed.FS

// assets are the files that pages load, under names that change with what is
// in them, so that browsers may keep them for ever.
type assets struct {
	kit   bool              // what npm brought is there
	names map[string]string // "console.css" -> "/assets/console.0a1b2c3d.css"
	files map[string]asset  // by path
	icons map[string]template.HTML
}

type asset struct {
	kind       string // media type
	body, gzip []byte
}

// fileReference finds url(kit/name.woff2) in our own style sheets.
var fileReference = regexp.MustCompile(`url\((kit/[a-z0-9.-]+)\)`)

// loadAssets reads them once: packing them takes a while.
var loadAssets = sync.OnceValues(readAssets)

func readAssets() (*assets, error) {
	root, err := fs.Sub(assetFiles, "assets")
	if err != nil {
		return nil, err
	}
	a := &assets{names: map[string]string{}, files: map[string]asset{}, icons: map[string]template.HTML{}}
	var sheets []string // last, because they name other files
	err = fs.WalkDir(root, ".", func(name string, e fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case e.IsDir():
			return nil
		case strings.HasPrefix(name, "kit/icons/"):
			return a.addIcon(root, name)
		case path.Ext(name) == ".txt":
			return nil
		case path.Ext(name) == ".css" && !strings.HasPrefix(name, "kit/"):
			sheets = append(sheets, name)
			return nil
		}
		return a.add(root, name)
	})
	if err != nil {
		return nil, err
	}
	for _, name := range sheets {
		if err := a.add(root, name); err != nil {
			return nil, err
		}
	}
	_, a.kit = a.names["kit/tabler.css"]
	return a, nil
}

func (a *assets) add(root fs.FS, name string) error {
	body, err := fs.ReadFile(root, name)
	if err != nil {
		return err
	}
	ext := path.Ext(name)
	if ext == ".css" {
		body = fileReference.ReplaceAllFunc(body, func(ref []byte) []byte {
			return []byte("url(" + a.name(string(ref[4:len(ref)-1])) + ")")
		})
	}
	f := asset{kind: mime.TypeByExtension(ext), body: body}
	if ext == ".woff2" {
		f.kind = "font/woff2"
	} else if f.gzip, err = compress(body); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	sum := sha256.Sum256(body)
	public := "/assets/" + strings.TrimSuffix(path.Base(name), ext) + "." + hex.EncodeToString(sum[:6]) + ext
	a.names[name] = public
	a.files[public] = f
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

// name returns the path under which a file is served; a file that isn't there
// has a path that answers 404.
func (a *assets) name(file string) string {
	if public, ok := a.names[file]; ok {
		return public
	}
	return "/assets/" + path.Base(file)
}

func (a *assets) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f, ok := a.files[r.URL.Path]
	if !ok {
		http.NotFound(w, r)
		return
	}
	h := w.Header()
	h.Set("Content-Type", f.kind)
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	h.Set("Vary", "Accept-Encoding")
	body := f.body
	if f.gzip != nil && strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		h.Set("Content-Encoding", "gzip")
		body = f.gzip
	}
	_, _ = w.Write(body) // nobody to tell when the browser has gone
}
