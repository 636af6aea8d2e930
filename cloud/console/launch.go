package console

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"muster/invite"
)

// launchPage is the checklist before everybody is invited, and what comes after.
type launchPage struct {
	Letters  invitePages
	Checks   []checkLine
	Bad      int // lines without which it won't work
	Doubtful int
	Silent   int // people who would be invited
	Pending  int // invited, and not there yet
	Launched *moment
	Batches  []batchLine
	Here     string
}

// checkLine is a line of the checklist, with what it means and where it is mended.
type checkLine struct {
	Verdict string
	Sign    string
	Words   string
	Why     string
	Detail  string // a server's own words
	To      string // where it is mended; empty: nowhere in the console
	Mend    string
}

// patienceWithServers is how long the page waits for a mail server's answer.
const patienceWithServers = 15 * time.Second

var checkSigns = map[string]string{"done": "accept", "warn": "wait", "fail": "refuse"}

// countedChecks are those whose words tell a number.
var countedChecks = []string{
	"people.done", "sms.done", "sms.warn", "templates.warn", "templates.fail", "contacts.warn", "blocked.warn", "cards.warn", "tablets.done", "tablets.warn",
}

// mends says where what a line of the checklist is about is put right.
var mends = map[string]string{
	"people": "/employees/new", "sms": "/invitations/policy", "templates": "/invitations/texts",
	"contacts": "/invitations?reach=hand", "blocked": "/invitations/blocks", "cards": "/employees", "tablets": "/devices",
}

func (v *visit) launch() error {
	if v.mail == nil {
		return v.nothing()
	}
	ctx, cancel := context.WithTimeout(v.r.Context(), patienceWithServers)
	defer cancel()
	l, err := v.people.Launch(ctx, v.actor)
	if err != nil {
		return err
	}
	checks, err := v.mail.Checks(ctx, l, v.r.URL.Query().Has("again") && !byItself(v.r))
	if err != nil && v.r.Context().Err() == nil && errors.Is(err, context.DeadlineExceeded) {
		return errSlowServer
	}
	if err != nil {
		return err
	}
	tally, err := v.people.Tally(v.r.Context(), v.actor, invite.Filter{})
	if err != nil {
		return err
	}
	p := launchPage{
		Letters: v.invitePages("launch"), Silent: l.Silent, Launched: v.here(l.Policy.Launched), Here: "/launch",
		Pending: tally[invite.Waiting] + tally[invite.Pending] + tally[invite.Problem],
	}
	notes, err := v.licenceNotes()
	if err != nil {
		return err
	}
	for _, n := range notes {
		p.Doubtful++ // whoever is a member already can be invited all the same
		p.Checks = append(p.Checks, checkLine{Verdict: "warn", Sign: n.State, Words: n.Text, Why: n.Mend, To: "/membership", Mend: v.text.Say("title.membership")})
	}
	for _, o := range v.outageViews() {
		p.Bad++
		p.Checks = append(p.Checks, checkLine{
			Verdict: "fail", Sign: "refuse", Words: o.What, Why: v.text.Say("launch.outage-why"), Detail: o.Detail, To: "/launch?again=1", Mend: v.text.Say("launch.mend.mail"),
		})
	}
	for _, c := range checks {
		line := v.checkLine(c, l)
		switch c.Verdict {
		case "fail":
			p.Bad++
		case "warn":
			p.Doubtful++
		}
		p.Checks = append(p.Checks, line)
	}
	if !l.Policy.Launched.IsZero() {
		if p.Batches, err = v.batchLines(3); err != nil {
			return err
		}
	}
	return v.show(http.StatusOK, "app", "launch", "launch", p)
}

func (v *visit) checkLine(c Check, l invite.Launch) checkLine {
	line := checkLine{Verdict: c.Verdict, Sign: checkSigns[c.Verdict], Detail: c.Detail}
	key := "launch.check." + c.Subject + "." + c.Verdict
	switch {
	case c.Subject == "sms" && c.Verdict == "done" && c.Count == 0:
		key = "launch.check.sms.none"
	case c.Subject == "tablets" && c.Verdict == "warn" && c.Count == 0:
		key = "launch.check.tablets.empty"
	}
	if slices.Contains(countedChecks, strings.TrimPrefix(key, "launch.check.")) {
		line.Words = v.text.Count(key, c.Count, "Site", c.SiteName)
	} else {
		line.Words = v.text.Say(key, "Site", c.SiteName)
	}
	if why := key + "-why"; v.text.Has(why) {
		line.Why = v.text.Say(why)
	}
	if c.Reason != "" {
		line.Why = v.text.Say("invitation.reason." + string(c.Reason))
	}
	if c.Verdict == "done" && c.Subject != "templates" {
		return line
	}
	line.To = mends[c.Subject]
	switch {
	case c.Subject == "mail" && c.Verdict == "warn":
		line.To = "/invitations/mailbox"
	case c.Subject == "mail":
		line.To = "/launch?again=1"
	case c.Subject == "tablets" && l.People > 0 && c.Count == 0:
		line.To = "/devices/new"
	}
	if line.To != "" {
		line.Mend = v.text.Say("launch.mend." + c.Subject)
	}
	return line
}

// launchOrder is the order to invite everybody who is silent.
func launchOrder() invite.Order {
	return invite.Order{Event: invite.Invite, To: invite.Selection{All: true, Filter: invite.Filter{Status: []invite.Status{invite.NotInvited}}}, Key: uuid.NewString()}
}

func (v *visit) reviewLaunch() error {
	return v.showReview(http.StatusOK, launchOrder(), reviewing{launch: true})
}

// launched notes that everybody was invited: from then on those whom an
// integration adds are invited at once.
func (v *visit) launched() error {
	p, err := v.people.Policy(v.r.Context(), v.actor)
	if err != nil {
		return err
	}
	if !p.Launched.IsZero() {
		return nil
	}
	p.Launched, p.InviteProvisioned = v.now(), true
	return v.people.SetPolicy(v.r.Context(), v.actor, p)
}
