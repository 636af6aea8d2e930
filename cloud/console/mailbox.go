package console

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"muster/access"
	"muster/attendance"
	"muster/invite"
)

// mailboxPage lists what was not sent because nothing leaves this machine.
type mailboxPage struct {
	Letters invitePages
	Rows    []keptRow
	Next    string
	Later   bool
}

type keptRow struct {
	ID, To, Name, Subject, Channel string
	When                           *moment
}

// keptPage is one message of the mailbox.
type keptPage struct {
	keptRow
	Letters        invitePages
	From, Language string
	Text           []textPiece
	HTML           bool
	Link           string // the first link in it; empty: none
	Plain          string // the address of the other view
	AsText         bool
}

func (p keptPage) title(l *language) string {
	if p.Subject != "" {
		return p.Subject
	}
	return l.Say("mailbox.sms-to", "To", p.To)
}

// textPiece is part of a plain text: words, or a link.
type textPiece struct {
	Words string
	Link  bool
}

const mailsPerPage = 50

// hasMailbox is for pages that only a cloud which sends nothing has.
func (v *visit) hasMailbox() bool {
	if v.mail == nil {
		return false
	}
	w := v.mail.Ways()
	return w.Email == Kept || w.SMS == Kept
}

func (v *visit) mailbox() error {
	if !v.hasMailbox() {
		return v.nothing()
	}
	after := v.r.URL.Query().Get("after")
	kept, err := v.people.Mailbox(v.r.Context(), v.actor, invite.MessageID(after), mailsPerPage+1)
	if err != nil {
		return err
	}
	p := mailboxPage{Letters: v.invitePages("mailbox"), Later: after != ""}
	if len(kept) > mailsPerPage {
		kept = kept[:mailsPerPage]
		p.Next = "/invitations/mailbox?after=" + url.QueryEscape(string(kept[len(kept)-1].Message.ID))
	}
	for _, k := range kept {
		p.Rows = append(p.Rows, v.keptRow(k))
	}
	return v.show(http.StatusOK, "app", "mailbox", "invitations", p)
}

func (v *visit) keptRow(k invite.Kept) keptRow {
	m := k.Message
	r := keptRow{ID: string(m.ID), To: m.To, Name: m.Name, Subject: m.Subject, Channel: string(m.Channel), When: v.here(k.At)}
	if m.Channel == invite.SMS {
		r.Subject = m.Text
	}
	return r
}

func (v *visit) findKept() (invite.Kept, error) {
	if !v.hasMailbox() {
		return invite.Kept{}, access.ErrNotFound
	}
	id, err := attendance.ParseID[invite.MessageID](v.r.PathValue("id"))
	if err != nil {
		return invite.Kept{}, access.ErrNotFound
	}
	return v.people.Kept(v.r.Context(), v.actor, id)
}

func (v *visit) kept() error {
	k, err := v.findKept()
	if err != nil {
		return err
	}
	m := k.Message
	p := keptPage{
		keptRow: v.keptRow(k), Letters: v.invitePages("mailbox"), From: m.Sender, Language: m.Language,
		AsText: v.r.URL.Query().Has("text") || m.HTML == "", HTML: m.HTML != "", Text: pieces(m.Text),
	}
	p.Subject = m.Subject
	for _, piece := range p.Text {
		if piece.Link && p.Link == "" {
			p.Link = piece.Words
		}
	}
	return v.show(http.StatusOK, "app", "mail", "invitations", p)
}

// keptHTML is the mail as its reader would see it, for a frame of its own.
func (v *visit) keptHTML() error {
	k, err := v.findKept()
	if err != nil {
		return err
	}
	h := v.w.Header()
	h.Set("Content-Security-Policy", framePolicy+"; sandbox allow-popups allow-popups-to-escape-sandbox")
	h.Set("Content-Type", "text/html; charset=utf-8")
	_, _ = v.w.Write([]byte(elsewhere(k.Message.HTML))) // nobody to tell when the browser has gone
	return nil
}

var address = regexp.MustCompile(`https?://[^\s<>"]+[^\s<>".,;:!?)]`)

// pieces cuts a text into words and links.
func pieces(text string) []textPiece {
	var all []textPiece
	for {
		at := address.FindStringIndex(text)
		if at == nil {
			break
		}
		all = append(all, textPiece{Words: text[:at[0]]}, textPiece{Words: text[at[0]:at[1]], Link: true})
		text = text[at[1]:]
	}
	if strings.TrimSpace(text) != "" || len(all) == 0 {
		all = append(all, textPiece{Words: text})
	}
	return all
}
