package portal

import (
	"bytes"
	"embed"
	"fmt"
	"hash/fnv"
	"html/template"
	"io/fs"
	"path"
	"strings"

	"muster/attendance"
	"muster/cloud/words"
)

//go:embed templates
var templateFiles embed.FS

// pages holds every page's template in every language.
type pages struct {
	of map[string]map[string]*template.Template // by language, then name
}

// loadPages reads templates/*.html (a page each), templates/layout and
// templates/parts. A page defines "content"; a layout draws it.
func loadPages(t *words.Texts, kit Kit, f *files) (*pages, error) {
	all := &pages{of: map[string]map[string]*template.Template{}}
	names, err := fs.Glob(templateFiles, "templates/*.html")
	if err != nil {
		return nil, err
	}
	for _, tag := range attendance.Languages {
		lang, _ := t.In(tag)
		base, err := template.New("").Funcs(functions(lang, kit, f)).ParseFS(templateFiles, "templates/layout/*.html", "templates/parts/*.html")
		if err != nil {
			return nil, err
		}
		set := map[string]*template.Template{}
		for _, name := range names {
			one, err := base.Clone()
			if err != nil {
				return nil, err
			}
			if one, err = one.ParseFS(templateFiles, name); err != nil {
				return nil, err
			}
			set[strings.TrimSuffix(path.Base(name), ".html")] = one
		}
		set[""] = base
		all.of[tag] = set
	}
	return all, nil
}

// functions are what templates may call, in one language.
func functions(l *language, kit Kit, f *files) template.FuncMap {
	return template.FuncMap{
		"t": l.Say, "n": l.Count, "wrong": l.Wrong, "has": l.Has,
		"icon": kit.Icon, "state": kit.State, "asset": kit.Asset,
		"file":      func(name string) string { return f.names[name] },
		"dict":      dict,
		"languages": func() []string { return attendance.Languages },
	}
}

// dict makes a map of names and values, for a part that takes several.
func dict(pairs ...any) (map[string]any, error) {
	if len(pairs)%2 != 0 {
		return nil, fmt.Errorf("dict: a name without a value")
	}
	m := make(map[string]any, len(pairs)/2)
	for i := 0; i < len(pairs); i += 2 {
		m[fmt.Sprint(pairs[i])] = pairs[i+1]
	}
	return m, nil
}

// view is what a layout is given.
type view struct {
	Title        string
	Page         string // name of the template
	Language     string
	Organisation string
	Face         *face // nil: nobody is signed in
	Flash        string
	Asks         *popUp // nil: no organisation waits for an answer, or it was closed
	Waiting      int    // organisations that ask the person to join
	Choose       string // path of the page to which a language is added; empty: it can't be chosen here
	Data         any
	Feedback     string // where to say what one thinks of the product
}

// face is a person's photo, or initials on one of eight colours that always falls
// the same for the same person.
type face struct {
	Photo    string
	Initials string
	Colour   int
}

func faceOf(p attendance.Profile) *face {
	h := fnv.New32a()
	_, _ = h.Write([]byte(p.ID)) // never fails
	return &face{Photo: p.Photo, Initials: p.Initials(), Colour: int(h.Sum32() % 8)}
}

// show renders a page whole, so that an error half-way leaves no half page.
func (v *visit) show(status int, layout, name string, data any) error {
	one, ok := v.pages.of[v.text.Tag][name]
	if !ok {
		return fmt.Errorf("no page %q", name)
	}
	p := view{Title: v.text.Say("title." + name), Page: name, Language: v.text.Tag, Data: data, Feedback: v.Feedback}
	if p.Feedback == "" {
		p.Feedback = "/my/help"
	}
	if v.self.Profile != "" {
		p.Organisation, p.Face, p.Waiting = v.own.Organisation, faceOf(v.own.Profile), v.own.Waiting
	} else if v.r.Method == "GET" || v.r.Pattern == "POST /my/login" || v.r.Pattern == "POST /join/{secret}" {
		p.Choose = v.r.URL.Path
	}
	if layout == "my" {
		p.Flash = v.sessions.PopString(v.r.Context(), keyFlash)
		var err error
		if p.Asks, err = v.asks(name); err != nil {
			return err
		}
	}
	var b bytes.Buffer
	if err := one.ExecuteTemplate(&b, layout, p); err != nil {
		return fmt.Errorf("render %s: %w", name, err)
	}
	v.w.Header().Set("Content-Type", "text/html; charset=utf-8")
	v.w.Header().Set("Content-Language", v.text.Tag)
	v.w.WriteHeader(status)
	_, _ = v.w.Write(b.Bytes()) // nobody to tell when the browser has gone
	return nil
}
