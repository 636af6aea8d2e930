package console_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"muster/invite"
)

// While the mail server is away, the list of invitations says so, since when, and
// that nobody has to do anything.
func TestInvitationsSayThatTheMailServerIsAway(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.person("Anna", "Berg", w.north.ID)
	b := w.as(w.admin.Email)
	if page := b.get("/invitations"); strings.Contains(page.body, "doesn’t answer") {
		t.Error("nothing is away")
	}
	w.outages = []invite.Outage{
		{Channel: invite.Email, Since: time.Now().Add(-time.Hour), Reason: invite.ProviderDown, Detail: "connection refused"},
		{Channel: invite.SMS, Since: time.Now().Add(-time.Hour), Reason: invite.ProviderRefused, Detail: "no credit"},
	}
	b.get("/invitations").shows(t, http.StatusOK, "The mail server doesn’t answer since", "connection refused", "The SMS service refuses us since", "go by themselves")
}
