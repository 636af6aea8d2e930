package console

import (
	"embed"
	"html/template"
	"sync"

	"muster/access"
	"muster/cloud/pages"
)

//go:embed templates
var templateFiles embed.FS

// loadPages reads them once.
var loadPages = sync.OnceValues(func() (*pages.Templates, error) {
	a, err := loadAssets()
	if err != nil {
		return nil, err
	}
	t, err := loadTexts()
	if err != nil {
		return nil, err
	}
	return pages.LoadTemplates(templateFiles, func(tag string) template.FuncMap {
		lang, _ := t.In(tag)
		return functions(lang, a)
	})
})

// functions are what templates may call, in one language.
func functions(l *language, a *assets) template.FuncMap {
	return template.FuncMap{
		"t":     l.Say,
		"n":     l.Count,
		"num":   l.Number,
		"icon":  a.icon,
		"state": state,
		"asset": a.Path,
		"wrong": l.Wrong,
		"list":  func(items ...any) []any { return items },
	}
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

// show answers with a page.
func (v *visit) show(status int, layout, name, section string, data any) error {
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
	return v.pages.Send(v.w, status, v.text.Tag, layout, name, p)
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
	return v.pages.Part(v.text.Tag, name, data)
}
