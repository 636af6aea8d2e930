package portal

import (
	"embed"
	"hash/fnv"
	"html/template"

	"muster/attendance"
	"muster/cloud/pages"
)

//go:embed templates
var templateFiles embed.FS

// functions are what templates may call, in one language.
func functions(l *language, kit Kit, f *pages.Files) template.FuncMap {
	return template.FuncMap{
		"t": l.Say, "n": l.Count, "wrong": l.Wrong, "has": l.Has,
		"icon": kit.Icon, "state": kit.State, "asset": kit.Asset,
		"file":      f.Path,
		"languages": func() []string { return attendance.Languages },
	}
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

// show answers with a page.
func (v *visit) show(status int, layout, name string, data any) error {
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
	return v.pages.Send(v.w, status, v.text.Tag, layout, name, p)
}
