package tablet

import (
	"context"
	"errors"
	"time"

	"muster/access"
	"muster/attendance"
	"muster/device/inviting"
	"muster/device/timeclock"
	"muster/invite"
	"muster/ui/scene"
)

// managerTime is how long the page of invites stays without a touch: names are on
// it. Whoever comes next ends it by their card.
const managerTime = 60 * time.Second

// registrar shows a manager whose activation is still to come, and takes orders.
// What is asked of it at the screen is done in the loop that answers taps, as with
// the lobby.
type registrar struct {
	t     *Tablet
	desk  *inviting.Desk
	asked chan func(context.Context)

	manager attendance.Profile // whose card was held
	card    attendance.CardID
	ticked  map[attendance.ProfileID]bool
	ordered []attendance.Profile // whom the newest order was for
	totals  scene.Invites        // the numbers of it
}

func newRegistrar(t *Tablet) *registrar {
	return &registrar{t: t, desk: t.office.inviting, asked: make(chan func(context.Context), 16)}
}

// Invites implements clerk.
func (r *registrar) Invites(act scene.InvitesAct, id string) {
	select {
	case r.asked <- func(ctx context.Context) { r.act(ctx, act, attendance.ProfileID(id)) }:
	default:
	}
}

// act does what was touched. What belongs to another step than the one that is on
// the screen is nobody's.
func (r *registrar) act(ctx context.Context, act scene.InvitesAct, id attendance.ProfileID) {
	if act == scene.OpenInvites {
		r.forget()
		r.show(scene.Invites{Step: scene.InvitesCard}, cardTime)
		return
	}
	s, shown := r.t.stage.invites()
	if !shown {
		return
	}
	switch list := s.Step == scene.InvitesList; {
	case act == scene.CloseInvites:
		r.forget()
		r.t.stage.aside(nil, 0)
	case r.manager.ID == "":
	case act == scene.TickInvitee && list:
		r.tick(ctx, id)
	case act == scene.TickAll && list:
		r.tickAll(ctx)
	case act == scene.ReviewInvites && list && s.Ticked > 0:
		s.Step = scene.InvitesConfirm
		r.show(s, managerTime)
	case act == scene.ConfirmInvites && s.Step == scene.InvitesConfirm:
		r.order(ctx)
	case act == scene.BackToInvites && !list:
		r.showList(ctx)
	case act == scene.StayAtInvites:
		r.show(s, managerTime)
	}
}

// lookUp takes a card for that of a manager who wants to see the page, and tells
// whether it was awaited. Nothing is stored then.
func (r *registrar) lookUp(ctx context.Context, clock *timeclock.Clock, tap attendance.Tap) bool {
	if s, shown := r.t.stage.invites(); !shown || s.Step != scene.InvitesCard {
		r.forget() // whoever taps ends it
		return false
	}
	receipt := clock.Identify(ctx, tap)
	if receipt.Reason != "" {
		r.t.stage.aside(nil, 0)
		r.t.show(ctx, receipt, scene.Joining{})
		return true
	}
	if _, err := r.desk.Manager(receipt.Profile); err != nil {
		s := scene.Invites{Step: scene.InvitesDenied, Manager: receipt.Profile.Name(), Language: receipt.Profile.Language}
		r.show(s, 2*r.t.office.settings().ResultTime)
		return true
	}
	r.manager, r.card, r.ticked = receipt.Profile, receipt.CardID, map[attendance.ProfileID]bool{}
	r.showList(ctx)
	return true
}

func (r *registrar) forget() {
	r.manager, r.card, r.ticked, r.ordered = attendance.Profile{}, "", nil, nil
}

// show shows a step for a time.
func (r *registrar) show(s scene.Invites, d time.Duration) {
	s.Expires = time.Now().Add(d)
	r.t.stage.aside(s, d)
}

func (r *registrar) about(step scene.InvitesStep) scene.Invites {
	return scene.Invites{Step: step, Manager: r.manager.Name(), Language: r.manager.Language}
}

// list makes the page. A tick of somebody who can't be asked any more goes.
func (r *registrar) list(ctx context.Context, step scene.InvitesStep) scene.Invites {
	s := r.about(step)
	for _, p := range r.desk.List(ctx, r.manager.Language) {
		row := scene.Invitee{
			ID: string(p.Profile.ID), Name: p.Profile.Name(), Number: p.Profile.Number, Event: p.Event, State: p.State,
			Last: p.Last, Hurdle: p.Hurdle, Again: p.Again, Waits: p.Waits,
		}
		if p.Event != "" {
			s.Askable++
			if row.Ticked = r.ticked[p.Profile.ID]; row.Ticked {
				count(&s, p)
			}
		} else {
			delete(r.ticked, p.Profile.ID)
		}
		s.People = append(s.People, row)
	}
	return s
}

// count adds somebody to what would go out.
func count(s *scene.Invites, p inviting.Person) {
	s.Ticked++
	if p.Event == invite.Invite {
		s.ToInvite++
	} else {
		s.ToRemind++
	}
	if p.Channel == invite.SMS {
		s.SMS++
	} else {
		s.Email++
	}
}

func (r *registrar) showList(ctx context.Context) {
	r.show(r.list(ctx, scene.InvitesList), managerTime)
}

func (r *registrar) tick(ctx context.Context, id attendance.ProfileID) {
	r.ticked[id] = !r.ticked[id]
	if !r.ticked[id] {
		delete(r.ticked, id)
	}
	r.showList(ctx)
}

func (r *registrar) tickAll(ctx context.Context) {
	s := r.list(ctx, scene.InvitesList)
	all := s.Ticked == s.Askable
	for _, p := range s.People {
		if p.Event != "" && !all {
			r.ticked[attendance.ProfileID(p.ID)] = true
		} else {
			delete(r.ticked, attendance.ProfileID(p.ID))
		}
	}
	r.showList(ctx)
}

// order stores what was confirmed and shows what becomes of it. Who can't be asked
// any more at this moment is left out.
func (r *registrar) order(ctx context.Context) {
	s := r.list(ctx, scene.InvitesResult)
	var people []attendance.ProfileID
	names := map[attendance.ProfileID]attendance.Profile{}
	for _, p := range r.desk.List(ctx, r.manager.Language) {
		if r.ticked[p.Profile.ID] {
			people, names[p.Profile.ID] = append(people, p.Profile.ID), p.Profile
		}
	}
	asked, err := r.desk.Ask(ctx, r.manager, r.card, people)
	r.ticked, r.ordered, s.People = map[attendance.ProfileID]bool{}, nil, nil
	for _, id := range asked {
		r.ordered = append(r.ordered, names[id])
	}
	switch {
	case errors.Is(err, inviting.ErrNobody):
		s.Nobody = true
	case errors.Is(err, access.ErrForbidden):
		s.Step = scene.InvitesDenied
	case err != nil:
		r.t.logger.Error("order not kept", "error", err)
		s.Failed = timeclock.StorageReason(err)
	}
	r.totals = s
	r.showResult(ctx)
}

// showResult shows what has become of the newest order by now.
func (r *registrar) showResult(ctx context.Context) {
	r.show(r.result(ctx), managerTime)
}

func (r *registrar) result(ctx context.Context) scene.Invites {
	s := r.totals
	s.People = nil
	for _, f := range r.desk.Fates(ctx, r.ordered) {
		s.People = append(s.People, scene.Invitee{ID: string(f.Person), Name: f.Name, Fate: f.Fate, Again: f.Again, Gone: f.Gone})
	}
	return s
}

// heard shows what the cloud has told meanwhile, for as long as the page would have
// stayed anyway. Who may no longer see it doesn't.
func (r *registrar) heard(ctx context.Context) {
	s, shown := r.t.stage.invites()
	if !shown || r.manager.ID == "" {
		return
	}
	now, known, err := r.t.store.Profile(ctx, r.manager.ID)
	if err == nil && known {
		_, err = r.desk.Manager(now)
	}
	if err != nil || !known {
		r.forget()
		r.t.stage.aside(nil, 0)
		return
	}
	left := time.Until(s.Expires)
	switch s.Step {
	case scene.InvitesList:
		next := r.list(ctx, s.Step)
		next.Expires = s.Expires
		r.t.stage.aside(next, left)
	case scene.InvitesResult:
		next := r.result(ctx)
		next.Expires = s.Expires
		r.t.stage.aside(next, left)
	}
}
