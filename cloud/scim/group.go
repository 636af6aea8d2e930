package scim

import (
	"net/http"
	"strings"

	"github.com/scim2/filter-parser/v2"

	"muster/access"
	"muster/attendance"
	"muster/invite"
)

// group is a group as it is answered with (RFC 7643, section 4.2).
type group struct {
	Schemas    []string    `json:"schemas"`
	ID         string      `json:"id"`
	ExternalID string      `json:"externalId,omitempty"`
	Display    string      `json:"displayName"`
	Members    []reference `json:"members,omitempty"`
	Meta       meta        `json:"meta"`
}

func (s *server) groupOut(g invite.DirectoryGroup) any {
	out := group{
		Schemas: []string{groupSchema}, ID: string(g.ID), ExternalID: g.ExternalID, Display: g.Name,
		Meta: meta{"Group", g.Created.UTC(), g.Changed.UTC(), s.address("Groups", string(g.ID)), groupVersion(g)},
	}
	for _, m := range g.Members {
		out.Members = append(out.Members, reference{string(m.ID), s.address("Users", string(m.ID)), m.Name, "User"})
	}
	return out
}

// groupVersion is version without the members, of whom there may be very many: when a
// group was changed says it as well.
func groupVersion(g invite.DirectoryGroup) string {
	g.Members = nil
	return version(g)
}

func (s *server) groups(mux *http.ServeMux) {
	s.handle(mux, "GET /Groups", (*act).listGroups)
	s.handle(mux, "POST /Groups", (*act).addGroup)
	s.handle(mux, "GET /Groups/{id}", (*act).getGroup)
	s.handle(mux, "PUT /Groups/{id}", (*act).replaceGroup)
	s.handle(mux, "PATCH /Groups/{id}", (*act).patchGroup)
	s.handle(mux, "DELETE /Groups/{id}", (*act).removeGroup)
}

func (a *act) group() (invite.GroupID, error) {
	id, err := attendance.ParseID[invite.GroupID](a.r.PathValue("id"))
	if err != nil {
		return "", access.ErrNotFound
	}
	return id, nil
}

func (a *act) listGroups() error {
	page, err := a.page()
	if err != nil {
		return err
	}
	found, err := terms(a.r.URL.Query().Get("filter"), groupSchema, groupTerms)
	if err != nil {
		return err
	}
	groups, total, err := a.Store.DirectoryGroups(a.r.Context(), a.actor, invite.DirectoryQuery{
		Terms: found, Offset: page.start - 1, Limit: page.count, Members: a.wanted("members"),
	})
	if err != nil {
		return err
	}
	all := make([]any, len(groups))
	for i, g := range groups {
		all[i] = a.groupOut(g)
	}
	return a.list(page, total, all)
}

func (a *act) getGroup() error {
	id, err := a.group()
	if err != nil {
		return err
	}
	return a.answerGroup(http.StatusOK, id)
}

func (a *act) answerGroup(status int, id invite.GroupID) error {
	g, err := a.Store.DirectoryGroup(a.r.Context(), a.actor, id, a.wanted("members"))
	if err != nil {
		return err
	}
	return a.answer(status, groupVersion(g), a.groupOut(g))
}

func (a *act) addGroup() error {
	o, err := a.body(maxGroupBody)
	if err != nil {
		return err
	}
	var g invite.DirectoryGroup
	if g.Name, err = text(o, "displayname", "displayName"); err != nil {
		return err
	}
	if g.ExternalID, err = text(o, "externalid", "externalId"); err != nil {
		return err
	}
	people, err := memberIDs(o["members"], true)
	if err != nil {
		return err
	}
	for _, id := range people {
		g.Members = append(g.Members, invite.DirectoryMember{ID: id})
	}
	if g, err = a.Store.AddDirectoryGroup(a.r.Context(), a.actor, g); err != nil {
		return err
	}
	a.w.Header().Set("Location", a.address("Groups", string(g.ID)))
	return a.answerGroup(http.StatusCreated, g.ID)
}

func (a *act) replaceGroup() error {
	id, err := a.group()
	if err != nil {
		return err
	}
	o, err := a.body(maxGroupBody)
	if err != nil {
		return err
	}
	c := membership{}
	if _, there := o["displayname"]; there {
		if err := c.set("displayname", o["displayname"]); err != nil {
			return err
		}
	}
	if _, there := o["externalid"]; there {
		if err := c.set("externalid", o["externalid"]); err != nil {
			return err
		}
	}
	if v, there := o["members"]; there {
		if err := c.members(operation{op: opReplace, attr: "members", value: v}); err != nil {
			return err
		}
	}
	if err := a.changeGroup(id, c); err != nil {
		return err
	}
	return a.answerGroup(http.StatusOK, id)
}

func (a *act) patchGroup() error {
	id, err := a.group()
	if err != nil {
		return err
	}
	o, err := a.body(maxGroupBody)
	if err != nil {
		return err
	}
	changes, err := operations(o, groupSchema)
	if err != nil {
		return err
	}
	c := membership{}
	for _, one := range changes {
		switch {
		case one.attr == "members":
			err = c.members(one)
		case one.op != opRemove:
			err = c.set(one.attr, one.value)
		case one.attr == "externalid":
			err = c.set(one.attr, nil)
		case one.attr == "displayname":
			err = invalid(access.Invalid{Field: "name", Problem: access.Required})
		}
		if err != nil {
			return err
		}
	}
	if err := a.changeGroup(id, c); err != nil {
		return err
	}
	a.w.WriteHeader(http.StatusNoContent) // the group may be very large
	return nil
}

func (a *act) removeGroup() error {
	id, err := a.group()
	if err != nil {
		return err
	}
	if err := a.Store.RemoveDirectoryGroup(a.r.Context(), a.actor, id); err != nil {
		return err
	}
	a.w.WriteHeader(http.StatusNoContent)
	return nil
}

// membership gathers what a request makes of a group, in the order in which it says
// so: the last word about somebody counts.
type membership struct {
	name, external *string
	whole          bool
	in             map[attendance.ProfileID]bool // false: to be removed
}

func (a *act) changeGroup(id invite.GroupID, c membership) error {
	change := invite.DirectoryChange{
		Same: func(now invite.DirectoryGroup) error { return a.unchanged(groupVersion(now)) },
		Name: c.name, ExternalID: c.external, Whole: c.whole,
	}
	for id, in := range c.in {
		if in {
			change.Add = append(change.Add, id)
		} else {
			change.Remove = append(change.Remove, id)
		}
	}
	return a.Store.ChangeDirectoryGroup(a.r.Context(), a.actor, id, change)
}

// set notes the name or the external id. Anything else about a group is passed over.
func (c *membership) set(attr string, v any) error {
	of := map[string]string{"displayname": "displayName", "externalid": "externalId"}[attr]
	if of == "" {
		return nil
	}
	s, err := text(object{attr: v}, attr, of)
	if attr == "displayname" {
		c.name = &s
	} else {
		c.external = &s
	}
	return err
}

// members notes who comes and goes.
func (c *membership) members(one operation) error {
	if one.sub != "" && one.sub != "value" || one.where != nil && one.op != opRemove {
		return badRequest(invalidPath, "Members are added and removed whole.")
	}
	people, err := memberIDs(one.value, one.op != opRemove)
	if err != nil {
		return err
	}
	if one.where != nil {
		var ok bool
		if people, ok = namedIn(one.where, nil); !ok {
			return badRequest(invalidFilter, "Members to be removed are named by value eq.")
		}
	}
	if one.op == opReplace || one.op == opRemove && one.where == nil && one.value == nil {
		c.whole, c.in = true, nil
	}
	if c.in == nil {
		c.in = map[attendance.ProfileID]bool{}
	}
	for _, id := range people {
		c.in[id] = one.op != opRemove
	}
	return nil
}

// memberIDs reads the people of a list. Who can't be here is refused where they are to
// come, and passed over where they are to go.
func memberIDs(v any, strict bool) ([]attendance.ProfileID, error) {
	var all []attendance.ProfileID
	for _, m := range several(v) {
		s, _ := m["value"].(string)
		id, err := attendance.ParseID[attendance.ProfileID](s)
		if err != nil && strict {
			return nil, invalid(access.Invalid{Field: "members", Problem: access.Unknown})
		}
		if err == nil {
			all = append(all, id)
		}
	}
	return all, nil
}

// namedIn reads the people that an expression names; not ok: it says something else.
func namedIn(e filter.Expression, before []attendance.ProfileID) ([]attendance.ProfileID, bool) {
	switch e := e.(type) {
	case *filter.LogicalExpression:
		left, ok := namedIn(e.Left, before)
		if !ok || e.Operator != filter.OR {
			return nil, false
		}
		return namedIn(e.Right, left)
	case *filter.AttributeExpression:
		v, ok := operand(e.CompareValue)
		if !ok || e.Operator != filter.EQ || !strings.EqualFold(e.AttributePath.AttributeName, "value") {
			return nil, false
		}
		if id, err := attendance.ParseID[attendance.ProfileID](v); err == nil {
			before = append(before, id)
		}
		return before, true
	}
	return nil, false
}
