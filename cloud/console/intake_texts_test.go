package console

import (
	"muster/access"
	"muster/intake"
	"muster/invite"
)

// intakeKeys are the composed keys about lists.
func intakeKeys() []string {
	var keys []string
	add := func(prefix string, ends ...string) {
		for _, e := range ends {
			keys = append(keys, prefix+e)
		}
	}
	for _, s := range []intake.Stage{intake.Reading, intake.Checked, intake.Writing, intake.Done, intake.Failed} {
		add("intake.stage.", string(s))
	}
	for _, verdict := range intake.Verdicts {
		add("intake.would.", string(verdict))
		add("intake.done.", string(verdict))
		add("intake.row.", string(verdict))
	}
	add("intake.found.", string(intake.Same), string(intake.Refused))
	add("intake.row.", "found", "added", "did-change")
	for _, f := range intake.Fields {
		add("intake.field.", string(f))
	}
	add("intake.aside.", "unknown-column", "duplicate-column", "card-column", "too-many-columns")
	add("intake.problem.", intake.Codes...)
	add("intake.problem.", string(invite.NoSeat), string(invite.LicenceOver), string(invite.WayClosed), string(invite.BadAddress), string(invite.BadNumber), string(invite.NoCountryCode), string(invite.UnknownDomain), access.Malformed, access.TooLong, "other",
		// of the sheet and of contacts, see cmd/muster-cloud
		"likely-typo", "landline", "long-cell", "error-cell", "rounded-number", "unreadable-characters", "unclosed-quote",
		"too-large", "too-many-rows", "empty", "encrypted", "old-excel", "open-document", "web-page", "not-a-table", "damaged")
	return keys
}
