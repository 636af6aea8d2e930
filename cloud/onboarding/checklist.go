package onboarding

import (
	"context"
	"errors"
	"slices"
	"time"

	"muster/attendance"
	"muster/invite"
)

// Verdict is how one thing on the checklist stands. Names are sent, and keys of
// sentences: never rename one.
type Verdict string

const (
	// Done: nothing to do.
	Done Verdict = "done"
	// Warn: one may launch, and some people won't be reached or won't get far.
	Warn Verdict = "warn"
	// Fail: it won't work.
	Fail Verdict = "fail"
)

// Subject is what a line of the checklist is about. Names are sent, and keys of
// sentences: never rename one.
type Subject string

// The subjects, in the order of the checklist.
const (
	CheckPeople    Subject = "people"    // Count people to invite
	CheckMail      Subject = "mail"      // the mail server takes us; Warn: there is none, and mails are kept in the mailbox
	CheckSMS       Subject = "sms"       // Count people have a number only
	CheckTemplates Subject = "templates" // Fail: Count texts can't be sent; Warn: Count languages in use have no text of the organisation's own, though others have
	CheckContacts  Subject = "contacts"  // Count people without
	CheckBlocked   Subject = "blocked"   // Count people whose address is left alone
	CheckCards     Subject = "cards"     // Count people without
	CheckTablets   Subject = "tablets"   // Count tablets of one site; Warn: none was heard of for a day
)

// Check is one line of the checklist.
type Check struct {
	Subject  Subject
	Verdict  Verdict
	Count    int
	Site     attendance.SiteID // of CheckTablets
	SiteName string
	Reason   invite.Reason // of a mail server that doesn't take us
	Detail   string        // its words
}

// Checker tries a provider without sending. Its errors are
// *invite.Undeliverable, or ctx's.
type Checker interface {
	Check(ctx context.Context) error
}

// quiet is how long a tablet that is at work may be silent.
const quiet = 24 * time.Hour

// Checklist looks whether everybody can be invited. mail is nil where there is no
// mail server.
func Checklist(ctx context.Context, l invite.Launch, mail Checker, now time.Time) ([]Check, error) {
	people := Check{Subject: CheckPeople, Verdict: Done, Count: l.People}
	if l.People == 0 {
		people.Verdict = Fail
	}
	server, err := checkMail(ctx, mail)
	if err != nil {
		return nil, err
	}
	sms := counted(CheckSMS, l.SMSOnly)
	if l.Policy.SMS && !l.Policy.EmailOnly {
		sms.Verdict = Done
	}
	all := []Check{
		people, server, sms, checkTemplates(l),
		counted(CheckContacts, l.NoContact), counted(CheckBlocked, l.Blocked), counted(CheckCards, l.NoCard),
	}
	for _, s := range l.Sites {
		c := Check{Subject: CheckTablets, Verdict: Done, Count: s.Tablets, Site: s.ID, SiteName: s.Name}
		switch {
		case s.Tablets == 0 && s.People > 0:
			c.Verdict = Fail
		case s.Tablets > 0 && now.Sub(s.Seen) > quiet, s.Tablets == 0:
			c.Verdict = Warn
		}
		all = append(all, c)
	}
	return all, nil
}

// Ready tells whether a checklist lets one launch.
func Ready(all []Check) bool {
	return !slices.ContainsFunc(all, func(c Check) bool { return c.Verdict == Fail })
}

func counted(s Subject, n int) Check {
	c := Check{Subject: s, Verdict: Done, Count: n}
	if n > 0 {
		c.Verdict = Warn
	}
	return c
}

func checkMail(ctx context.Context, mail Checker) (Check, error) {
	c := Check{Subject: CheckMail, Verdict: Done}
	if mail == nil {
		c.Verdict = Warn
		return c, nil
	}
	err := mail.Check(ctx)
	var u *invite.Undeliverable
	switch {
	case errors.As(err, &u):
		c.Verdict, c.Reason, c.Detail = Fail, u.Reason, u.Detail
	case err != nil:
		return c, err
	}
	return c, nil
}

// checkTemplates looks at the texts of every language in which somebody would get
// one. Those that the program brings are good.
func checkTemplates(l invite.Launch) Check {
	channels := []invite.Channel{invite.Email}
	if l.Policy.SMS && !l.Policy.EmailOnly {
		channels = append(channels, invite.SMS)
	}
	used := map[string]bool{}
	for _, language := range l.Languages {
		used[Spoken(language)] = true
	}
	bad, lacking, own := 0, map[string]bool{}, false
	for language := range used {
		for _, event := range []invite.Event{invite.Invite, invite.Chase} {
			for _, channel := range channels {
				t, ok := l.Templates[invite.TemplateKey{Event: event, Channel: channel, Language: language}]
				switch {
				case ok && t.Check(channel) != nil:
					bad++
				case ok:
					own = true
				case event == invite.Invite && channel == invite.Email:
					lacking[language] = true
				}
			}
		}
	}
	switch {
	case bad > 0:
		return Check{Subject: CheckTemplates, Verdict: Fail, Count: bad}
	case own && len(lacking) > 0:
		return Check{Subject: CheckTemplates, Verdict: Warn, Count: len(lacking)}
	default:
		return Check{Subject: CheckTemplates, Verdict: Done, Count: len(used)}
	}
}
