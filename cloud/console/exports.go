package console

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"muster/access"
	"muster/attendance"
	"muster/invite"
)

// exports are the lists that can be taken away, by name.
var exports = map[string]exported{
	"employees": {
		need: access.ReadRoster, scope: access.ScopeRosterRead, title: "title.employees", rows: exportEmployees,
		titles: []string{"employee.number", "employee.first-name", "employee.last-name", "employee.language", "title.sites", "employee.cards", "employee.block", "belonging.column"},
	},
	"invitations": {
		need: access.ReadRoster, scope: access.ScopeInvitationsRead, title: "title.invitations", rows: exportInvitations,
		titles: []string{
			"employee.number", "employee.first-name", "employee.last-name", "contact.email", "contact.phone", "contact.external", "title.sites",
			"invitation.filter.status", "export.message", "invitation.filter.reason", "export.detail", "invitation.channel", "invitation.date.asked",
			"invitation.date.chased", "invitation.date.opened", "export.expires", "invitation.date.active", "invitation.status.invited",
		},
	},
	"batch": {
		need: access.ReadRoster, scope: access.ScopeInvitationsRead, title: "title.batch", rows: exportBatch,
		titles: []string{"employee.number", "employee.name", "invitation.channel", "export.message", "invitation.filter.reason", "export.again"},
	},
	"blocks": {
		need: access.ReadRoster, scope: access.ScopeInvitationsRead, title: "title.blocks", rows: exportBlocks,
		titles: []string{"blocks.address", "blocks.cause", "export.detail", "blocks.since"},
	},
	"devices": {
		need: access.ReadRoster, scope: access.ScopeDevicesRead, title: "title.devices", rows: exportDevices,
		titles: []string{"tablet.name", "tablet.site", "tablet.state", "tablet.seen", "tablet.waiting", "tablet.reader", "tablet.version", "tablet.hardware", "tablet.people", "tablet.certificate", "tablet.revoked"},
	},
	"sites": {
		need: access.ReadRoster, scope: access.ScopeRosterRead, title: "title.sites", rows: exportSites,
		titles: []string{"site.name", "site.zone", "site.language", "site.offline"},
	},
	"users": {
		need: access.ManageUsers, scope: access.ScopeUsersManage, title: "title.users", rows: exportUsers,
		titles: []string{"user.name", "user.email", "user.role", "title.sites", "user.state", "user.language"},
	},
	"punches": {
		need: access.ReadRoster, scope: access.ScopePunchesRead, title: "title.punches", rows: exportPunches,
		titles: []string{"log.when", "site.zone", "log.what", "log.who", "employee.number", "filter.site", "export.tablet", "invitation.filter.reason", "quarantine.received", "log.notes", "export.approval", "export.approval-by"},
	},
	"approvals": {
		need: access.ReadRoster, scope: access.ScopePunchesRead, title: "title.approvals", rows: exportApprovals,
		titles: []string{"log.when", "site.zone", "log.what", "log.who", "employee.number", "filter.site", "export.tablet", "quarantine.received", "export.approval", "export.approval-by", "export.approval-at"},
	},
	"quarantine": {
		need: access.ReadRoster, scope: access.ScopePunchesRead, title: "title.quarantine", rows: exportQuarantine,
		titles: []string{"quarantine.received", "quarantine.reason", "filter.site", "export.tablet", "quarantine.person", "log.what", "export.told-time", "quarantine.card", "quarantine.place"},
	},
	"audit": {
		need: access.ReadAudit, scope: access.ScopeAuditRead, title: "title.audit", rows: exportAudit,
		titles: []string{"audit.when", "audit.who", "audit.what", "audit.whom", "employee.number", "audit.subject", "audit.via", "audit.address", "audit.token"},
	},
}

// local is a time by the reader's clock, or by that of a place.
func (v *visit) local(t time.Time, zone *time.Location) time.Time {
	if t.IsZero() {
		return t
	}
	if zone == nil {
		zone = v.zone
	}
	return t.In(zone)
}

// or says a text where there is a key for it.
func (v *visit) or(prefix, key string) string {
	if key == "" {
		return ""
	}
	if v.text.Has(prefix + key) {
		return v.text.Say(prefix + key)
	}
	return key
}

func exportEmployees(v *visit, put func(...any) error) error {
	_, sites, err := v.siteChoices()
	if err != nil {
		return err
	}
	q := v.r.URL.Query()
	query := attendance.MemberQuery{Text: q.Get("q"), Limit: perRead}
	if q.Get("site") != "" {
		id, err := attendance.ParseID[attendance.SiteID](q.Get("site"))
		if err != nil {
			return access.Invalid{Field: "site", Problem: access.Unknown}
		}
		query.Site = id
	}
	if query.Membership = q.Get("membership"); query.Membership != "" && !slices.Contains(invite.Memberships, invite.Membership(query.Membership)) {
		return access.Invalid{Field: "membership", Problem: access.Unknown}
	}
	for {
		page, err := v.people.Members(v.r.Context(), v.actor, query)
		if isInvalid(err, "text") {
			return nil // nobody can be called that
		}
		if err != nil {
			return err
		}
		belong, err := v.belongings(page.Members)
		if err != nil {
			return err
		}
		for i, m := range page.Members {
			p := m.Profile
			if err := put(p.Number, p.FirstName, p.LastName, v.or("language.", p.Language), siteNames(sites, m.Sites), len(workingCards(m, v.now())), v.yes(p.Blocked), v.or("belonging.", belong[i].Membership)); err != nil {
				return err
			}
		}
		if query.After = page.Next; query.After == "" {
			return nil
		}
	}
}

func (v *visit) yes(is bool) string {
	if is {
		return v.text.Say("export.yes")
	}
	return ""
}

func exportInvitations(v *visit, put func(...any) error) error {
	choices, sites, err := v.siteChoices()
	if err != nil {
		return err
	}
	q := v.r.URL.Query()
	query := invite.Query{Filter: invitationFilter(q), Limit: perRead}
	if err := cmp.Or(checkNames(q), checkFilter(q), checkSite(query.Filter, v.actor, choices)); err != nil {
		return err
	}
	for {
		page, err := v.people.Invitations(v.r.Context(), v.actor, query)
		if unfindable(err) {
			return nil
		}
		if err != nil {
			return err
		}
		for _, p := range page.People {
			why := p.Reason
			if p.Blocked.Address != "" && why == "" {
				why = invite.AddressBlocked
			}
			channel := ""
			if p.Channel != "" {
				channel = v.text.Say("invitation.channel." + string(p.Channel))
			}
			if err := put(p.Profile.Number, p.Profile.FirstName, p.Profile.LastName, p.Contact.Email, p.Contact.Phone, p.Contact.ExternalID, siteNames(sites, p.Sites),
				v.text.Say("invitation.stands."+string(p.State.Status())), v.text.Say("invitation.delivery."+string(p.State.Delivery)), v.or("invitation.reason.", string(why)), p.Detail,
				channel, v.local(p.Asked, nil), v.local(p.Chased, nil), v.local(p.Opened, nil), v.local(p.Expires, nil), v.local(p.Active, nil), v.yes(p.State.Invited())); err != nil {
				return err
			}
		}
		if query.After = page.Next; query.After == "" {
			return nil
		}
	}
}

func exportBatch(v *visit, put func(...any) error) error {
	id, err := attendance.ParseID[invite.BatchID](v.r.URL.Query().Get("batch"))
	if err != nil {
		return access.ErrNotFound
	}
	after := attendance.ProfileID("")
	for {
		rows, err := v.people.BatchResults(v.r.Context(), v.actor, id, after, perRead)
		if err != nil {
			return err
		}
		for _, r := range rows {
			state, why := v.text.Say("invitation.not-sent"), v.or("invitation.obstacle.", string(r.Obstacle))
			if r.Obstacle == "" {
				state, why = v.text.Say("invitation.delivery."+string(r.State)), v.or("invitation.reason.", string(r.Reason))
			}
			if err := put(r.Number, r.Name, v.or("invitation.channel.", string(r.Channel)), state, why, v.local(r.Again, nil)); err != nil {
				return err
			}
			after = r.Person
		}
		if len(rows) < perRead {
			return nil
		}
	}
}

func exportBlocks(v *visit, put func(...any) error) error {
	for after := ""; ; {
		page, next, err := v.people.BlockPage(v.r.Context(), v.actor, after, perRead)
		if err != nil {
			return err
		}
		for _, b := range page {
			if err := put(b.Address, v.or("invitation.reason.", string(b.Reason)), b.Detail, v.local(b.Since, nil)); err != nil {
				return err
			}
		}
		if after = next; after == "" {
			return nil
		}
	}
}

func exportDevices(v *visit, put func(...any) error) error {
	all, err := v.fleet.Tablets(v.r.Context(), v.actor)
	if err != nil {
		return err
	}
	for _, t := range all {
		state := "tablet.offline"
		switch {
		case !t.Revoked.IsZero():
			state = "tablet.revoked"
		case t.Locked:
			state = "tablet.locked"
		case t.Online:
			state = "tablet.online"
		}
		if err := put(t.Name, t.SiteName, v.text.Say(state), v.local(t.Seen, nil), t.Health.Waiting, v.or("reader.", string(t.Health.Reader)), t.Health.Version, t.Hardware,
			t.Health.Profiles, v.local(t.CertExpires, nil), v.local(t.Revoked, nil)); err != nil {
			return err
		}
	}
	return nil
}

func exportSites(v *visit, put func(...any) error) error {
	all, err := v.people.Sites(v.r.Context(), v.actor)
	if err != nil {
		return err
	}
	for _, s := range all {
		if err := put(s.Name, s.TimeZone, v.or("language.", s.Language), v.or("site.offline.", string(s.Offline))); err != nil {
			return err
		}
	}
	return nil
}

func exportUsers(v *visit, put func(...any) error) error {
	_, sites, err := v.siteChoices()
	if err != nil {
		return err
	}
	all, err := v.people.Users(v.r.Context(), v.actor)
	if err != nil {
		return err
	}
	for _, u := range all {
		state, at := "user.active", siteNames(sites, u.Sites)
		switch {
		case u.Disabled:
			state = "user.disabled"
		case u.PasswordSet.IsZero():
			state = "user.pending"
		}
		if u.Role == access.OrgAdmin {
			at = v.text.Say("sites.all")
		}
		if err := put(u.Name, u.Email, v.text.Say("role."+string(u.Role)), at, v.text.Say(state), v.or("language.", u.Language)); err != nil {
			return err
		}
	}
	return nil
}

func exportPunches(v *visit, put func(...any) error) error {
	_, sites, err := v.siteChoices()
	if err != nil {
		return err
	}
	f, _, err := v.logFilter(sites)
	if err != nil {
		return err
	}
	q := attendance.LogQuery{Site: f.site, Profile: f.profile, From: f.from, To: f.to, Limit: perRead}
	punches, refusals := &paged[attendance.Entry]{done: f.show == showRefused}, &paged[attendance.Refusal]{done: f.show == showPunches}
	punches.read = func(before string) ([]attendance.Entry, string, error) {
		q.Before = before
		return v.people.Punches(v.r.Context(), v.actor, q)
	}
	refusals.read = func(before string) ([]attendance.Refusal, string, error) {
		q.Before = before
		return v.people.Refusals(v.r.Context(), v.actor, q)
	}
	for {
		p, err := punches.head()
		if err != nil {
			return err
		}
		r, err := refusals.head()
		if err != nil {
			return err
		}
		switch {
		case p == nil && r == nil:
			return nil
		case r == nil || p != nil && !p.Punch.At.Before(r.At):
			err = v.putPunch(put, *p)
			punches.next()
		default:
			err = v.putRefusal(put, *r)
			refusals.next()
		}
		if err != nil {
			return err
		}
	}
}

func (v *visit) putPunch(put func(...any) error, e attendance.Entry) error {
	r, zone := v.punchRow(e), attendance.Location(e.TimeZone)
	what := v.text.Say("log.out")
	if r.In {
		what = v.text.Say("log.in")
	}
	var notes []string
	for _, n := range []string{r.Mended, r.Unsure} {
		if n != "" {
			notes = append(notes, n)
		}
	}
	if r.ByHand {
		notes = append(notes, v.text.Say("log.by-hand"))
	}
	return put(v.local(e.Punch.At, zone), e.TimeZone, what, e.Name, e.Number, e.SiteName, e.DeviceName, "", v.local(e.Received, zone), strings.Join(notes, "; "), v.or("approvals.state.", string(e.Punch.Approval)), e.DecidedBy)
}

func (v *visit) putRefusal(put func(...any) error, e attendance.Refusal) error {
	r := v.refusalRow(e)
	return put(v.local(e.At, attendance.Location(e.TimeZone)), e.TimeZone, v.text.Say("log.refused"), e.Name, "", e.SiteName, e.DeviceName, r.Reason+" ("+r.Code+")", time.Time{}, r.Card, "", "")
}

func exportQuarantine(v *visit, put func(...any) error) error {
	for before := ""; ; {
		page, next, err := v.people.QuarantinePage(v.r.Context(), v.actor, before, perRead)
		if err != nil {
			return err
		}
		for _, q := range page {
			r, zone := v.quarantineRow(q), v.zone
			if q.TimeZone != "" {
				zone = attendance.Location(q.TimeZone)
			}
			var told time.Time
			if r.Then != nil {
				told = v.local(q.Punch.At, zone)
			}
			if err := put(v.local(q.Received, zone), r.Reason, q.SiteName, q.DeviceName, q.Name, r.Way, told, r.Card, r.Place); err != nil {
				return err
			}
		}
		if before = next; before == "" {
			return nil
		}
	}
}

func exportAudit(v *visit, put func(...any) error) error {
	query, _ := v.auditQuery()
	for query.Limit = perRead; ; {
		page, err := v.people.AuditLog(v.r.Context(), v.actor, query)
		if err != nil {
			return err
		}
		for _, e := range page.Entries {
			if err := put(v.local(e.At, nil), v.actorName(e), v.action(e.Action), e.PersonName, e.PersonNumber, e.Subject, v.or("audit.via.", e.Via), e.Address, e.Token); err != nil {
				return err
			}
		}
		if query.Before = page.Next; query.Before == "" {
			return nil
		}
	}
}
