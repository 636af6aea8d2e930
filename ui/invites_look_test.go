package ui_test

import (
	"fmt"
	"time"

	"muster/attendance"
	"muster/device"
	"muster/invite"
	"muster/ui"
	"muster/ui/scene"
)

// invitees are people in every state that the page of invites tells apart.
func invitees() []scene.Invitee {
	member := func(a invite.Account, d invite.Delivery) invite.State {
		return invite.State{Account: a, Delivery: d, Membership: invite.Accepted}
	}
	hour := func(h int) time.Time { return monday.Add(time.Duration(h) * time.Hour) }
	return []scene.Invitee{
		{ID: "p0", Name: "Anna Petrova", Event: invite.Invite, Ticked: true, State: member(invite.Inactive, invite.None)},
		{ID: "p1", Name: "Maximiliana-Theodora von Hohenlohe-Schillingsfürst", Event: invite.Chase, Ticked: true, State: member(invite.Invited, invite.Sent), Last: hour(-120)},
		{ID: "p2", Name: "Екатерина Преображенская-Рождественская", State: member(invite.Invited, invite.Sent), Last: hour(-3), Hurdle: invite.ChasedAlready, Again: hour(21)},
		{ID: "p3", Name: "Bo Ng", State: member(invite.Inactive, invite.None), Hurdle: invite.Obstacle(invite.NoContact)},
		{ID: "p4", Name: "Carla Kern", State: member(invite.Invited, invite.Sent), Last: hour(-1), Hurdle: invite.WaitsAlready, Waits: true},
		{ID: "p5", Name: "Dieter Maria Freiherr von und zu Aufseß-Wolfsthal", Event: invite.Chase, State: member(invite.Invited, invite.Bounced)},
		{ID: "p6", Name: "Ewa Lis", Event: invite.Chase, State: member(invite.Claiming, invite.Opened), Last: hour(-30)},
		{ID: "p7", Name: "Farid Haddad", Event: invite.Invite, State: member(invite.Inactive, invite.Declined)},
		{ID: "p8", Name: "Gesa Ott", Event: invite.Chase, State: member(invite.Invited, invite.Expired), Last: hour(-400)},
		{ID: "p9", Number: "1044", State: member(invite.Inactive, invite.None), Hurdle: "unheard-of"},
		{ID: "p10", Name: "Ида Ким", State: member(invite.Invited, invite.Queued), Hurdle: invite.WaitsAlready},
		{ID: "p11", Name: "Jo Blocked", State: member(invite.Invited, invite.Failed), Hurdle: invite.Obstacle(invite.AddressBlocked)},
	}
}

func fates() []scene.Invitee {
	var all []scene.Invitee
	for i, f := range []invite.Fate{
		invite.FateQueued, "", invite.Fate(invite.ChasedAlready), invite.Fate(invite.CameTooLate), invite.FateForbidden, invite.Fate(invite.NoContact),
		invite.Fate(invite.NotPossible), invite.Fate(invite.WaitsAlready), invite.Fate(invite.NotMember), "unheard-of", invite.Fate(invite.EmailOnly), invite.Fate(invite.NotConfigured),
	} {
		row := scene.Invitee{ID: fmt.Sprintf("p%d", i), Name: invitees()[i].Name, Number: "1044", Fate: f}
		if f == invite.FateQueued || f == invite.Fate(invite.ChasedAlready) {
			row.Again = monday.Add(23 * time.Hour)
		}
		all = append(all, row)
	}
	return append(all, scene.Invitee{ID: "p12", Name: "Vera Lange", Gone: true})
}

// addInvites adds the page of invites in each of its situations.
func addInvites(s device.Settings, offline ui.Status, add func(name string, s ui.Scene, status ui.Status)) {
	page := func(step scene.InvitesStep, people []scene.Invitee) ui.Invites {
		return ui.Invites{Step: step, Manager: "Tim Berger", Language: s.Language, People: people, Expires: monday.Add(time.Minute), Askable: 6}
	}
	ticked := page(scene.InvitesList, invitees())
	ticked.Ticked, ticked.ToInvite, ticked.ToRemind, ticked.Email = 2, 1, 1, 2
	untouched := page(scene.InvitesList, invitees()[:5])
	untouched.People[0].Ticked, untouched.People[1].Ticked, untouched.Askable = false, false, 2
	add("ready-invites", ui.Ready{Settings: s, Invites: true}, online)
	add("ready-both-menus", ui.Ready{Settings: s, Invites: true, Invitations: true}, online)
	add("invites-card", page(scene.InvitesCard, nil), online)
	add("invites-denied", page(scene.InvitesDenied, nil), online)
	add("invites-list", untouched, online)
	add("invites-ticked", ticked, offline)
	add("invites-empty", page(scene.InvitesList, nil), online)
	sure := ticked
	sure.Step = scene.InvitesConfirm
	add("invites-confirm", sure, online)
	many := sure
	many.People, many.Email, many.SMS, many.ToInvite, many.ToRemind = nil, 31, 9, 0, 40
	for i := range 40 {
		p := invitees()[i%12]
		p.Ticked = true
		many.People = append(many.People, p)
	}
	add("invites-confirm-many", many, offline)
	one := sure
	one.People, one.Email, one.ToInvite, one.ToRemind = invitees()[:1], 1, 1, 0
	add("invites-confirm-one", one, online)
	add("invites-result", page(scene.InvitesResult, fates()), online)
	add("invites-result-offline", page(scene.InvitesResult, fates()[1:3]), offline)
	// As many as fit onto the smallest screen: each row is seen.
	for i := 0; i < len(invitees()); i += 3 {
		add(fmt.Sprintf("invites-rows-%d", i), page(scene.InvitesList, invitees()[i:i+3]), online)
	}
	for i := 0; i+3 <= len(fates()); i += 3 {
		add(fmt.Sprintf("invites-fates-%d", i), page(scene.InvitesResult, fates()[i:i+3]), online)
	}
	add("invites-fates-last", page(scene.InvitesResult, fates()[len(fates())-1:]), online)
	failed, nobody := page(scene.InvitesResult, nil), page(scene.InvitesResult, nil)
	failed.Failed, nobody.Nobody = attendance.StorageFull, true
	add("invites-failed", failed, online)
	add("invites-nobody-left", nobody, online)
}
