package console

import (
	"cmp"
	"net/http"

	"muster/access"
	"muster/attendance"
	"muster/invite"
)

// invitationsPerPage is how many people the list shows at once.
const invitationsPerPage = 50

// countedAtOnce is up to how many people the filters at the side are counted with
// the page; with more, the page comes first and asks for the counts afterwards.
const countedAtOnce = 10_000

type invitationsPage struct {
	Filter   invite.Filter
	Groups   []filterGroup
	Counts   string   // where the filters are with their counts; empty: here
	Carried  []hidden // what the search keeps of the filter
	All      []hidden // the whole filter, for a selection of all
	People   []invitationRow
	Total    int    // that the filter shows
	Next     string // address of the page after; empty: this is the last
	First    string // address of the first page
	Later    bool   // this isn't the first page
	Asked    bool   // something narrows the list
	Nobody   bool   // there is nobody at all
	Done     bool   // everybody is active
	Printing bool
	Blocks   int
	Pages    invitePages
	Outages  []outageView
	Unknown  string // what of the address is no filter there is; empty: nothing
}

func (v *visit) invitations() error {
	q := v.r.URL.Query()
	choices, sites, err := v.siteChoices()
	if err != nil {
		return err
	}
	f := invitationFilter(q)
	wrong := cmp.Or(checkFilter(q), checkSite(f, v.actor, choices))
	if wrong != nil {
		f = invite.Filter{}
	}
	p := invitationsPage{
		Filter: f, First: invitationsAt(f, ""), Later: q.Get("after") != "", Printing: v.sheets != nil,
		Carried: hiddenOf(filterValues(f), "q", "email", "phone", "external"), All: hiddenOf(filterValues(f)),
	}
	p.Asked = len(p.All) > 0 || wrong != nil
	if err := v.readInvitations(&p, q.Get("after"), choices, sites); err != nil {
		return err
	}
	status := http.StatusOK
	if wrong != nil { // nobody: what was meant may have been few
		p.People, p.Next, p.Unknown, status = nil, "", cmp.Or(wrongFilter(q, wrong), "?"), http.StatusBadRequest
	}
	blocked, err := v.people.Blocks(v.r.Context(), v.actor, 100)
	if err != nil {
		return err
	}
	p.Blocks, p.Pages, p.Outages = len(blocked), v.invitePages("people"), v.outageViews()
	return v.show(status, "app", "invitations", "invitations", p)
}

func (v *visit) readInvitations(p *invitationsPage, after string, choices []choice, sites []attendance.Site) error {
	ctx := v.r.Context()
	page, err := v.people.Invitations(ctx, v.actor, invite.Query{Filter: p.Filter, After: after, Limit: invitationsPerPage})
	if isInvalid(err, "after") {
		return access.ErrNotFound
	}
	found := !unfindable(err)
	if err != nil && found {
		return err
	}
	var tally invite.Tally
	var counts invite.Counts
	if found {
		if tally, counts, err = v.countInvitations(p); err != nil {
			return err
		}
	}
	policy, err := v.people.Policy(ctx, v.actor)
	if err != nil {
		return err
	}
	p.Groups = v.filterGroups(p.Filter, tally, counts, choices, p.Counts == "")
	p.Nobody = !p.Asked && tally.Total() == 0
	p.Done = (!p.Asked || len(p.All) == 1 && len(p.Filter.Status) > 1) && tally.Total() > 0 && tally.Of(invite.ToCome) == 0
	for _, person := range page.People {
		p.People = append(p.People, v.invitationRow(person, policy, sites))
	}
	if page.Next != "" {
		p.Next = invitationsAt(p.Filter, page.Next)
	}
	return nil
}

// countInvitations counts the people by status, and those that the filter shows.
func (v *visit) countInvitations(p *invitationsPage) (tally invite.Tally, counts invite.Counts, err error) {
	ctx := v.r.Context()
	whatever := p.Filter
	whatever.Reason = "" // a status is shown for whatever reason
	if tally, err = v.people.Tally(ctx, v.actor, whatever); err != nil {
		return nil, counts, err
	}
	these := tally
	if p.Filter.Reason != "" {
		if these, err = v.people.Tally(ctx, v.actor, p.Filter); err != nil {
			return nil, counts, err
		}
	}
	p.Total = these.Of(p.Filter.Status)
	if tally.Total() > countedAtOnce && !v.r.URL.Query().Has("counts") {
		q := filterValues(p.Filter)
		q.Set("counts", "1")
		p.Counts = "/invitations?" + q.Encode()
		return tally, counts, nil
	}
	counts, err = v.people.CountInvitations(ctx, v.actor, p.Filter)
	return tally, counts, err
}
