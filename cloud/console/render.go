package console

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"io/fs"
	"path"
	"strings"
	"sync"

	"muster/access"
	"muster/attendance"
)

//go:embed templates
var templateFiles embed.FS

// pages holds every page's template in every language, with the layouts and
// the parts that pages share.
type pages struct {
	of map[string]map[string]*template.Template // by language, then name
}

// loadPages reads them once.
var loadPages = sync.OnceValues(readPages)

// readPages reads templates/*.html (a page each), templates/layout and
// templates/parts. A page defines "content"; a layout draws it.
func readPages() (*pages, error) {
	a, err := loadAssets()
	if err != nil {
		return nil, err
	}
	t, err := loadTexts()
	if err != nil {
		return nil, err
	}
	all := &pages{of: map[string]map[string]*template.Template{}}
	names, err := fs.Glob(templateFiles, "templates/*.html")
	if err != nil {
		return nil, err
	}
	for _, tag := range attendance.Languages {
		lang, _ := t.In(tag)
		base, err := template.New("").Funcs(functions(lang, a)).
			ParseFS(templateFiles, "templates/layout/*.html", "templates/parts/*.html")
		if err != nil {
			return nil, err
		}
		set := map[string]*template.Template{"": base}
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
		// A template can't be cloned once it has been executed, so the parts
		// that are sent alone have a copy of their own.
		if set[""], err = base.Clone(); err != nil {
			return nil, err
		}
		all.of[tag] = set
	}
	return all, nil
}

// functions are what templates may call, in one language.
func functions(l *language, a *assets) template.FuncMap {
	return template.FuncMap{
		"t":     l.Say,
		"n":     l.Count,
		"num":   l.Number,
		"icon":  a.icon,
		"state": state,
		"asset": a.name,
		"dict":  dict,
		"wrong": l.Wrong,
		"list":  func(items ...any) []any { return items },
	}
}

// dict makes a map of names and values, for a part that takes several.
func dict(pairs ...any) (map[string]any, error) {
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

// view is what a layout is given.
type view struct {
	Title     string
	Page      string // name of the template
	Section   string // which entry of the navigation is current
	Language  string
	User      access.User
	Operator  access.Operator // of the pages of operators; zero elsewhere
	Initials  *person
	Flash     string
	Path      string // of the request, to come back to
	Data      any    // what the page itself shows
	Pending   bool   // somebody's activation is still to come
	Undecided int    // punches that wait for somebody who reads to approve them
	Silent    bool   // somebody has never been invited, and whoever reads may launch
	Export    *exportLinks
	Simulator string // address of a simulated tablet; empty: there is none, or it isn't offered
	Help      string // where the page is explained
	Feedback  string // where to say what one thinks of it
	actor     access.Actor
}

// May tells whether to offer something; whether it is allowed is for the store
// to say.
func (v view) May(p string) bool { return v.actor.May(access.Permission(p)) }

// show renders a page whole, so that an error half-way leaves no half page.
func (v *visit) show(status int, layout, name, section string, data any) error {
	one, ok := v.pages.of[v.text.Tag][name]
	if !ok {
		return fmt.Errorf("no page %q", name)
	}
	p := view{
		Title: v.title(name, data), Page: name, Section: section, Language: v.text.Tag,
		User: v.user, Path: v.r.URL.RequestURI(), Data: data, actor: v.actor, Export: v.exportLinks(name), Help: helpOf(name, section), Feedback: v.feedback,
	}
	if p.Feedback == "" {
		p.Feedback = p.Help
	}
	if v.user.ID != "" {
		p.Initials = v.userFace()
	}
	if v.actor.May(access.ManageDevices) {
		p.Simulator = v.simulator
	}
	if layout == "app" && v.user.ID != "" {
		var err error
		if p.Pending, err = v.people.AnyPending(v.r.Context(), v.actor); err != nil && !byItself(v.r) && name != "problem" {
			return err
		}
		if v.actor.May(access.ManageRoster) {
			if p.Undecided, err = v.undecided(); err != nil && !byItself(v.r) && name != "problem" {
				return err
			}
		}
		if v.mail != nil && v.actor.May(access.ManageSites) {
			if p.Silent, err = v.people.AnySilent(v.r.Context(), v.actor); err != nil && !byItself(v.r) && name != "problem" {
				return err
			}
		}
	}
	switch {
	case v.atDesk:
		p.Flash, p.Operator = v.desk.PopString(v.r.Context(), keyFlash), v.op
	case !byItself(v.r):
		p.Flash = v.sessions.PopString(v.r.Context(), keyFlash)
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

// titled is data that names its page better than the page's own title does.
type titled interface{ title(*language) string }

func (v *visit) title(name string, data any) string {
	if d, ok := data.(titled); ok {
		return d.title(v.text)
	}
	return v.text.Say("title." + name)
}

// part renders one shared part alone, to be sent over a live stream.
func (v *visit) part(name string, data any) (string, error) {
	var b strings.Builder
	if err := v.pages.of[v.text.Tag][""].ExecuteTemplate(&b, name, data); err != nil {
		return "", fmt.Errorf("render %s: %w", name, err)
	}
	return b.String(), nil
}
