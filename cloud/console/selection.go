package console

import (
	"net/url"

	"muster/access"
	"muster/attendance"
	"muster/invite"
)

// selectionOf reads whom somebody ticked: one person by a button of the row, all
// that the filter shows but some, or those with a tick.
func selectionOf(f *form) (invite.Selection, error) {
	if one := f.Get("one"); one != "" {
		ids, err := profileIDs([]string{one})
		return invite.Selection{IDs: ids}, err
	}
	if f.Get("all") != "" {
		if err := checkFilter(f.Values); err != nil {
			return invite.Selection{}, err
		}
		except, err := profileIDs(f.All("except"))
		return invite.Selection{All: true, Filter: invitationFilter(f.Values), Except: except}, err
	}
	ids, err := profileIDs(f.All("id"))
	return invite.Selection{IDs: ids}, err
}

func profileIDs(texts []string) ([]attendance.ProfileID, error) {
	ids := make([]attendance.ProfileID, 0, len(texts))
	for _, text := range texts {
		id, err := attendance.ParseID[attendance.ProfileID](text)
		if err != nil {
			return nil, access.Invalid{Field: "id", Problem: access.Malformed}
		}
		ids = append(ids, id)
	}
	return ids, nil
}

// empty tells whether nobody was ticked.
func empty(s invite.Selection) bool { return !s.All && len(s.IDs) == 0 }

// selectionFields is a selection as a form carries it on.
func selectionFields(s invite.Selection) []hidden {
	var fields []hidden
	if !s.All {
		for _, id := range s.IDs {
			fields = append(fields, hidden{"id", string(id)})
		}
		return fields
	}
	fields = append([]hidden{{"all", "1"}}, hiddenOf(filterValues(s.Filter))...)
	for _, id := range s.Except {
		fields = append(fields, hidden{"except", string(id)})
	}
	return fields
}

// backTo is the list from which a form came.
func backTo(q url.Values) string { return invitationsAt(invitationFilter(q), "") }
