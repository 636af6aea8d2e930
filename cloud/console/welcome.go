package console

import (
	"errors"
	"net/http"
	"net/url"
	"slices"

	"muster/access"
	"muster/attendance"
	"muster/invite"
)

// welcomePage is where an admin writes what people are told.
type welcomePage struct {
	Text     wording
	Own      bool // the organisation has a text of its own here
	Tabs     []tabs
	Ways     Ways
	Letters  invitePages
	Style    *form
	Logo     string
	Org      string
	Tested   string // what came of a test
	Failed   string
	Number   string // for a test by SMS
	To       string // for a test by email
	Standing string // of the SMS: why none goes out
}

// tabs is one choice among a few, each a page of its own.
type tabs struct {
	Heading string
	Links   []filterLink
}

// invitePages says which of the pages about invitations is shown.
type invitePages struct {
	On    string
	Admin bool
	Box   bool // there is a mailbox to look at
}

func (v *visit) invitePages(on string) invitePages {
	p := invitePages{On: on, Admin: v.mail != nil && v.actor.May(access.ManageSites)}
	if v.mail != nil {
		ways := v.mail.Ways()
		p.Box = p.Admin && (ways.Email == Kept || ways.SMS == Kept)
	}
	return p
}

// welcomeKey reads which text is meant; what is unknown is the first.
func (v *visit) welcomeKey() invite.TemplateKey {
	q := v.r.URL.Query()
	k := invite.TemplateKey{Event: invite.Invite, Channel: invite.Email, Language: v.text.Tag}
	if q.Get("event") == string(invite.Chase) {
		k.Event = invite.Chase
	}
	if q.Get("channel") == string(invite.SMS) {
		k.Channel = invite.SMS
	}
	if l := q.Get("language"); slices.Contains(attendance.Languages, l) {
		k.Language = l
	}
	return k
}

func welcomeAt(k invite.TemplateKey) string {
	return "/invitations/texts?" + url.Values{"event": {string(k.Event)}, "channel": {string(k.Channel)}, "language": {k.Language}}.Encode()
}

func (v *visit) welcome() error {
	if v.mail == nil {
		return v.nothing()
	}
	own, err := v.people.Templates(v.r.Context(), v.actor)
	if err != nil {
		return err
	}
	k := v.welcomeKey()
	return v.showWelcome(http.StatusOK, k, v.wording(k, v.effective(own, k)), nil, "", "")
}

// showWelcome shows the page with a text as it was typed.
func (v *visit) showWelcome(status int, k invite.TemplateKey, w wording, style *form, tested, failed string) error {
	ctx := v.r.Context()
	own, err := v.people.Templates(ctx, v.actor)
	if err != nil {
		return err
	}
	look, err := v.people.Style(ctx, v.actor)
	if err != nil {
		return err
	}
	org, err := v.people.Organisation(ctx, v.actor)
	if err != nil {
		return err
	}
	policy, err := v.people.Policy(ctx, v.actor)
	if err != nil {
		return err
	}
	if style == nil {
		style = newForm()
		style.Set("sender", look.Sender)
		style.Set("reply_to", look.ReplyTo)
	}
	w.Open, w.First = true, len(w.Wrong) > 0
	p := welcomePage{
		Text: w, Ways: v.mail.Ways(), Letters: v.invitePages("texts"), Style: style, Logo: look.Logo, Org: org.Name,
		Tested: tested, Failed: failed, To: v.user.Email, Tabs: v.welcomeTabs(k, own),
	}
	_, p.Own = own[k]
	switch {
	case p.Ways.SMS == Closed:
		p.Standing = "closed"
	case policy.EmailOnly:
		p.Standing = "email-only"
	case !policy.SMS:
		p.Standing = "off"
	}
	return v.show(status, "app", "welcome", "invitations", p)
}

func (v *visit) welcomeTabs(k invite.TemplateKey, own map[invite.TemplateKey]invite.Template) []tabs {
	link := func(one invite.TemplateKey, label string) filterLink {
		l := filterLink{Label: label, To: welcomeAt(one), Chosen: one == k, Count: -1}
		if _, there := own[one]; there {
			l.Count = 1
		}
		return l
	}
	var events, channels, languages tabs
	events.Heading, channels.Heading, languages.Heading = v.text.Say("welcome.event"), v.text.Say("welcome.channel"), v.text.Say("welcome.language")
	for _, e := range []invite.Event{invite.Invite, invite.Chase} {
		one := k
		one.Event = e
		events.Links = append(events.Links, link(one, v.text.Say("wording.event."+string(e))))
	}
	for _, c := range []invite.Channel{invite.Email, invite.SMS} {
		one := k
		one.Channel = c
		channels.Links = append(channels.Links, link(one, v.text.Say("wording.channel."+string(c))))
	}
	for _, l := range attendance.Languages {
		one := k
		one.Language = l
		languages.Links = append(languages.Links, link(one, v.text.Say("language."+l)))
	}
	return []tabs{events, channels, languages}
}

// textForm reads a posted text and which it is.
func (v *visit) textForm() (*form, invite.TemplateKey, invite.Template, error) {
	f, err := v.readFormOf(textsLimit)
	if err != nil {
		return nil, invite.TemplateKey{}, invite.Template{}, err
	}
	k, err := keyOf(f.Get("text"))
	if err != nil {
		return nil, k, invite.Template{}, err
	}
	return f, k, templateOf(f, k), nil
}

func (v *visit) saveWelcome() error {
	_, k, t, err := v.textForm()
	if err != nil {
		return err
	}
	err = v.people.SetTemplate(v.r.Context(), v.actor, k, &t)
	if err == nil {
		return v.done("welcome.saved", welcomeAt(k))
	}
	w := v.wording(k, t)
	if err := v.refuse(&w, err); err != nil {
		return err
	}
	return v.showWelcome(http.StatusUnprocessableEntity, k, w, nil, "", "")
}

func (v *visit) confirmResetWelcome() error {
	k := v.welcomeKey()
	return v.confirm("invitations", confirmPage{
		Heading: v.text.Say("welcome.reset.heading"),
		Effects: []string{v.text.Say("welcome.reset.effect", "Which", v.textName(k)), v.text.Say("welcome.reset.lost")},
		Button:  v.text.Say("welcome.reset.button"), Action: "/invitations/texts/reset?" + v.r.URL.RawQuery, Back: welcomeAt(k),
	})
}

// textName says in words which text is meant.
func (v *visit) textName(k invite.TemplateKey) string {
	return v.text.Say("wording.event."+string(k.Event)) + ", " + v.text.Say("wording.channel."+string(k.Channel)) + ", " + v.text.Say("language."+k.Language)
}

func (v *visit) resetWelcome() error {
	k := v.welcomeKey()
	if err := v.people.SetTemplate(v.r.Context(), v.actor, k, nil); err != nil {
		return err
	}
	return v.done("welcome.reset.done", welcomeAt(k))
}

// testWelcome sends what was typed to whoever typed it; with "all", each language
// as it is stored beside it. A mail goes to the account's own address only.
func (v *visit) testWelcome() error {
	if v.mail == nil || v.contacts == nil {
		return v.nothing()
	}
	f, k, t, err := v.textForm()
	if err != nil {
		return err
	}
	w := v.wording(k, t)
	if bad := t.Check(k.Channel); bad != nil {
		if err := v.refuse(&w, bad); err != nil {
			return err
		}
		return v.showWelcome(http.StatusUnprocessableEntity, k, w, nil, "", "")
	}
	if !v.attempt() {
		return access.ErrTooMany
	}
	to := v.user.Email
	if k.Channel == invite.SMS {
		var refusal *invite.Refusal
		if to, refusal = v.contacts.Phone(f.Get("number"), ""); to == "" || refusal != nil {
			w.Wrong["number"] = v.text.Say("welcome.test.number-wrong")
			return v.showWelcome(http.StatusUnprocessableEntity, k, w, nil, "", "")
		}
	}
	own, err := v.people.Templates(v.r.Context(), v.actor)
	if err != nil {
		return err
	}
	texts := map[invite.TemplateKey]invite.Template{k: t}
	if f.Get("all") != "" {
		for _, l := range attendance.Languages {
			if one := (invite.TemplateKey{Event: k.Event, Channel: k.Channel, Language: l}); one != k {
				texts[one] = v.effective(own, one)
			}
		}
	}
	for one, text := range texts {
		err := v.mail.Test(v.r.Context(), v.actor.Org, to, one, text)
		var u *invite.Undeliverable
		if errors.As(err, &u) {
			return v.showWelcome(http.StatusOK, k, w, nil, "", v.text.Say("welcome.test.failed", "Why", v.text.Say("invitation.reason."+string(u.Reason)))+" "+u.Detail)
		}
		if err != nil {
			return err
		}
	}
	return v.showWelcome(http.StatusOK, k, w, nil, v.text.Count("welcome.test.sent", len(texts), "To", to), "")
}
