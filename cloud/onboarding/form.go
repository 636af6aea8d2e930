package onboarding

import (
	"bytes"
	"crypto/rand"
	"fmt"
	"strings"
	"sync"
	"unicode/utf8"

	"muster/invite"
)

// form is the HTML of messages that differ only in whom they are for, with blanks
// for that. html/template has written what is between the blanks, so that it knows
// where each of them stands.
type form struct {
	parts  []string // one more than blanks
	blanks []string // names of variables
}

// personal are the variables that differ between people, with the link last.
var personal = []string{"first_name", "last_name", "name", "number", "link"}

// escape is what html/template does to a value in an element's text and in a
// quoted attribute. A test holds the two against each other.
var escape = strings.NewReplacer("\x00", "\uFFFD", `"`, "&#34;", "&", "&amp;", "'", "&#39;", "+", "&#43;", "<", "&lt;", ">", "&gt;")

// plainLink tells that a link means the same in HTML's text and in its attributes,
// and needs nothing done to it.
func plainLink(link string) bool {
	return (strings.HasPrefix(link, "https://") || strings.HasPrefix(link, "http://")) &&
		strings.Trim(link, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~/:") == ""
}

// suits tells that a value leaves the message's paragraphs and lines as they are.
func suits(value string) bool {
	return value != "" && utf8.ValidString(value) && !strings.ContainsAny(value, "\r\n\x00") && strings.TrimSpace(value) == value
}

// newForm lets html/template write the message to nobody.
func newForm(l layoutOf) (*form, error) {
	// Nobody can know what stands for a value, so no text has it.
	nonce := strings.ToLower(rand.Text())
	var v invite.Variables
	stand := map[string]string{}
	for i, name := range personal {
		stand[name] = fmt.Sprintf("%sx%dx", nonce, i)
	}
	stand["link"] = "https://" + stand["link"]
	v.FirstName, v.LastName, v.Name, v.Number, v.Link = stand["first_name"], stand["last_name"], stand["name"], stand["number"], stand["link"]
	html, err := l.html(v)
	if err != nil {
		return nil, err
	}
	f := &form{}
	for {
		at, which := -1, ""
		for _, name := range personal {
			if i := strings.Index(html, stand[name]); i >= 0 && (at < 0 || i < at) {
				at, which = i, name
			}
		}
		if at < 0 {
			f.parts = append(f.parts, html)
			return f, nil
		}
		f.parts, f.blanks = append(f.parts, html[:at]), append(f.blanks, which)
		html = html[at+len(stand[which]):]
	}
}

// fill writes the message to somebody. ok is false where the form doesn't suit.
func (f *form) fill(v invite.Variables) (html string, ok bool) {
	if !plainLink(v.Link) {
		return "", false
	}
	var b strings.Builder
	size := 0
	for _, p := range f.parts {
		size += len(p)
	}
	b.Grow(size + 512)
	for i, name := range f.blanks {
		b.WriteString(f.parts[i])
		value := variable(v, name)
		if !suits(value) {
			return "", false
		}
		if name == "link" {
			b.WriteString(value)
		} else {
			_, _ = escape.WriteString(&b, value) // a strings.Builder takes everything
		}
	}
	b.WriteString(f.parts[len(f.blanks)])
	return b.String(), true
}

func variable(v invite.Variables, name string) string {
	switch name {
	case "first_name":
		return v.FirstName
	case "last_name":
		return v.LastName
	case "name":
		return v.Name
	case "number":
		return v.Number
	default:
		return v.Link
	}
}

// layoutOf is what the HTML of a message depends on, but for the person.
type layoutOf struct {
	template                              invite.Template
	language, organisation, logo, expires string
}

// html writes the message in full.
func (l layoutOf) html(v invite.Variables) (string, error) {
	v.Organisation, v.Expires = l.organisation, l.expires
	w := texts()[l.language]
	// In the HTML the link is a button: where it stands alone in a paragraph.
	marked := v
	marked.Link = linkMark
	var b bytes.Buffer
	b.Grow(8 << 10)
	err := layout.Execute(&b, mail{
		Language: l.language, Subject: l.template.Fill(v).Subject, Organisation: l.organisation, Logo: l.logo, Link: v.Link, Button: w.Button,
		Paragraphs: paragraphs(l.template.Fill(marked).Body, v.Link), Expires: fill(w.Expires, v), Footer: fill(w.Footer, v),
	})
	if err != nil {
		return "", fmt.Errorf("write a mail: %w", err)
	}
	return b.String(), nil
}

// forms keeps the forms of what is being sent. A nil one keeps none.
type forms struct {
	mu   sync.Mutex
	kept map[layoutOf]*form
}

const keptForms = 64 // what is full begins anew

// html writes a message by its form where that suits, and otherwise in full. It is
// the same either way.
func (k *forms) html(l layoutOf, v invite.Variables) (string, error) {
	if k == nil {
		return l.html(v)
	}
	k.mu.Lock()
	f := k.kept[l]
	if f == nil {
		var err error
		if f, err = newForm(l); err != nil {
			k.mu.Unlock()
			return "", err
		}
		if k.kept == nil || len(k.kept) >= keptForms {
			k.kept = map[layoutOf]*form{}
		}
		k.kept[l] = f
	}
	k.mu.Unlock()
	if html, ok := f.fill(v); ok {
		return html, nil
	}
	return l.html(v)
}
