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
	SMS     string `json:"sms"` // all of it, where it goes to a phone
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

// ContactCode writes the message that carries the code by which somebody shows that
// they read what is sent to an address or a number: a mail, or an SMS to a number.
func ContactCode(head invite.Letterhead, language, to, code string) (invite.Message, error) {
	return texts()[Spoken(language)].ContactCode.writeTo(to, head, language, code, "{code}", code)
}

// ContactWarning writes to the address or number before that about is to replace it.
func ContactWarning(head invite.Letterhead, language, to, about string) (invite.Message, error) {
	return texts()[Spoken(language)].ContactWarning.writeTo(to, head, language, "", "{to}", to, "{about}", about)
}

func (n notice) writeTo(to string, head invite.Letterhead, language, code string, blanks ...string) (invite.Message, error) {
	m, err := n.write(head, language, "", code, blanks...)
	if strings.HasPrefix(to, "+") { // E.164
		m.Channel, m.Subject, m.HTML, m.ReplyTo = invite.SMS, "", "", ""
		m.Text = strings.NewReplacer(append(blanks, "{organisation}", head.Organisation)...).Replace(n.SMS)
	}
	return m, err
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
