package console

import (
	"net/url"
	"slices"

	"muster/access"
	"muster/attendance"
	"muster/invite"
)

// A filter with a typing error must never mean everybody: whoever sends, prints or
// takes away by it is refused, and the list shows nobody and says why.

// checkFilter says what in an address or a form names no filter there is, as
// Invalid with the field's name.
func checkFilter(q url.Values) error {
	known := map[string]func(string) bool{
		"status": func(s string) bool { return s == toCome || slices.Contains(invite.Statuses, invite.Status(s)) },
		"reason": func(s string) bool { return slices.Contains(invite.Reasons, invite.Reason(s)) },
		"reach":  func(s string) bool { return slices.Contains(reachables, invite.Reachable(s)) },
		"site":   isID, "batch": isID, "list": isID,
	}
	for _, name := range filterNames {
		for i, value := range q[name] {
			if is := known[name]; i > 0 || value != "" && is != nil && !is(value) {
				return access.Invalid{Field: name, Problem: access.Unknown}
			}
		}
	}
	return nil
}

func isID(s string) bool {
	_, err := attendance.ParseID[string](s)
	return err == nil
}

// checkSite says that a filter is for a site that is nobody's or out of reach.
func checkSite(f invite.Filter, actor access.Actor, sites []choice) error {
	known := slices.ContainsFunc(sites, func(c choice) bool { return c.Value == string(f.Site) })
	if f.Site != "" && (!known || !actor.Sees(f.Site)) {
		return access.Invalid{Field: "site", Problem: access.Unknown}
	}
	return nil
}

// checkNames says what else an address has than filters of the list.
func checkNames(q url.Values) error {
	for name := range q {
		if !slices.Contains(filterNames, name) && !slices.Contains(notNarrowing, name) {
			return access.Invalid{Field: "filter", Problem: access.Unknown}
		}
	}
	return nil
}

// wrongFilter is what an address has in the field that an error names.
func wrongFilter(q url.Values, err error) string {
	for _, name := range filterNames {
		if isInvalid(err, name) {
			return q.Get(name)
		}
	}
	return ""
}
