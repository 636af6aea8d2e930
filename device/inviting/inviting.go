// Package inviting shows a manager at the tablet whose activation is still to come,
// and takes what the manager asks for. An order is a row of the journal: it holds
// though the cloud is away, and whether it may be carried out is decided here by the
// rules of package invite, and by the cloud once more.
package inviting

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"google.golang.org/protobuf/proto"

	"muster/access"
	"muster/attendance"
	"muster/device"
	"muster/invite"
	"muster/sync/wire"
)

// Journal stores a row together with its effect before it returns.
type Journal interface {
	Append(ctx context.Context, kind device.Kind, payload proto.Message, effect device.Effect) (device.Row, error)
	Now() attendance.ClockReading
}

// Memory knows who is pending, who manages, and what was asked for here.
type Memory interface {
	Pending(ctx context.Context) []attendance.Profile
	Managers(ctx context.Context) []attendance.Profile
	Ordered(ctx context.Context, who attendance.ProfileID) (device.Order, bool)
}

// Desk knows who may be asked, and takes orders. Make one with New.
type Desk struct {
	journal Journal
	memory  Memory
	self    device.Identity
}

// New returns a desk of the tablet self.
func New(j Journal, m Memory, self device.Identity) *Desk { return &Desk{j, m, self} }

// Manager returns as whom somebody acts here: the account of the console that is
// theirs, confined to this tablet's site. It is access.ErrForbidden where they have
// none, or may invite nobody by it.
func (d *Desk) Manager(p attendance.Profile) (access.Actor, error) {
	if p.Manager == nil || p.Blocked {
		return access.Actor{}, access.ErrForbidden
	}
	role, ok := access.ParseRole(p.Manager.Role)
	if !ok {
		return access.Actor{}, access.ErrForbidden
	}
	a := access.Actor{User: access.UserID(p.Manager.User), Org: d.self.Org, Role: role, Sites: p.Manager.Sites}.At(d.self.Site)
	if a.RequireAt(access.ManageRoster, d.self.Site) != nil {
		return access.Actor{}, access.ErrForbidden
	}
	return a, nil
}

// Open tells whether there is anything to see: somebody is pending, and somebody
// known here may ask them.
func (d *Desk) Open(ctx context.Context, pending int) bool {
	return pending > 0 && slices.ContainsFunc(d.memory.Managers(ctx), func(p attendance.Profile) bool {
		_, err := d.Manager(p)
		return err == nil
	})
}

// Person is somebody whose activation is still to come, as this tablet knows it.
type Person struct {
	Profile attendance.Profile
	State   invite.State
	Last    time.Time      // when they were sent something that counts, or it was asked for here; zero: never
	Event   invite.Event   // what may be asked for: Invite or Chase; empty: nothing
	Channel invite.Channel // the way that it would take
	Hurdle  invite.Obstacle
	Again   time.Time // when they may be reminded again, where Hurdle is ChasedAlready
	// Waits tells that something was asked for here with which the cloud has not dealt.
	Waits bool
}

// List returns them by last name, first name and id, in the order that readers of a
// language look for them in; BCP 47, empty: the one that suits most.
func (d *Desk) List(ctx context.Context, language string) []Person {
	now := d.journal.Now().Cloud()
	found := d.memory.Pending(ctx)
	all := make([]Person, len(found))
	for i, p := range found {
		all[i] = d.judge(ctx, p, now)
	}
	sortPeople(all, language)
	return all
}

// judge says how somebody stands now, and what may be asked for.
func (d *Desk) judge(ctx context.Context, p attendance.Profile, now time.Time) Person {
	c := candidate(p)
	v := Person{Profile: p, State: c.State}
	if o, here := d.memory.Ordered(ctx, p.ID); here && waits(o, p.Pending, now) {
		// What was asked for here counts as if it had gone out: it may, any moment.
		v.Waits, v.Last, v.Hurdle = true, o.At, invite.WaitsAlready
		return v
	}
	v.Last = c.Chases.Last
	event, can := c.State.Ask()
	if !can {
		event = ""
	}
	v.Channel, v.Hurdle = c.Judge(event, now, now)
	if v.Hurdle == "" {
		v.Event = event
	}
	if v.Hurdle == invite.ChasedAlready {
		v.Again = c.Chases.Again(now)
	}
	return v
}

// waits tells whether the cloud still has to deal with an order. One that is older
// than invite.Stale has lost its meaning wherever it is; what the cloud dealt with
// later, or what was sent later, overtakes it.
func waits(o device.Order, p *attendance.Pending, now time.Time) bool {
	return o.ID != p.Order && !p.Dealt.After(o.At) && !p.Last.After(o.At) && now.Sub(o.At) <= invite.Stale
}

// candidate puts what the cloud told into the words of package invite.
func candidate(p attendance.Profile) invite.Candidate {
	return invite.Candidate{
		State: invite.State{
			Account: invite.Account(p.Pending.Account), Delivery: invite.Delivery(p.Pending.Delivery), Membership: invite.Membership(p.Pending.Membership),
		},
		Chases: invite.Chases{Last: p.Pending.Last}, Channel: invite.Channel(p.Pending.Channel), Reason: invite.Reason(p.Pending.Reason), Blocked: p.Pending.Blocked,
	}
}

// Ask stores an order for each of the people who may be asked at this moment,
// invitations and reminders apart, and returns who they are. card is the one by
// which the manager proved who he is. What was stored before an error holds.
func (d *Desk) Ask(ctx context.Context, manager attendance.Profile, card attendance.CardID, people []attendance.ProfileID) (asked []attendance.ProfileID, err error) {
	actor, err := d.Manager(manager)
	if err != nil {
		return nil, err
	}
	wanted := make(map[attendance.ProfileID]bool, len(people))
	for _, id := range people {
		wanted[id] = true
	}
	by := map[invite.Event][]attendance.ProfileID{}
	for _, p := range d.List(ctx, "") {
		if wanted[p.Profile.ID] && p.Event != "" {
			by[p.Event] = append(by[p.Event], p.Profile.ID)
		}
	}
	for _, e := range []invite.Event{invite.Invite, invite.Chase} {
		for part := range slices.Chunk(by[e], device.MaxOrder) {
			if err := d.store(ctx, actor, manager.ID, card, e, part); err != nil {
				return asked, err
			}
			asked = append(asked, part...)
		}
	}
	if len(asked) == 0 {
		return nil, ErrNobody
	}
	return asked, nil
}

// ErrNobody is the error of an order that is for nobody any more: they have all been
// asked meanwhile, or have activated their accounts.
var ErrNobody = errors.New("nobody of these can be asked now")

func (d *Desk) store(ctx context.Context, actor access.Actor, manager attendance.ProfileID, card attendance.CardID, e invite.Event, people []attendance.ProfileID) error {
	m := &wire.OrderPayload{ManagerId: string(manager), UserId: string(actor.User), CardId: string(card), Event: string(e)}
	for _, id := range people {
		m.ProfileIds = append(m.ProfileIds, string(id))
	}
	if _, err := d.journal.Append(ctx, device.KindOrder, m, device.Effect{Order: &device.Order{Event: string(e), People: people}}); err != nil {
		return fmt.Errorf("keep an order: %w", err)
	}
	return nil
}

// Fate is what became of an order for one person.
type Fate struct {
	Person attendance.ProfileID
	Name   string
	Fate   invite.Fate // empty: the cloud has not dealt with it
	Again  time.Time   // when they may be reminded again; zero: it isn't known, or any time
	Gone   bool        // their activation is no longer to come, or they left
}

// Fates tells of people for whom something was asked here what became of it, in the
// order of people.
func (d *Desk) Fates(ctx context.Context, people []attendance.Profile) []Fate {
	now := d.journal.Now().Cloud()
	pending := map[attendance.ProfileID]attendance.Profile{}
	for _, p := range d.memory.Pending(ctx) {
		pending[p.ID] = p
	}
	all := make([]Fate, len(people))
	for i, p := range people {
		all[i] = Fate{Person: p.ID, Name: p.Name()}
		known, still := pending[p.ID]
		if !still {
			all[i].Gone = true
			continue
		}
		if o, here := d.memory.Ordered(ctx, p.ID); here && waits(o, known.Pending, now) {
			continue
		}
		all[i].Fate = invite.Fate(known.Pending.Fate)
		all[i].Again = invite.Chases{Last: known.Pending.Last}.Again(now)
	}
	return all
}
