package onboarding

import (
	"context"
	"slices"
	"testing"
	"time"

	"muster/invite"
)

type server struct{ err error }

func (s server) Check(context.Context) error { return s.err }

// J3: the checklist says by itself what is lacking.
func TestChecklist(t *testing.T) {
	now := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	own := func(language string) invite.TemplateKey {
		return invite.TemplateKey{Event: invite.Invite, Channel: invite.Email, Language: language}
	}
	good := func() invite.Launch {
		return invite.Launch{
			People: 400, Languages: []string{"de-AT", "en"}, Policy: invite.DefaultPolicy,
			Sites: []invite.LaunchSite{{ID: "north", Name: "North", People: 400, Tablets: 2, Seen: now.Add(-time.Hour)}},
		}
	}
	refuses := server{&invite.Undeliverable{Reason: invite.ProviderRefused, Detail: "535 wrong password"}}
	for what, c := range map[string]struct {
		change func(*invite.Launch)
		mail   Checker
		want   Check // the only one that isn't done
		ready  bool
	}{
		"everything is there":    {mail: server{}, ready: true},
		"nobody":                 {func(l *invite.Launch) { l.People = 0 }, server{}, Check{Subject: CheckPeople, Verdict: Fail}, false},
		"no mail server":         {mail: nil, want: Check{Subject: CheckMail, Verdict: Warn}, ready: true},
		"a wrong password":       {mail: refuses, want: Check{Subject: CheckMail, Verdict: Fail, Reason: invite.ProviderRefused, Detail: "535 wrong password"}},
		"numbers, no provider":   {func(l *invite.Launch) { l.SMSOnly = 7 }, server{}, Check{Subject: CheckSMS, Verdict: Warn, Count: 7}, true},
		"numbers and a provider": {func(l *invite.Launch) { l.SMSOnly, l.Policy.SMS = 7, true }, server{}, Check{}, true},
		"no contact":             {func(l *invite.Launch) { l.NoContact = 130 }, server{}, Check{Subject: CheckContacts, Verdict: Warn, Count: 130}, true},
		"blocked":                {func(l *invite.Launch) { l.Blocked = 2 }, server{}, Check{Subject: CheckBlocked, Verdict: Warn, Count: 2}, true},
		"no cards":               {func(l *invite.Launch) { l.NoCard = 3 }, server{}, Check{Subject: CheckCards, Verdict: Warn, Count: 3}, true},
		"a site without tablets": {func(l *invite.Launch) { l.Sites[0].Tablets = 0 }, server{}, Check{Subject: CheckTablets, Verdict: Fail, Site: "north", SiteName: "North"}, false},
		"a silent tablet":        {func(l *invite.Launch) { l.Sites[0].Seen = now.Add(-25 * time.Hour) }, server{}, Check{Subject: CheckTablets, Verdict: Warn, Count: 2, Site: "north", SiteName: "North"}, true},
		"a text without the link": {func(l *invite.Launch) {
			l.Templates = map[invite.TemplateKey]invite.Template{own("de"): {Subject: "Hallo", Body: "Hallo"}, own("en"): {Subject: "Hi", Body: "{link}"}}
		}, server{}, Check{Subject: CheckTemplates, Verdict: Fail, Count: 1}, false},
		"own text in German only": {func(l *invite.Launch) {
			l.Templates = map[invite.TemplateKey]invite.Template{own("de"): {Subject: "Hallo", Body: "{link}"}}
		}, server{}, Check{Subject: CheckTemplates, Verdict: Warn, Count: 1}, true},
		"a bad text that nobody gets": {func(l *invite.Launch) {
			l.Templates = map[invite.TemplateKey]invite.Template{own("ru"): {Subject: "Привет", Body: "Привет"}}
		}, server{}, Check{}, true},
	} {
		t.Run(what, func(t *testing.T) {
			l := good()
			if c.change != nil {
				c.change(&l)
			}
			got, err := Checklist(t.Context(), l, c.mail, now)
			if err != nil {
				t.Fatal(err)
			}
			if Ready(got) != c.ready {
				t.Errorf("ready: %v", Ready(got))
			}
			got = slices.DeleteFunc(got, func(k Check) bool { return k.Verdict == Done })
			if c.want == (Check{}) && len(got) != 0 || c.want != (Check{}) && (len(got) != 1 || got[0] != c.want) {
				t.Errorf("%+v, want %+v", got, c.want)
			}
		})
	}
}
