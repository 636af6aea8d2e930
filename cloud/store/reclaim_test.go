package store

import (
	"errors"
	"testing"
	"time"

	"muster/access"
	"muster/invite"
)

// An organisation that writes another address for somebody who is still joining, and
// reminds them there, gets nowhere else by it: neither into their other accounts, nor
// by their password, nor to what waits for the address that they have proved to read.
func TestL13AReminderElsewhereOpensNothing(t *testing.T) {
	t.Parallel()
	for name, begins := range map[string]func(*world, *testing.T, invite.Self, invite.Self, string){
		"who joined while signed in": func(w *world, t *testing.T, self, there invite.Self, _ string) {
			must(w.Enter(t.Context(), self, there.Profile))(t)
		},
		"who claimed by a link": func(w *world, t *testing.T, _, _ invite.Self, secret string) {
			must(w.ClaimLinkWith(t.Context(), secret, password))(t)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			ctx, admin := t.Context(), w.admin.Actor()
			policy := must(w.Policy(ctx, admin))(t)
			policy.Details = true // so that something is left to do
			if err := w.SetPolicy(ctx, admin, policy); err != nil {
				t.Fatal(err)
			}
			self := w.olga(t, "olga@other.example")
			// She is one person in a third organisation's eyes already: she has joined before.
			if _, err := w.write.ExecContext(ctx, `UPDATE accounts SET person = 'olga' WHERE profile = ?`, self.Profile); err != nil {
				t.Fatal(err)
			}
			p := w.add(t, w.admin, "olga@other.example")
			there := invite.Self{Org: admin.Org, Profile: p.ID}
			take := func(o invite.Order) string {
				t.Helper()
				o.To = only(p.ID)
				must(w.Ask(ctx, admin, o))(t)
				jobs := must(w.TakeOn(ctx, "test", 10, w.clock.now().Add(time.Minute)))(t)
				if len(jobs) != 1 {
					t.Fatalf("%d messages", len(jobs))
				}
				secret := w.handTo(t, jobs[0])
				if err := w.Settle(ctx, "test", []invite.Outcome{{ID: jobs[0].ID}}); err != nil {
					t.Fatal(err)
				}
				return secret
			}
			begins(w, t, self, there, take(invite.Order{}))
			if own := must(w.Own(ctx, there))(t); own.State.Account != invite.Claiming {
				t.Fatalf("she is %+v", own.State)
			}
			if _, err := w.Enter(ctx, there, self.Profile); err != nil {
				t.Fatalf("she herself can't: %v", err)
			}
			if err := w.SetContact(ctx, admin, p.ID, invite.Contact{Email: "mallory@acme.example"}); err != nil {
				t.Fatal(err)
			}
			w.clock.forward(48 * time.Hour)
			const chosen = "mallory's own horse battery"
			in := must(w.ClaimLinkWith(ctx, take(invite.Order{Event: invite.Chase}), chosen))(t)
			if in.Self != there {
				t.Fatalf("the link is %v's", in.Self)
			}
			if _, err := w.Enter(ctx, in.Self, self.Profile); !errors.Is(err, access.ErrNotFound) {
				t.Errorf("whoever read the reminder gets into the other organisation: %v", err)
			}
			if all := must(w.Standings(ctx, in.Self))(t); len(all) != 1 {
				t.Errorf("they learn where else she is: %+v", all)
			}
			if err := w.ReplaceOwnPassword(ctx, in.Self, chosen, "mallory's other horse battery"); err != nil {
				t.Fatal(err)
			}
			if in := must(w.SignIn(ctx, "olga@other.example", password))(t); in.Self != self {
				t.Errorf("her password opens %v", in.Self)
			}
		})
	}
}
