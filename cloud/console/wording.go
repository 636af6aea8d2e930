package console

import (
	"errors"
	"slices"
	"strings"

	"muster/access"
	"muster/attendance"
	"muster/cloud/pages"
	"muster/invite"
)

// wording is one text of a message in a form, with what is wrong with it.
type wording struct {
	Key      string // as in a TemplateKey's text; begins the fields' names
	Event    string
	Channel  string
	Language string
	Subject  string
	Body     string
	Wrong    map[string]string // field -> a sentence that says what to do
	Chips    []chip
	Most     int // bytes of the body
	Open     bool
	First    bool // the cursor goes here
	Changed  bool
}

// chip is a variable to put into a text.
type chip struct{ Name, Words string }

func keyName(k invite.TemplateKey) string {
	b, _ := k.MarshalText() //nolint:errcheck // it has none
	return string(b)
}

// keyOf reads the name of a template.
func keyOf(text string) (invite.TemplateKey, error) {
	parts := strings.Split(text, ".")
	if len(parts) != 3 {
		return invite.TemplateKey{}, pages.ErrBadForm
	}
	k := invite.TemplateKey{Event: invite.Event(parts[0]), Channel: invite.Channel(parts[1]), Language: parts[2]}
	if k.Event != invite.Invite && k.Event != invite.Chase || k.Channel != invite.Email && k.Channel != invite.SMS || !slices.Contains(attendance.Languages, k.Language) {
		return invite.TemplateKey{}, pages.ErrBadForm
	}
	return k, nil
}

// effective is the text that goes out: the organisation's own, or the standard.
func (v *visit) effective(own map[invite.TemplateKey]invite.Template, k invite.TemplateKey) invite.Template {
	if t, ok := own[k]; ok {
		return t
	}
	return v.mail.Standard(k)
}

func (v *visit) wording(k invite.TemplateKey, t invite.Template) wording {
	w := wording{
		Key: keyName(k), Event: string(k.Event), Channel: string(k.Channel), Language: k.Language,
		Subject: t.Subject, Body: t.Body, Wrong: map[string]string{}, Most: invite.MaxBody,
	}
	if k.Channel == invite.SMS {
		w.Most = invite.MaxSMS
	}
	for _, name := range invite.VariableNames {
		w.Chips = append(w.Chips, chip{name, v.text.Say("wording.variable." + strings.ReplaceAll(name, "_", "-"))})
	}
	return w
}

// templateOf reads a text from a form. Browsers send lines that end in CR LF.
func templateOf(f *form, k invite.TemplateKey) invite.Template {
	name := keyName(k)
	t := invite.Template{
		Subject: f.Get(name + ".subject"),
		Body:    strings.TrimSpace(strings.ReplaceAll(f.Raw(name+".body"), "\r\n", "\n")),
	}
	if k.Channel == invite.SMS {
		t.Subject = ""
	}
	return t
}

// refuse notes what is wrong with a text; it returns err where it is something
// else.
func (v *visit) refuse(w *wording, err error) error {
	var bad *invite.BadTemplate
	if !errors.As(err, &bad) {
		return err
	}
	w.Wrong[bad.Field] = v.badText(bad)
	w.Open = true
	return nil
}

// badText says what to do about a text that can't be sent.
func (v *visit) badText(bad *invite.BadTemplate) string {
	switch bad.Problem {
	case "unknown-variable":
		if near := nearest(bad.Text); near != "" {
			return v.text.Say("wording.wrong.near", "Name", "{"+bad.Text+"}", "Near", "{"+near+"}")
		}
		return v.text.Say("wording.wrong.unknown", "Name", "{"+bad.Text+"}")
	case "no-link":
		return v.text.Say("wording.wrong.no-link")
	case access.TooLong:
		return v.text.Say("wording.wrong.too-long")
	case access.Required:
		return v.text.Say("wording.wrong.required-" + bad.Field)
	default:
		return v.text.Wrong(bad.Problem)
	}
}

// nearest is the variable that was probably meant, or "".
func nearest(name string) string {
	best, least := "", 4
	for _, known := range invite.VariableNames {
		if d := distance(name, known); d < least && d < len(known)-1 {
			best, least = known, d
		}
	}
	return best
}

// distance is how many letters must be put in, left out or changed to make one
// word of the other (Levenshtein).
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		corner := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := corner
			if a[i] != b[j] {
				cost = 1 + min(corner, row[j], row[j+1])
			}
			corner, row[j+1] = row[j+1], cost
		}
	}
	return row[len(b)]
}
