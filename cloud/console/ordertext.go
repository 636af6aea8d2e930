package console

import (
	"strings"

	"muster/attendance"
	"muster/invite"
)

// orderTexts are the texts that an order would send, as they may be changed for
// this order: what was typed, else what is stored.
func (v *visit) orderTexts(o invite.Order, plan invite.Plan, typed map[invite.TemplateKey]invite.Template) ([]wording, error) {
	if v.mail == nil || plan.Sends() == 0 {
		return nil, nil
	}
	own, err := v.people.Templates(v.r.Context(), v.actor)
	if err != nil {
		return nil, err
	}
	events := []invite.Event{o.Event}
	if o.Event == "" {
		if events, err = v.eventsOf(o); err != nil {
			return nil, err
		}
	}
	var all []wording
	for _, event := range events {
		for _, channel := range []invite.Channel{invite.Email, invite.SMS} {
			if channel == invite.Email && plan.Email == 0 || channel == invite.SMS && plan.SMS == 0 {
				continue
			}
			for _, language := range attendance.Languages {
				k := invite.TemplateKey{Event: event, Channel: channel, Language: language}
				stored := trimmed(v.effective(own, k))
				t, ok := typed[k]
				if !ok {
					t = stored
				}
				w := v.wording(k, t)
				w.Changed = t != stored
				if bad := t.Check(channel); bad != nil && w.Changed {
					if err := v.refuse(&w, bad); err != nil {
						return nil, err
					}
				}
				all = append(all, w)
			}
		}
	}
	return all, nil
}

// eventsOf finds out which of the two kinds of messages an order sends.
func (v *visit) eventsOf(o invite.Order) ([]invite.Event, error) {
	var events []invite.Event
	for _, e := range []invite.Event{invite.Invite, invite.Chase} {
		o.Event = e
		plan, err := v.people.PlanOrder(v.r.Context(), v.actor, o)
		if err != nil {
			return nil, err
		}
		if plan.Sends() > 0 {
			events = append(events, e)
		}
	}
	return events, nil
}

// typedTexts reads the texts of an order from its form: those that differ from
// what is stored, everything that was typed, and whether it can be sent.
func (v *visit) typedTexts(f *form) (changed, typed map[invite.TemplateKey]invite.Template, good bool, err error) {
	good = true
	if v.mail == nil {
		return nil, nil, good, nil
	}
	own, err := v.people.Templates(v.r.Context(), v.actor)
	if err != nil {
		return nil, nil, false, err
	}
	changed, typed = map[invite.TemplateKey]invite.Template{}, map[invite.TemplateKey]invite.Template{}
	for field := range f.Values {
		name, isBody := strings.CutSuffix(field, ".body")
		if !isBody {
			continue
		}
		k, err := keyOf(name)
		if err != nil {
			return nil, nil, false, err
		}
		t := templateOf(f, k)
		typed[k] = t
		if t == trimmed(v.effective(own, k)) {
			continue
		}
		changed[k] = t
		good = good && t.Check(k.Channel) == nil
	}
	return changed, typed, good, nil
}

// trimmed is a text as it comes back from a form.
func trimmed(t invite.Template) invite.Template {
	return invite.Template{Subject: strings.TrimSpace(t.Subject), Body: strings.TrimSpace(t.Body)}
}
