package onboarding

import (
	"cmp"
	"context"
	"embed"
	"encoding/json"
	"html/template"
	"strings"
	"sync"
	"time"

	"muster/attendance"
	"muster/invite"
)

//go:embed texts/*.json mail.html
var files embed.FS

// words are the texts of one language.
type words struct {
	Invite  invite.Template `json:"invite"`
	Chase   invite.Template `json:"chase"`
	SMS     string          `json:"sms"`
	Button  string          `json:"button"`
	Expires string          `json:"expires"` // with {expires}
	Footer  string          `json:"footer"`  // with {organisation}
	Date    string          `json:"date"`    // a layout of package time, with {month}
	Months  []string        `json:"months"`

	Domain notice `json:"domain"`
	Entry  notice `json:"entry"`
	Face   notice `json:"face"`

	ContactCode    notice `json:"contact_code"`
	ContactWarning notice `json:"contact_warning"`
}

var texts = sync.OnceValue(func() map[string]words {
	all := map[string]words{}
	for _, language := range attendance.Languages {
		b, err := files.ReadFile("texts/" + language + ".json")
		if err == nil {
			var w words
			err = json.Unmarshal(b, &w)
			all[language] = w
		}
		if err != nil {
			panic(err) // the files are part of the program; a test reads them
		}
	}
	return all
})

var layout = template.Must(template.ParseFS(files, "mail.html"))

// Spoken returns the language that a message for somebody is written in: the
// nearest of attendance.Languages.
func Spoken(language string) string {
	base, _, _ := strings.Cut(strings.ToLower(language), "-")
	for _, l := range attendance.Languages {
		if l == base {
			return l
		}
	}
	return attendance.Languages[0]
}

// Standard is the text that goes out where an admin has written none.
func Standard(k invite.TemplateKey) invite.Template {
	w := texts()[Spoken(k.Language)]
	switch {
	case k.Channel == invite.SMS:
		return invite.Template{Body: w.SMS}
	case k.Event == invite.Chase:
		return w.Chase
	default:
		return w.Invite
	}
}

// Compose writes a message: what somebody receives, and what a preview shows.
func Compose(head invite.Letterhead, k invite.TemplateKey, v invite.Variables, expires time.Time) (subject, text, html string, err error) {
	return compose(nil, head, k, v, expires)
}

func compose(known *forms, head invite.Letterhead, k invite.TemplateKey, v invite.Variables, expires time.Time) (subject, text, html string, err error) {
	k.Language = Spoken(k.Language)
	t, ok := head.Templates[k]
	if !ok {
		t = Standard(k)
	}
	w := texts()[k.Language]
	v.Organisation, v.Expires = head.Organisation, w.date(expires)
	filled := t.Fill(v)
	if k.Channel == invite.SMS {
		return "", filled.Body, "", nil
	}
	html, err = known.html(layoutOf{template: t, language: k.Language, organisation: head.Organisation, logo: head.LogoURL, expires: v.Expires}, v)
	if err != nil {
		return "", "", "", err
	}
	return filled.Subject, filled.Body + "\n\n" + fill(w.Expires, v) + "\n\n-- \n" + fill(w.Footer, v) + "\n", html, nil
}

func fill(text string, v invite.Variables) string { return invite.Template{Body: text}.Fill(v).Body }

// date writes a day as the language does.
func (w words) date(t time.Time) string {
	if len(w.Months) != 12 {
		return t.Format(time.DateOnly)
	}
	return strings.ReplaceAll(t.Format(w.Date), "{month}", w.Months[t.Month()-1])
}

// linkMark stands for the link until it is known how it is shown. No text of a
// person or an admin has it.
const linkMark = "\x00link\x00"

// mail is what the layout shows.
type mail struct {
	Language, Subject, Organisation, Logo, Link, Button, Expires, Footer string
	Paragraphs                                                           []paragraph
}

// paragraph is a button, a code, or lines of text.
type paragraph struct {
	Button bool
	Code   string
	Lines  []string
}

func paragraphs(body, link string) []paragraph {
	var all []paragraph
	for p := range strings.SplitSeq(strings.ReplaceAll(body, "\r\n", "\n"), "\n\n") {
		p = strings.TrimSpace(p)
		switch p {
		case "":
		case linkMark:
			all = append(all, paragraph{Button: true})
		default:
			all = append(all, paragraph{Lines: strings.Split(strings.ReplaceAll(p, linkMark, link), "\n")})
		}
	}
	return all
}

// composer writes the messages of one round. It reads each organisation's
// letterhead once.
type composer struct {
	Texts
	url   string
	now   func() time.Time
	forms *forms

	mu    sync.Mutex
	heads map[attendance.OrgID]invite.Letterhead
}

func (c *composer) head(ctx context.Context, org attendance.OrgID) (invite.Letterhead, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if h, ok := c.heads[org]; ok {
		return h, nil
	}
	h, err := c.Letterhead(ctx, org)
	if err != nil {
		return h, err
	}
	h.LogoURL = LogoURL(c.url, h.Logo)
	if c.heads == nil {
		c.heads = map[attendance.OrgID]invite.Letterhead{}
	}
	c.heads[org] = h
	return h, nil
}

// compose writes the message of a job, or says why nobody can be sent one.
func (c *composer) compose(ctx context.Context, j invite.Job, secret string) (invite.Message, time.Time, *invite.Undeliverable, error) {
	head, err := c.head(ctx, j.Org)
	if err != nil {
		return invite.Message{}, time.Time{}, nil, err
	}
	head = head.With(j.Texts)
	channel, why := head.Policy.Channel(j.Contact)
	if why != "" {
		return invite.Message{}, time.Time{}, &invite.Undeliverable{Reason: why, Permanent: true}, nil
	}
	expires := c.now().Add(head.Policy.Life)
	m := invite.Message{
		ID: j.ID, Org: j.Org, Channel: channel, Name: j.Person.Name(), Sender: head.From(), ReplyTo: head.ReplyTo, Language: Spoken(j.Language),
		To: map[invite.Channel]string{invite.Email: j.Contact.Email, invite.SMS: j.Contact.Phone}[channel],
	}
	m.Subject, m.Text, m.HTML, err = compose(c.forms, head, invite.TemplateKey{Event: j.Event, Channel: channel, Language: m.Language}, invite.Variables{
		FirstName: cmp.Or(j.Person.FirstName, j.Person.Name()), LastName: j.Person.LastName, Name: j.Person.Name(), Number: j.Person.Number,
		Link: Link(c.url, secret),
	}, expires)
	return m, expires, nil, err
}

// LogoURL is where a message's logo is fetched from; empty for none.
func LogoURL(url, logo string) string {
	if logo == "" {
		return ""
	}
	return url + "/logo/" + logo
}

// Link is the address that a message carries. Opening it shows a page and claims
// nothing.
func Link(url, secret string) string { return url + "/join/" + secret }
