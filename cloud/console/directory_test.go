package console_test

import (
	"net/http"
	"net/url"
	"testing"

	"muster/invite"
)

// W22, L1: the page of accounts shows where a directory sends to; the groups that it
// told of stand on the page of ways in, and a button lets one in, for all or, without
// enough seats, for none.
func TestW22L1TheDirectorysGroupsAreLetIn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, admin := t.Context(), w.admin.Actor()
	b := w.as(w.admin.Email)
	b.get("/users").shows(t, http.StatusOK, `/scim/v2" readonly`, "Address for your directory")
	ann := must(w.store.AddDirectoryPerson(ctx, admin, invite.DirectoryPerson{UserName: "ann", LastName: "Told", Active: true}))(t)
	must(w.store.AddDirectoryGroup(ctx, admin, invite.DirectoryGroup{Name: "Assembly <A>", Members: []invite.DirectoryMember{{ID: ann.ID}}}))(t)
	b.get("/membership").shows(t, http.StatusOK, "Assembly &lt;A&gt;", "not let in", "1 person")
	taken := must(w.store.Access(ctx, admin))(t).Taken
	form := url.Values{"unit": {"Assembly <A>"}, "site": {string(w.north.ID)}}
	if err := w.store.SetLicence(ctx, admin.Org, invite.Licence{Type: invite.Enterprise, Seats: max(1, taken)}); err != nil {
		t.Fatal(err)
	}
	if taken > 0 {
		b.post("/membership/units", form).shows(t, http.StatusUnprocessableEntity, "not let in")
	}
	if err := w.store.SetLicence(ctx, admin.Org, invite.Licence{Type: invite.Enterprise}); err != nil {
		t.Fatal(err)
	}
	b.post("/membership/units", form).leadsTo(t, "/membership")
	b.get("/membership").hides(t, "not let in")
	if m := must(w.store.Member(ctx, admin, ann.ID))(t); len(m.Sites) != 1 || m.Sites[0] != w.north.ID {
		t.Errorf("she is at %v", m.Sites)
	}
}
