package console

import (
	"maps"
	"slices"
	"strings"

	"muster/invite"
)

// addLetterKeys adds the keys of messages that the pages about texts, launch and
// orders put together.
func addLetterKeys(add func(prefix string, ends ...string)) {
	add("launch.check.people.", "done", "fail", "fail-why")
	add("launch.check.mail.", "done", "warn", "warn-why", "fail")
	add("launch.check.sms.", "done", "none", "warn", "warn-why")
	add("launch.check.templates.", "done", "warn", "warn-why", "fail")
	add("launch.check.tablets.", "done", "empty", "warn", "fail", "fail-why")
	for _, c := range []string{"contacts", "blocked", "cards"} {
		add("launch.check."+c+".", "done", "warn", "warn-why")
	}
	for subject := range mends {
		add("launch.mend.", subject)
	}
	add("launch.mend.", "mail")
	add("launch.verdict.", slices.Sorted(maps.Keys(checkSigns))...)
	for _, name := range invite.VariableNames {
		add("wording.variable.", strings.ReplaceAll(name, "_", "-"))
	}
	for _, e := range []string{"invite", "chase"} {
		add("wording.event.", e)
		add("batches.kind.", e)
		add("history.kind.", e)
	}
	add("batches.kind.", "both")
	add("history.kind.", "hand-out", "reset")
	add("wording.channel.", "email", "sms")
	add("wording.wrong.required-", "subject", "body")
	add("welcome.sms.", "closed", "email-only", "off")
}
