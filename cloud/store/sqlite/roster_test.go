package sqlite

import (
	"errors"
	"slices"
	"testing"

	"muster/access"
	"muster/attendance"
)

func TestRosterFromStartToEnd(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, admin := t.Context(), w.admin.Actor()
	anna := w.person(t, "Anna", "Ärmel", w.north.ID)
	bob := w.person(t, "Bob", "Arm", w.north.ID, w.south.ID)
	uid := []byte{4, 1, 2, 3, 4, 5, 6}
	if err := w.AssignUID(ctx, admin, anna.ID, uid, "MIFARE DESFire"); err != nil {
		t.Fatal(err)
	}
	m := must(w.Member(ctx, admin, anna.ID))(t)
	card := w.cardOf(ctx, t, w.admin.Org, uid)
	if len(m.Cards) != 1 || m.Cards[0].ID != card || !m.Cards[0].To.IsZero() || !slices.Equal(m.Sites, []attendance.SiteID{w.north.ID}) {
		t.Fatalf("member = %+v", m)
	}
	page := must(w.Members(ctx, admin, attendance.MemberQuery{}))(t)
	if page.Total != 2 || page.Members[0].Profile != bob || page.Members[1].Profile != anna || page.Next != "" {
		t.Fatalf("page = %+v", page)
	}
	if err := w.RemoveProfile(ctx, admin, anna.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Member(ctx, admin, anna.ID); !errors.Is(err, access.ErrNotFound) {
		t.Errorf("a removed person: %v", err)
	}
}
