package console

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"slices"

	"muster/access"
	"muster/attendance"
	"muster/invite"
)

// mostPrinted is how many codes are made for one file: each takes a moment on
// purpose, and the browser waits.
const mostPrinted = 500

// printPage says what printing does, before any code is made.
type printPage struct {
	Fields []hidden
	Count  int // who gets a sheet
	Others int // who can't: active or deactivated
	Many   bool
	People []*person // the first of them
	More   int
	Back   string
}

func (p printPage) title(l *language) string { return l.Count("print.heading", p.Count) }

// printable are the people of a selection who can be given a code.
func (v *visit) printable(s invite.Selection) (people []invite.Person, others int, err error) {
	take := func(p invite.Person) {
		if _, err := invite.Next(p.State, invite.HandOut); err != nil {
			others++
		} else {
			people = append(people, p)
		}
	}
	if !s.All {
		if len(s.IDs) > mostPrinted {
			return nil, 0, errTooLarge
		}
		for _, id := range s.IDs {
			p, err := v.people.Invitation(v.r.Context(), v.actor, id)
			if isNotFound(err) {
				continue
			}
			if err != nil {
				return nil, 0, err
			}
			take(p)
		}
		return people, others, nil
	}
	for after := ""; len(people) <= mostPrinted; {
		page, err := v.people.Invitations(v.r.Context(), v.actor, invite.Query{Filter: s.Filter, After: after, Limit: 500})
		if err != nil {
			return nil, 0, err
		}
		for _, p := range page.People {
			if !slices.Contains(s.Except, p.Profile.ID) {
				take(p)
			}
		}
		if after = page.Next; after == "" {
			break
		}
	}
	return people, others, nil
}

func (v *visit) reviewPrint() error {
	f, err := v.readForm()
	if err != nil {
		return err
	}
	s, err := selectionOf(f)
	if err != nil {
		return err
	}
	if v.sheets == nil {
		return access.ErrNotFound
	}
	if empty(s) {
		return v.done("invitation.nobody-ticked", backTo(f.Values))
	}
	people, others, err := v.printable(s)
	if err != nil {
		return err
	}
	p := printPage{Fields: selectionFields(s), Count: len(people), Others: others, Many: len(people) > mostPrinted, Back: "/invitations"}
	if s.All {
		p.Back = invitationsAt(s.Filter, "")
	}
	for _, one := range people[:min(len(people), 10)] {
		p.People = append(p.People, personOf(one.Profile))
	}
	p.More = p.Count - len(p.People)
	return v.show(http.StatusOK, "app", "print", "invitations", p)
}

// print makes a code for each person of a selection and answers with the file. It
// is made whole before the answer begins, so that nobody is left with half of it.
func (v *visit) print() error {
	f, err := v.readForm()
	if err != nil {
		return err
	}
	s, err := selectionOf(f)
	if err != nil {
		return err
	}
	if v.sheets == nil || empty(s) {
		return access.ErrNotFound
	}
	people, _, err := v.printable(s)
	if err != nil {
		return err
	}
	if len(people) == 0 || len(people) > mostPrinted {
		return errTooLarge
	}
	org, err := v.people.Organisation(v.r.Context(), v.actor)
	if err != nil {
		return err
	}
	_, sites, err := v.siteChoices()
	if err != nil {
		return err
	}
	out := Printout{Slips: f.Get("kind") != "letters", Organisation: org.Name, Start: v.start}
	for _, p := range people {
		code, err := v.people.HandOut(v.r.Context(), v.actor, p.Profile.ID)
		var notNow *invite.NotNow
		if errors.As(err, &notNow) || isNotFound(err) {
			continue // since a moment ago
		}
		if err != nil {
			return err
		}
		out.Start = invite.SignInAt(v.start, code.At)
		out.Codes = append(out.Codes, handedOut(code, p.Sites, sites))
	}
	var b bytes.Buffer
	if err := v.sheets.Print(&b, out); err != nil {
		return fmt.Errorf("print sheets: %w", err)
	}
	v.w.Header().Set("Content-Type", "application/pdf")
	v.w.Header().Set("Content-Disposition", `attachment; filename="muster-codes.pdf"`)
	_, _ = v.w.Write(b.Bytes()) // nobody to tell when the browser has gone
	return nil
}

func handedOut(code invite.AccessCode, at []attendance.SiteID, sites []attendance.Site) HandedOut {
	h := HandedOut{AccessCode: code, Language: code.Person.Language, Site: siteNames(sites, at), Zone: zoneOfMember(sites, attendance.Member{Sites: at})}
	for _, s := range sites {
		if h.Language == "" && slices.Contains(at, s.ID) {
			h.Language = s.Language
		}
	}
	return h
}
