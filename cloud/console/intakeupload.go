package console

import (
	"net/http"
	"net/url"

	"muster/attendance"
	"muster/cloud/pages"
	"muster/intake"
)

// importPage is where a list is uploaded.
type importPage struct {
	*form
	Choice bool // the list only picks people
	Sites  []choice
	Recent []recentIntake
}

type recentIntake struct {
	ID, Name   string
	When       *moment
	Sign, Icon string
	Words      string
	Rows       int
}

func (p importPage) title(l *language) string {
	if p.Choice {
		return l.Say("intake.choice")
	}
	return l.Say("title.import")
}

func (v *visit) importPeople() error {
	f := newForm()
	if v.r.URL.Query().Get("for") == "invitations" {
		f.Set("kind", string(intake.Choice))
	}
	return v.showImport(http.StatusOK, f)
}

func (v *visit) showImport(status int, f *form) error {
	p := importPage{form: f, Choice: f.Get("kind") == string(intake.Choice)}
	choices, _, err := v.siteChoices()
	if err != nil {
		return err
	}
	p.Sites = choices
	if len(choices) == 1 {
		f.Set("site", choices[0].Value)
	}
	recent, err := v.people.Intakes(v.r.Context(), v.actor, 20)
	if err != nil {
		return err
	}
	for _, i := range recent {
		if (i.Kind == intake.Choice) != p.Choice || len(p.Recent) == 5 {
			continue
		}
		r := recentIntake{ID: string(i.ID), Name: i.Name, When: v.here(i.At), Words: v.text.Say("intake.stage." + string(i.Stage)), Rows: i.Rows}
		r.Sign = map[intake.Stage]string{intake.Done: "accept", intake.Failed: "refuse"}[i.Stage]
		if r.Sign == "" {
			r.Sign = "wait"
		}
		p.Recent = append(p.Recent, r)
	}
	section := "employees"
	if p.Choice {
		section = "invitations"
	}
	return v.show(status, "app", "import", section, p)
}

// startIntake takes an uploaded list in and leads to its page.
func (v *visit) startIntake() error {
	f := newForm()
	file, err := pages.ReadUpload(v.w, v.r, intake.MaxSize+1<<20, "file")
	if v.r.PostForm != nil {
		f.Values = url.Values{"kind": v.r.PostForm["kind"], "site": v.r.PostForm["site"]}
	}
	u := intake.Upload{Kind: intake.People, File: file, Site: attendance.SiteID(f.Get("site"))}
	if f.Get("kind") == string(intake.Choice) {
		u.Kind, u.Site = intake.Choice, ""
	}
	var id intake.ID
	if err == nil {
		if headers := v.r.MultipartForm.File["file"]; len(headers) > 0 {
			u.Name = headers[0].Filename
		}
		id, err = v.people.StartIntake(v.r.Context(), v.actor, u)
	}
	if err := f.Take(err); err != nil {
		return err
	}
	if f.Bad() {
		return v.showImport(http.StatusUnprocessableEntity, f)
	}
	v.goTo(intakeAt(id, "", 0))
	return nil
}
