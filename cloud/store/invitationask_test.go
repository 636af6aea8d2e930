package store

import (
	"fmt"
	"testing"
	"time"

	"muster/attendance"
	"muster/invite"
)

// silent is a member who was never asked, as everybody who was just added.
var silent = invite.State{Account: invite.Inactive, Delivery: invite.None, Membership: invite.Accepted}

// place puts a person into a state by hand.
func (w *world) place(t *testing.T, p attendance.ProfileID, s invite.State, c invite.Contact, chased time.Time) {
	t.Helper()
	_, err := w.write.ExecContext(t.Context(), `UPDATE profiles SET account = ?, delivery = ?, membership = ?, status = ?, email = ?, phone = ?, messaged_at = ?, batch = '', message = '' WHERE id = ?`,
		s.Account, s.Delivery, s.Membership, s.Status(), c.Email, c.Phone, micros(chased), p)
	if err != nil {
		t.Fatal(err)
	}
}

func (w *world) invitation(t *testing.T, p attendance.ProfileID) invite.Person {
	t.Helper()
	return must(w.Invitation(t.Context(), w.admin.Actor(), p))(t)
}

func only(ids ...attendance.ProfileID) invite.Selection { return invite.Selection{IDs: ids} }

// What the store does to many people at once is what the state machine and its
// guards say of each: in every state, for every contact, at every distance from
// the last chase, in the plan as in the doing.
func TestK9K11P10OrdersFollowTheStateMachine(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, admin := t.Context(), w.admin.Actor()
	policy := invite.DefaultPolicy
	policy.SMS = true
	if err := w.SetPolicy(ctx, admin, policy); err != nil {
		t.Fatal(err)
	}
	if _, err := w.write.ExecContext(ctx, `INSERT INTO blocks (org, address, reason, detail, since) VALUES (?, 'blocked@example.com', 'unknown-mailbox', '', 1)`, admin.Org); err != nil {
		t.Fatal(err)
	}
	p := w.person(t, "Anna", "Berg", w.north.ID)
	contacts := []invite.Contact{{}, {Email: "anna@example.com"}, {Phone: "+4915112345678"}, {Email: "blocked@example.com"}}
	for _, account := range invite.Accounts {
		for _, delivery := range invite.Deliveries {
			for i, contact := range contacts {
				event := []invite.Event{invite.Invite, invite.Chase, ""}[(i+len(delivery))%3]
				ago := []time.Duration{0, time.Hour, 25 * time.Hour, 50 * time.Hour}[(i+len(account))%4]
				asked := []time.Duration{0, 30 * time.Hour, 8 * 24 * time.Hour}[(len(delivery)+len(account))%3]
				now := w.clock.now()
				var chases invite.Chases
				if ago != 0 {
					chases.Last = now.Add(-ago)
				}
				s := invite.State{Account: account, Delivery: delivery, Membership: invite.Accepted}
				w.place(t, p.ID, s, contact, chases.Last)
				want := judged(s, event, contact, chases, now.Add(-asked), now, policy)
				what := fmt.Sprintf("%s/%s, %s, %+v, chased %v ago, asked %v ago", account, delivery, event, contact, ago, asked)

				o := invite.Order{Event: event, To: only(p.ID), Asked: now.Add(-asked)}
				plan := must(w.PlanOrder(ctx, admin, o))(t)
				batch := must(w.Ask(ctx, admin, o))(t)
				after := w.invitation(t, p.ID)
				switch want {
				case "email", "sms":
					if plan.Sends() != 1 || (want == "email") != (plan.Email == 1) || batch.Queued != 1 || after.State.Status() != invite.Waiting || after.State.Account == invite.Inactive {
						t.Errorf("%s: plan %+v, batch %+v, then %+v", what, plan, batch, after.State)
					}
				default:
					if plan.Refused[invite.Obstacle(want)] != 1 || batch.Refused[invite.Obstacle(want)] != 1 || batch.Queued != 0 || after.State != s {
						t.Errorf("%s: want %s: plan %+v, batch %+v, then %+v", what, want, plan, batch, after.State)
					}
				}
			}
		}
	}
}

// judged says what an order does, by the words of package invite alone.
func judged(s invite.State, event invite.Event, c invite.Contact, chases invite.Chases, asked, now time.Time, policy invite.Policy) string {
	of := invite.Candidate{State: s, Chases: chases, Blocked: c.Email == "blocked@example.com"}
	of.Channel, of.Reason = policy.Channel(c)
	channel, hurdle := of.Judge(event, asked, now)
	return string(channel) + string(hurdle)
}

// J4, P3: all that a filter shows, but some; and nobody out of reach.
func TestJ4P3SelectionAcrossPages(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := t.Context()
	var north []attendance.Profile
	for i := range 60 {
		site := w.north.ID
		if i%2 == 1 {
			site = w.south.ID
		}
		p := w.person(t, fmt.Sprint("P", i), "Berg", site)
		w.place(t, p.ID, silent, invite.Contact{Email: fmt.Sprintf("p%d@example.com", i)}, time.Time{})
		if i%2 == 0 {
			north = append(north, p)
		}
	}
	all := invite.Selection{All: true, Filter: invite.Filter{Status: []invite.Status{invite.NotInvited}}, Except: []attendance.ProfileID{north[0].ID}}
	manager := w.managerNorth.Actor()
	if plan := must(w.PlanOrder(ctx, manager, invite.Order{To: all}))(t); plan.Email != 29 || plan.Selected != 29 {
		t.Errorf("a manager's plan: %+v", plan)
	}
	b := must(w.Ask(ctx, manager, invite.Order{To: all, Key: "monday"}))(t)
	if b.Queued != 29 || b.Waiting() != 29 {
		t.Errorf("%+v", b)
	}
	if again := must(w.Ask(ctx, manager, invite.Order{To: all, Key: "monday"}))(t); again.ID != b.ID || again.Queued != 29 {
		t.Errorf("the same order again: %+v", again)
	}
	if got := must(w.Tally(ctx, w.admin.Actor(), invite.Filter{}))(t); got[invite.Waiting] != 29 || got[invite.NotInvited] != 31 || got.Total() != 60 {
		t.Errorf("%v", got)
	}
	if _, err := w.Batch(ctx, w.managerSouth.Actor(), b.ID); err == nil {
		t.Error("another manager sees the order")
	}
	if _, err := w.Ask(ctx, w.viewerNorth.Actor(), invite.Order{To: all}); err == nil {
		t.Error("a viewer may invite")
	}
	other := must(w.Ask(ctx, w.stranger.Actor(), invite.Order{To: only(north[0].ID)}))(t)
	if other.Queued != 0 || w.invitation(t, north[0].ID).State != silent {
		t.Errorf("another organisation invited: %+v", other)
	}
	// J3, W8: undone while they wait.
	if n := must(w.UndoBatch(ctx, manager, b.ID))(t); n != 29 {
		t.Errorf("%d undone", n)
	}
	if got := must(w.Tally(ctx, w.admin.Actor(), invite.Filter{}))(t); got[invite.NotInvited] != 60 {
		t.Errorf("after the undoing: %v", got)
	}
}

// Pages hold everybody once, in order.
func TestPagesOfInvitations(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for i := range 25 {
		w.person(t, fmt.Sprint("P", i), fmt.Sprint("B", i%3), w.north.ID)
	}
	seen := map[attendance.ProfileID]bool{}
	query := invite.Query{Filter: invite.Filter{Status: []invite.Status{invite.NotInvited}}, Limit: 7}
	for {
		page := must(w.Invitations(t.Context(), w.admin.Actor(), query))(t)
		for _, p := range page.People {
			if seen[p.Profile.ID] {
				t.Errorf("%s twice", p.Profile.Name())
			}
			seen[p.Profile.ID] = true
		}
		if query.After = page.Next; query.After == "" {
			break
		}
	}
	if len(seen) != 25 {
		t.Errorf("%d people", len(seen))
	}
	for text, want := range map[string]int{"p1": 11, "b0 p3": 1, "nobody": 0} {
		page := must(w.Invitations(t.Context(), w.admin.Actor(), invite.Query{Filter: invite.Filter{Text: text}}))(t)
		if len(page.People) != want {
			t.Errorf("%q: %d people, want %d", text, len(page.People), want)
		}
	}
}
