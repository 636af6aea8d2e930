package onboarding

import (
	"bytes"
	"fmt"
	"strings"

	"muster/attendance"
	"muster/invite"
)

// notice is the text of a message that invites nobody: its words are the
// program's, and no admin changes them.
type notice struct {
	Subject string `json:"subject"`
	Body    string `json:"body"`   // {code} or {link} in a paragraph of its own
	Button  string `json:"button"` // of the link
	Expires string `json:"expires"`
	Footer  string `json:"footer"`
}

// DomainCode writes the mail that carries the code by which an organisation shows
// that a domain is its own.
func DomainCode(head invite.Letterhead, language, domain, code string) (invite.Message, error) {
	return texts()[Spoken(language)].Domain.write(head, language, "", code, "{domain}", domain, "{code}", code)
}

// Entry writes the mail by which somebody without an account shows that an address
// is theirs.
func Entry(head invite.Letterhead, language, link string) (invite.Message, error) {
	return texts()[Spoken(language)].Entry.write(head, language, link, "", "{link}", link)
}

// FaceRequest writes the mail that tells somebody with an account that they are asked
// for a face reference. It asks for nothing by itself and presses nobody.
func FaceRequest(head invite.Letterhead, language, link string) (invite.Message, error) {
	return texts()[Spoken(language)].Face.write(head, language, link, "", "{link}", link)
}

func (n notice) write(head invite.Letterhead, language, link, code string, blanks ...string) (invite.Message, error) {
	all := strings.NewReplacer(append(blanks, "{organisation}", head.Organisation)...)
	m := invite.Message{
		ID: attendance.NewID[invite.MessageID](), Channel: invite.Email, Language: Spoken(language), Sender: head.From(), ReplyTo: head.ReplyTo,
		Subject: all.Replace(n.Subject),
	}
	shown := mail{
		Language: m.Language, Subject: m.Subject, Organisation: head.Organisation, Logo: head.LogoURL, Link: link, Button: n.Button, Expires: n.Expires, Footer: all.Replace(n.Footer),
	}
	for p := range strings.SplitSeq(n.Body, "\n\n") {
		switch p {
		case "{link}":
			shown.Paragraphs = append(shown.Paragraphs, paragraph{Button: true})
		case "{code}":
			shown.Paragraphs = append(shown.Paragraphs, paragraph{Code: code})
		default:
			shown.Paragraphs = append(shown.Paragraphs, paragraph{Lines: strings.Split(all.Replace(p), "\n")})
		}
	}
	var b bytes.Buffer
	if err := layout.Execute(&b, shown); err != nil {
		return invite.Message{}, fmt.Errorf("write a mail: %w", err)
	}
	m.HTML = b.String()
	m.Text = all.Replace(n.Body) + "\n\n" + n.Expires + "\n\n-- \n" + shown.Footer + "\n"
	return m, nil
}
