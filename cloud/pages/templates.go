package pages

import (
	"bytes"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"path"
	"strings"
	"sync"

	"muster/attendance"
)

// Templates holds the templates of all pages in each of attendance.Languages, with the
// layouts and the parts that pages share. A page is made of its own copy of these, so it is
// only put together when it is first asked for: all of them would take a cloud a third of a
// second at each start, and some sixty megabytes for good.
type Templates struct {
	files fs.FS
	of    map[string]*edition // by language
}

// edition is everything in one language.
type edition struct {
	shared *template.Template // the layouts and parts; copied only, for what has been executed can't be
	parts  *template.Template // a copy for Part

	mu    sync.Mutex
	pages map[string]*template.Template // by name; nil until it is asked for
}

// LoadTemplates reads templates/*.html (a page each), templates/layout and
// templates/parts. A page defines "content"; a layout draws it. What templates may
// call beside Dict ("dict") is asked for once for each language.
func LoadTemplates(files fs.FS, functions func(tag string) template.FuncMap) (*Templates, error) {
	names, err := fs.Glob(files, "templates/*.html")
	if err != nil {
		return nil, err
	}
	all := &Templates{files: files, of: map[string]*edition{}}
	for _, tag := range attendance.Languages {
		e := &edition{pages: make(map[string]*template.Template, len(names))}
		e.shared, err = template.New("").Funcs(template.FuncMap{"dict": Dict}).Funcs(functions(tag)).
			ParseFS(files, "templates/layout/*.html", "templates/parts/*.html")
		if err != nil {
			return nil, err
		}
		if e.parts, err = e.shared.Clone(); err != nil {
			return nil, err
		}
		for _, name := range names {
			e.pages[strings.TrimSuffix(path.Base(name), ".html")] = nil
		}
		all.of[tag] = e
	}
	return all, nil
}

// page returns a page's template in a language.
func (t *Templates) page(tag, name string) (*template.Template, error) {
	e, ok := t.of[tag]
	if !ok {
		return nil, fmt.Errorf("no pages in %q", tag)
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	one, ok := e.pages[name]
	if !ok {
		return nil, fmt.Errorf("no page %q", name)
	}
	if one != nil {
		return one, nil
	}
	one, err := e.shared.Clone()
	if err != nil {
		return nil, fmt.Errorf("page %q: %w", name, err)
	}
	if one, err = one.ParseFS(t.files, "templates/"+name+".html"); err != nil {
		return nil, fmt.Errorf("page %q: %w", name, err)
	}
	e.pages[name] = one
	return one, nil
}

// Dict makes a map of names and values, for a part that takes several.
func Dict(pairs ...any) (map[string]any, error) {
	if len(pairs)%2 != 0 {
		return nil, fmt.Errorf("dict: a name without a value")
	}
	m := make(map[string]any, len(pairs)/2)
	for i := 0; i < len(pairs); i += 2 {
		name, ok := pairs[i].(string)
		if !ok {
			return nil, fmt.Errorf("dict: %v is not a name", pairs[i])
		}
		m[name] = pairs[i+1]
	}
	return m, nil
}

// Send answers with a page in a layout. It is rendered whole first, so that an error
// half-way leaves no half page.
func (t *Templates) Send(w http.ResponseWriter, status int, tag, layout, name string, data any) error {
	one, err := t.page(tag, name)
	if err != nil {
		return err
	}
	var b bytes.Buffer
	if err := one.ExecuteTemplate(&b, layout, data); err != nil {
		return fmt.Errorf("render %s: %w", name, err)
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Language", tag)
	w.WriteHeader(status)
	_, _ = w.Write(b.Bytes()) // nobody to tell when the browser has gone
	return nil
}

// Part renders one of the shared parts alone.
func (t *Templates) Part(tag, name string, data any) (string, error) {
	var b strings.Builder
	if err := t.of[tag].parts.ExecuteTemplate(&b, name, data); err != nil {
		return "", fmt.Errorf("render %s: %w", name, err)
	}
	return b.String(), nil
}
