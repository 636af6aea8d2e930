package pages

import (
	"bytes"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"path"
	"strings"

	"muster/attendance"
)

// Templates holds every page's template in each of attendance.Languages, with the
// layouts and the parts that pages share.
type Templates struct {
	of map[string]map[string]*template.Template // by language, then name; "" has layouts and parts alone
}

// LoadTemplates reads templates/*.html (a page each), templates/layout and
// templates/parts. A page defines "content"; a layout draws it. What templates may
// call beside Dict ("dict") is asked for once for each language.
func LoadTemplates(files fs.FS, functions func(tag string) template.FuncMap) (*Templates, error) {
	names, err := fs.Glob(files, "templates/*.html")
	if err != nil {
		return nil, err
	}
	all := &Templates{of: map[string]map[string]*template.Template{}}
	for _, tag := range attendance.Languages {
		base, err := template.New("").Funcs(template.FuncMap{"dict": Dict}).Funcs(functions(tag)).
			ParseFS(files, "templates/layout/*.html", "templates/parts/*.html")
		if err != nil {
			return nil, err
		}
		set := map[string]*template.Template{}
		for _, name := range names {
			one, err := base.Clone()
			if err != nil {
				return nil, err
			}
			if one, err = one.ParseFS(files, name); err != nil {
				return nil, err
			}
			set[strings.TrimSuffix(path.Base(name), ".html")] = one
		}
		set[""] = base
		all.of[tag] = set
	}
	return all, nil
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
	one, ok := t.of[tag][name]
	if !ok || name == "" {
		return fmt.Errorf("no page %q", name)
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
	if err := t.of[tag][""].ExecuteTemplate(&b, name, data); err != nil {
		return "", fmt.Errorf("render %s: %w", name, err)
	}
	return b.String(), nil
}
