package store

import (
	"slices"
	"strings"
	"unicode"

	"muster/access"
	"muster/attendance"
	"muster/invite"
)

// invitationClause holds a query on profiles p to what a filter shows and the
// actor may see.
func invitationClause(actor access.Actor, f invite.Filter) (*where, error) {
	w := inOrg("p.org", actor).and("p.removed_at = 0").reachable("p.id", actor)
	if err := w.states(f); err != nil {
		return nil, err
	}
	if f.Site != "" {
		if !actor.Sees(f.Site) {
			return nil, access.ErrNotFound
		}
		if _, err := attendance.ParseID[string](string(f.Site)); err != nil {
			return nil, access.Invalid{Field: "site", Problem: access.Unknown}
		}
		w.and("EXISTS (SELECT 1 FROM profile_sites f WHERE f.profile = p.id AND f.site = ?)", f.Site)
	}
	if f.Batch != "" {
		if _, err := attendance.ParseID[string](string(f.Batch)); err != nil {
			return nil, access.Invalid{Field: "batch", Problem: access.Unknown}
		}
		w.and("p.batch = ?", f.Batch)
	}
	if f.List != "" {
		w.and("p.id IN (SELECT r.person FROM intake_rows r JOIN intakes i ON i.id = r.intake WHERE r.intake = ? AND i.org = ? AND r.person != '')", f.List, actor.Org)
	}
	switch f.Reachable {
	case "":
	case invite.ByEmail:
		w.and("p.email != ''")
	case invite.ByPhone:
		w.and("p.email = '' AND p.phone != ''")
	case invite.ByHand:
		w.and("p.email = '' AND p.phone = ''")
	default:
		return nil, access.Invalid{Field: "reachable", Problem: access.Unknown}
	}
	return w, w.texts(f)
}

func (w *where) states(f invite.Filter) error {
	for _, s := range f.Status {
		if !slices.Contains(invite.Statuses, s) {
			return access.Invalid{Field: "status", Problem: access.Unknown}
		}
	}
	switch len(f.Status) {
	case 0:
	case 1: // then the index gives the order
		w.and("p.status = ?", f.Status[0])
	default:
		w.and("p.status IN (SELECT value FROM json_each(?))", list(f.Status))
	}
	if f.Delivery != "" {
		if !slices.Contains(invite.Deliveries, f.Delivery) {
			return access.Invalid{Field: "delivery", Problem: access.Unknown}
		}
		w.and("p.delivery = ?", f.Delivery)
	}
	if f.Membership != "" {
		if !slices.Contains(invite.Memberships, f.Membership) {
			return access.Invalid{Field: "membership", Problem: access.Unknown}
		}
		w.and("p.membership = ?", f.Membership)
	}
	if f.Reason != "" {
		if !slices.Contains(invite.Reasons, f.Reason) {
			return access.Invalid{Field: "reason", Problem: access.Unknown}
		}
		w.and("p.reason = ?", f.Reason)
	}
	return nil
}

func (w *where) texts(f invite.Filter) error {
	for _, c := range []struct {
		field, column, text string
		fold                func(string) string
	}{
		{"text", "p.search", f.Text, fold},
		{"phone", "p.phone", f.Phone, dialled},
	} {
		if err := clean(c.field, &c.text, 2*maxName); err != nil {
			return err
		}
		words := strings.Fields(c.fold(c.text))
		if c.text != "" && len(words) == 0 {
			w.and("1 = 0") // it was nothing but what is left out of such a column
		}
		for _, word := range words {
			w.and(c.column+` LIKE ? ESCAPE '\'`, "%"+literally.Replace(word)+"%")
		}
	}
	for _, c := range []struct{ field, column, text string }{{"email", "p.email", f.Email}, {"external_id", "p.external_id", f.ExternalID}} {
		if err := clean(c.field, &c.text, 2*maxName); err != nil {
			return err
		}
		for word := range strings.FieldsSeq(c.text) {
			w.anyCase(c.column, word)
		}
	}
	return nil
}

// anyCase holds a query to rows whose column has a word in it, which is kept as
// somebody wrote it. The databases know ASCII's letters in both cases; others are
// found as typed, all small or all capital.
func (w *where) anyCase(column, word string) {
	spellings := []string{word, strings.ToLower(word), strings.ToUpper(word)}
	slices.Sort(spellings)
	var either []string
	var args []any
	for _, s := range slices.Compact(spellings) {
		if len(args) > 0 && ascii(word) {
			break
		}
		either, args = append(either, column+` LIKE /* ANY CASE */ ? ESCAPE '\'`), append(args, "%"+literally.Replace(s)+"%")
	}
	w.and("("+strings.Join(either, " OR ")+")", args...)
}

func ascii(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return r > unicode.MaxASCII }) < 0
}

// dialled leaves of a phone number what is kept of it.
func dialled(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsDigit(r) || r == '+' {
			return r
		}
		return -1
	}, s)
}

// selected holds a query on profiles p to a selection.
func selected(actor access.Actor, s invite.Selection) (*where, error) {
	if !s.All {
		if len(s.IDs) == 0 {
			return nil, access.Invalid{Field: "selection", Problem: access.Required}
		}
		return inOrg("p.org", actor).and("p.removed_at = 0").reachable("p.id", actor).among("p.id", s.IDs), nil
	}
	w, err := invitationClause(actor, s.Filter)
	if err != nil {
		return nil, err
	}
	if len(s.Except) > 0 {
		w.and("p.id NOT IN (SELECT value FROM json_each(?))", list(s.Except))
	}
	return w, nil
}

func (w *where) among(column string, ids []attendance.ProfileID) *where {
	return w.and(column+" IN (SELECT value FROM json_each(?))", list(ids))
}
