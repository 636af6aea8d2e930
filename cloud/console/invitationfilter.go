package console

import (
	"net/url"
	"slices"

	"muster/attendance"
	"muster/invite"
)

// filterNames are the fields of an address that narrow the list of invitations.
var filterNames = []string{"status", "reason", "reach", "site", "batch", "list", "q", "email", "phone", "external"}

// toCome stands for all of invite.ToCome, in an address.
const toCome = "to-come"

// invitationFilter reads what an address or a form narrows the list to. What can't
// be is left out: checkFilter comes first.
func invitationFilter(q url.Values) invite.Filter {
	f := invite.Filter{
		Reason: invite.Reason(q.Get("reason")), Reachable: invite.Reachable(q.Get("reach")),
		Text: q.Get("q"), Email: q.Get("email"), Phone: q.Get("phone"), ExternalID: q.Get("external"),
	}
	if s := invite.Status(q.Get("status")); slices.Contains(invite.Statuses, s) {
		f.Status = []invite.Status{s}
	} else if s == toCome {
		f.Status = invite.ToCome
	}
	if !slices.Contains(invite.Reasons, f.Reason) {
		f.Reason = ""
	}
	if !slices.Contains(reachables, f.Reachable) {
		f.Reachable = ""
	}
	if id, err := attendance.ParseID[attendance.SiteID](q.Get("site")); err == nil {
		f.Site = id
	}
	if id, err := attendance.ParseID[invite.BatchID](q.Get("batch")); err == nil {
		f.Batch = id
	}
	if id, err := attendance.ParseID[string](q.Get("list")); err == nil {
		f.List = id
	}
	return f
}

var reachables = []invite.Reachable{invite.ByEmail, invite.ByPhone, invite.ByHand}

// filterValues is a filter as fields of an address.
func filterValues(f invite.Filter) url.Values {
	q := url.Values{}
	put := func(name, value string) {
		if value != "" {
			q.Set(name, value)
		}
	}
	switch len(f.Status) {
	case 0:
	case 1:
		put("status", string(f.Status[0]))
	default:
		put("status", toCome)
	}
	put("reason", string(f.Reason))
	put("reach", string(f.Reachable))
	put("site", string(f.Site))
	put("batch", string(f.Batch))
	put("list", f.List)
	put("q", f.Text)
	put("email", f.Email)
	put("phone", f.Phone)
	put("external", f.ExternalID)
	return q
}

// invitationsAt is the address of the list as a filter narrows it.
func invitationsAt(f invite.Filter, after string) string {
	q := filterValues(f)
	if after != "" {
		q.Set("after", after)
	}
	if len(q) == 0 {
		return "/invitations"
	}
	return "/invitations?" + q.Encode()
}

// hidden is a field that a form carries along unseen.
type hidden struct{ Name, Value string }

func hiddenOf(q url.Values, but ...string) []hidden {
	var all []hidden
	for _, name := range filterNames {
		if v := q.Get(name); v != "" && !slices.Contains(but, name) {
			all = append(all, hidden{name, v})
		}
	}
	return all
}

// filterLink is one value of a group of filters.
type filterLink struct {
	Label  string
	To     string
	Count  int
	Chosen bool
}

// filterGroup is a group of filters at the side of the list.
type filterGroup struct {
	Heading string
	Links   []filterLink
}

// filterGroups are the filters with how many people each would show. A group in
// which there is nothing to choose isn't shown.
func (v *visit) filterGroups(f invite.Filter, tally invite.Tally, c invite.Counts, sites []choice, counted bool) []filterGroup {
	groups := []filterGroup{{Heading: v.text.Say("invitation.filter.status")}}
	other := f
	other.Status, other.Reason = nil, ""
	all := filterLink{v.text.Say("invitation.status.all"), invitationsAt(other, ""), tally.Total(), len(f.Status) == 0}
	other.Status = invite.ToCome
	groups[0].Links = append(groups[0].Links, all,
		filterLink{v.text.Say("invitation.status." + toCome), invitationsAt(other, ""), tally.Of(invite.ToCome), len(f.Status) > 1})
	for _, s := range invite.Statuses {
		other.Status = []invite.Status{s}
		groups[0].Links = append(groups[0].Links,
			filterLink{v.text.Say("invitation.status." + string(s)), invitationsAt(other, ""), tally[s], slices.Equal(f.Status, other.Status)})
	}
	if g := v.reasonGroup(f, c); len(g.Links) > 1 {
		groups = append(groups, g)
	}
	g := filterGroup{Heading: v.text.Say("invitation.filter.reach")}
	other, n := f, 0
	other.Reachable = ""
	for _, r := range reachables {
		n += c.Reachable[r]
	}
	g.Links = append(g.Links, filterLink{v.text.Say("invitation.reach.any"), invitationsAt(other, ""), n, f.Reachable == ""})
	for _, r := range reachables {
		other.Reachable = r
		g.Links = append(g.Links, filterLink{v.text.Say("invitation.reach." + string(r)), invitationsAt(other, ""), c.Reachable[r], f.Reachable == r})
	}
	groups = append(groups, g)
	if len(sites) > 1 {
		g := filterGroup{Heading: v.text.Say("filter.site")}
		other := f
		other.Site = ""
		g.Links = append(g.Links, filterLink{v.text.Say("sites.all"), invitationsAt(other, ""), -1, f.Site == ""})
		for _, s := range sites {
			other.Site = attendance.SiteID(s.Value)
			g.Links = append(g.Links, filterLink{s.Label, invitationsAt(other, ""), c.Sites[other.Site], f.Site == other.Site})
		}
		groups = append(groups, g)
	}
	if !counted {
		for _, g := range groups[1:] {
			for i := range g.Links {
				g.Links[i].Count = -1
			}
		}
	}
	return groups
}

// reasonGroup lists why messages did not arrive, where somebody looks at those or
// some reason is chosen.
func (v *visit) reasonGroup(f invite.Filter, c invite.Counts) filterGroup {
	g := filterGroup{Heading: v.text.Say("invitation.filter.reason")}
	if !slices.Contains(f.Status, invite.Problem) && f.Reason == "" {
		return g
	}
	other := f
	other.Reason, other.Status = "", []invite.Status{invite.Problem}
	g.Links = append(g.Links, filterLink{v.text.Say("invitation.reason.any"), invitationsAt(other, ""), -1, f.Reason == ""})
	for _, r := range invite.Reasons {
		if c.Reasons[r] == 0 && f.Reason != r {
			continue
		}
		other.Reason = r
		g.Links = append(g.Links, filterLink{v.text.Say("invitation.reason." + string(r)), invitationsAt(other, ""), c.Reasons[r], f.Reason == r})
	}
	return g
}

// unfindable tells whether an error only says that a search is for what nobody can
// have, or for a site that isn't there.
func unfindable(err error) bool {
	for _, field := range []string{"text", "email", "phone", "external_id"} {
		if isInvalid(err, field) {
			return true
		}
	}
	return false
}
