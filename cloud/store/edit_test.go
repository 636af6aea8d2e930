package store

import (
	"errors"
	"strings"
	"sync"
	"testing"

	"muster/access"
	"muster/attendance"
	"muster/invite"
)

// edits are changes by a function, for whoever calls every method.
func edits() []any {
	return []any{
		func(m *attendance.Member) error {
			m.Profile.FirstName = "Edited"
			return nil
		},
		func(attendance.Member) error { return nil },
		func(s *attendance.Site) error {
			s.Name = "Edited"
			return nil
		},
		func(c *invite.Contact) error {
			*c = invite.Contact{Email: "edited@acme.example"}
			return nil
		},
		func(p *invite.DirectoryPerson) error {
			p.FirstName = "Edited"
			return nil
		},
		invite.DirectoryPerson{UserName: "new-login", FirstName: "New", Active: true},
		invite.DirectoryGroup{Name: "new-group"},
		invite.DirectoryChange{Name: new("renamed-group")},
		invite.DirectoryQuery{Limit: 10, Members: true},
		func(p *invite.Policy) error {
			p.Details = !p.Details
			return nil
		},
		func(*invite.Template) (*invite.Template, error) {
			return &invite.Template{Subject: "edited", Body: "{link}"}, nil
		},
	}
}

// Two who write at once see each other's change: none is lost, and of two who go
// by the same version one is refused.
func TestTwoWritersAtOnce(t *testing.T) {
	t.Parallel()
	w, ctx := newWorld(t), t.Context()
	admin, anna := w.admin.Actor(), w.person(t, "A", "Bergmann", w.north.ID)
	const writers = 8
	together := func(f func(i int)) {
		var all sync.WaitGroup
		for i := range writers {
			all.Go(func() { f(i) })
		}
		all.Wait()
	}
	for name, edit := range map[string]struct {
		grow func(only string) error
		get  func() string
	}{
		"profile": {
			func(only string) error {
				return w.EditProfile(ctx, admin, anna.ID, func(m *attendance.Member) error { return grow(&m.Profile.FirstName, only) })
			}, func() string { return must(w.Member(ctx, admin, anna.ID))(t).Profile.FirstName },
		},
		"site": {
			func(only string) error {
				return w.EditSite(ctx, admin, w.north.ID, func(s *attendance.Site) error { return grow(&s.Name, only) })
			}, func() string { return must(w.Site(ctx, admin, w.north.ID))(t).Name },
		},
		"contact": {
			func(only string) error {
				return w.EditContact(ctx, admin, anna.ID, func(c *invite.Contact) error { return grow(&c.ExternalID, only) })
			}, func() string { return must(w.Invitation(ctx, admin, anna.ID))(t).Contact.ExternalID },
		},
		"template": {
			func(only string) error {
				return w.EditTemplate(ctx, admin, aText, func(now *invite.Template) (*invite.Template, error) {
					to := invite.Template{Body: "{link}"}
					if now != nil {
						to = *now
					}
					return &to, grow(&to.Subject, only)
				})
			}, func() string { return must(w.Templates(ctx, admin))(t)[aText].Subject },
		},
	} {
		t.Run(name, func(t *testing.T) {
			before := edit.get()
			together(func(int) {
				if err := edit.grow(""); err != nil {
					t.Error(err)
				}
			})
			after := edit.get()
			if after != before+strings.Repeat("x", writers) {
				t.Fatalf("%q became %q: changes are lost", before, after)
			}
			refused := make(chan error, writers)
			together(func(int) {
				if err := edit.grow(after); err != nil {
					refused <- err
				}
			})
			close(refused)
			if len(refused) != writers-1 || edit.get() != after+"x" {
				t.Errorf("%d refused, %q", len(refused), edit.get())
			}
			for err := range refused {
				if !errors.Is(err, access.ErrConflict) {
					t.Error(err)
				}
			}
		})
	}
	if err := w.RemoveProfileIf(ctx, admin, anna.ID, func(attendance.Member) error { return access.ErrConflict }); !errors.Is(err, access.ErrConflict) {
		t.Error(err)
	}
	must(w.Member(ctx, admin, anna.ID))(t)
}

var aText = invite.TemplateKey{Event: invite.Invite, Channel: invite.Email, Language: "de"}

// grow makes a text longer, if it is what it must be.
func grow(s *string, only string) error {
	if only != "" && *s != only {
		return access.ErrConflict
	}
	*s += "x"
	return nil
}
