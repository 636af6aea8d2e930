package invite

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Template is the text of a message as an admin wrote it: plain text with
// variables in braces, such as {first_name}.
type Template struct {
	Subject string // of an email; one line
	Body    string
}

// Variables are what a template's variables stand for.
type Variables struct {
	FirstName, LastName, Name, Number, Organisation string
	Link                                            string
	Expires                                         string // a date in the recipient's language
}

// VariableNames lists the variables that a template may use, without the braces.
var VariableNames = []string{"first_name", "last_name", "name", "number", "organisation", "link", "expires"}

func (v Variables) of(name string) string {
	switch name {
	case "first_name":
		return v.FirstName
	case "last_name":
		return v.LastName
	case "name":
		return v.Name
	case "number":
		return v.Number
	case "organisation":
		return v.Organisation
	case "link":
		return v.Link
	case "expires":
		return v.Expires
	default:
		return ""
	}
}

// The longest texts of a template, in bytes.
const (
	MaxSubject = 300
	MaxBody    = 10_000
	MaxSMS     = 1000
)

// BadTemplate is the error of a template that can't be sent. Problem is a key, as
// in access.Invalid.
type BadTemplate struct {
	Field   string // "subject" or "body"
	Problem string // "required", "too-long", "malformed", "unknown-variable", "no-link"
	Text    string // the variable that nobody knows
}

// Error is for logs; a screen has a sentence for each problem.
func (b *BadTemplate) Error() string {
	return fmt.Sprintf("%s: %s %s", b.Field, b.Problem, b.Text)
}

// Check tells what is wrong with a template for a channel: nil, or *BadTemplate.
// A message without the link would bring nobody in.
func (t Template) Check(c Channel) error {
	limit := MaxBody
	if c == SMS {
		limit = MaxSMS
	}
	switch {
	case c == Email && strings.TrimSpace(t.Subject) == "":
		return &BadTemplate{Field: "subject", Problem: "required"}
	case len(t.Subject) > MaxSubject:
		return &BadTemplate{Field: "subject", Problem: "too-long"}
	case strings.ContainsAny(t.Subject, "\r\n"):
		return &BadTemplate{Field: "subject", Problem: "malformed"}
	case strings.TrimSpace(t.Body) == "":
		return &BadTemplate{Field: "body", Problem: "required"}
	case len(t.Body) > limit:
		return &BadTemplate{Field: "body", Problem: "too-long"}
	case !slices.Contains(used(t.Body), "link"):
		return &BadTemplate{Field: "body", Problem: "no-link"}
	}
	for field, text := range map[string]string{"subject": t.Subject, "body": t.Body} {
		for _, name := range used(text) {
			if !slices.Contains(VariableNames, name) {
				return &BadTemplate{Field: field, Problem: "unknown-variable", Text: name}
			}
		}
	}
	return nil
}

// used lists the variables of a text.
func used(text string) []string {
	var names []string
	expand(text, func(name string) string {
		names = append(names, name)
		return ""
	})
	return names
}

// Fill puts the variables in. What they stand for is taken as it is: a name with
// braces stays a name.
func (t Template) Fill(v Variables) Template {
	return Template{Subject: expand(t.Subject, v.of), Body: expand(t.Body, v.of)}
}

// expand replaces {name} by what of says; a brace that opens no name stays.
func expand(text string, of func(string) string) string {
	var b strings.Builder
	for {
		before, after, found := strings.Cut(text, "{")
		b.WriteString(before)
		if !found {
			return b.String()
		}
		name, rest, closed := strings.Cut(after, "}")
		if !closed || name == "" || strings.Trim(name, "abcdefghijklmnopqrstuvwxyz_") != "" {
			b.WriteByte('{')
			text = after
			continue
		}
		b.WriteString(of(name))
		text = rest
	}
}

// Letterhead is what messages of an organisation have in common.
type Letterhead struct {
	Organisation string
	Policy       Policy
	Style
	// LogoURL is where the logo is; empty: none is shown. Whoever writes messages
	// sets it.
	LogoURL string
	// Templates are those that an admin wrote.
	Templates map[TemplateKey]Template
}

// Style is what an admin decided about how messages look.
type Style struct {
	Sender  string // the name that messages come from; empty: the organisation's
	ReplyTo string // an email address to which answers go; empty: as the cloud is set up
	Logo    string // names the picture; empty: none
}

// From is the name that messages come from.
func (h Letterhead) From() string {
	if h.Sender != "" {
		return h.Sender
	}
	return h.Organisation
}

// With returns the letterhead with texts in place of its own.
func (h Letterhead) With(texts map[TemplateKey]Template) Letterhead {
	if len(texts) == 0 {
		return h
	}
	own := maps.Clone(h.Templates)
	if own == nil {
		own = map[TemplateKey]Template{}
	}
	maps.Copy(own, texts)
	h.Templates = own
	return h
}

// TemplateKey names a template: for which event, channel and language.
type TemplateKey struct {
	Event    Event // Invite or Chase
	Channel  Channel
	Language string
}

// MarshalText names a template in one word, such as a key of JSON.
func (k TemplateKey) MarshalText() ([]byte, error) {
	return []byte(string(k.Event) + "." + string(k.Channel) + "." + k.Language), nil
}
