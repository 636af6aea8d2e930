package console

import "muster/invite"

// outageView is that messages can't leave for now, in words.
type outageView struct {
	What   string
	Detail string // the provider's own words
}

func (v *visit) outageViews() (all []outageView) {
	if v.outages == nil {
		return nil
	}
	for _, o := range v.outages() {
		key := "invitation.outage."
		if o.Reason == invite.ProviderRefused {
			key += "refused."
		}
		since := v.here(o.Since)
		all = append(all, outageView{v.text.Say(key+string(o.Channel), "Since", since.Date+", "+since.Clock), o.Detail})
	}
	return all
}
