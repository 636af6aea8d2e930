package store

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"google.golang.org/protobuf/proto"

	"muster/access"
	"muster/attendance"
	"muster/intake"
	"muster/invite"
	"muster/sync/wire"
)

// writeRows does what rows say, as things are now: somebody may have been added or
// changed since the rows were checked.
func (t *tx) writeRows(ctx context.Context, s *Store, actor access.Actor, j intake.Job, rows []intake.Row, refuse bool) error {
	l, err := s.lookAt(ctx, t, actor, j, rows)
	if err != nil {
		return err
	}
	var fresh []int
	var touched attendance.ProfileID
	for i := range l.rows {
		before := rows[i]
		if refuse {
			l.rows[i].Refuse(intake.Problem{Code: intake.OfAnother})
		}
		l.plan(i)
		switch r := &l.rows[i]; r.Verdict {
		case intake.New:
			fresh = append(fresh, i)
		case intake.Changed:
			if err := t.writeChange(ctx, actor.Org, l.plans[i]); err != nil {
				return fmt.Errorf("line %d: %w", r.Line, err)
			}
			touched = r.Person
		}
		if err := t.putRow(ctx, j, before, l.rows[i]); err != nil {
			return err
		}
	}
	if err := t.writeNew(ctx, actor.Org, l, fresh); err != nil {
		return err
	}
	if err := s.inviteListed(ctx, t, l, fresh); err != nil {
		return err
	}
	if len(fresh) > 0 {
		touched = l.rows[fresh[0]].Person
	}
	if touched != "" {
		t.newsOfInvitation(actor.Org, touched) // one stands for all
	}
	return t.count(ctx, j, 0, func(c *counted) {
		for i := range l.rows {
			c.add(rows[i], -1)
			c.add(l.rows[i], 1)
		}
	})
}

// putRow keeps what has become of a row, where that isn't what was foreseen.
func (t *tx) putRow(ctx context.Context, j intake.Job, before, after intake.Row) error {
	if before.Verdict == after.Verdict && before.Person == after.Person && before.Sends == after.Sends {
		return nil
	}
	data, err := packRow(after)
	if err != nil {
		return err
	}
	_, err = t.ExecContext(ctx, `UPDATE intake_rows SET verdict = ?, person = ?, sends = ?, data = ? WHERE intake = ? AND line = ?`,
		after.Verdict, after.Person, after.Sends, string(data), j.ID, after.Line)
	return err
}

// writeChange makes somebody what the row says.
func (t *tx) writeChange(ctx context.Context, org attendance.OrgID, p plan) error {
	if p.profile != p.old.profile {
		if err := t.saveProfile(ctx, org, p.profile); err != nil {
			return err
		}
	}
	if p.contact != p.old.contact {
		if err := t.setContact(ctx, org, p.profile.ID, p.contact); err != nil {
			return err
		}
	}
	if err := t.writeMembership(ctx, org, p); err != nil {
		return err
	}
	if p.moves() {
		t.nowAsked(&p.profile, p.admission.Membership)
	}
	if len(p.sites) == 0 || p.profile == p.old.profile && slices.Equal(p.sites, p.old.sites) {
		return nil // known only, or nothing for tablets
	}
	return t.moveProfile(ctx, org, attendance.Member{Profile: p.old.profile, Sites: p.old.sites}, p.profile, p.sites)
}

// writeNew adds people, with all of their sites' feeds moved on at once.
func (t *tx) writeNew(ctx context.Context, org attendance.OrgID, l *lookout, fresh []int) error {
	if len(fresh) == 0 {
		return nil
	}
	missing := 0
	for _, i := range fresh {
		if l.plans[i].profile.Number == "" {
			missing++
		}
	}
	numbers, err := t.freeNumbers(ctx, org, missing)
	if err != nil {
		return err
	}
	now := micros(t.now)
	people := bulkRows{table: "profiles", columns: []string{
		"id", "org", "number", "first_name", "last_name", "language", "created_at", "changed_at", "sort_key", "search", "email", "phone", "external_id",
		"membership", "added", "way", "member_at", "told",
	}}
	places := bulkRows{table: "profile_sites", columns: []string{"profile", "site", "by_hand"}}
	at := map[attendance.SiteID][]arrival{}
	for _, i := range fresh {
		p := &l.plans[i].profile
		if p.Number == "" {
			p.Number, numbers = numbers[0], numbers[1:]
		}
		t.nowAsked(p, l.plans[i].admission.Membership)
	}
	people.rows = make([][]any, len(fresh))
	arrivals, failed := make([]arrival, len(fresh)), make([]error, len(fresh))
	inHalves(len(fresh), func(n int) {
		p, c, d := l.plans[fresh[n]].profile, l.plans[fresh[n]].contact, l.plans[fresh[n]].admission
		pending, told := l.newcomer(c, d.Membership)
		people.rows[n] = []any{
			string(p.ID), string(org), text(p.Number), text(p.FirstName), text(p.LastName), p.Language, now, now, sortKey(p), text(searchText(p)), text(c.Email), c.Phone, text(c.ExternalID),
			string(d.Membership), string(d.Added), string(invite.ByFile), now, told,
		}
		arrivals[n], failed[n] = arrivalOf(p, pending)
	})
	if err := errors.Join(failed...); err != nil {
		return err
	}
	for n, i := range fresh {
		for _, site := range l.plans[i].sites {
			places.rows = append(places.rows, []any{string(arrivals[n].id), string(site), true})
			at[site] = append(at[site], arrivals[n])
		}
	}
	if err := t.insertAll(ctx, &people); err != nil {
		return err
	}
	if err := t.insertAll(ctx, &places); err != nil {
		return err
	}
	for _, site := range slices.Sorted(maps.Keys(at)) {
		if err := t.feedNew(ctx, site, at[site]); err != nil {
			return err
		}
	}
	return nil
}

// arrival is somebody new as the feeds have them, the same at each site.
type arrival struct {
	id   attendance.ProfileID
	body []byte
	lane int64
}

func arrivalOf(p attendance.Profile, pending *wire.Pending) (arrival, error) {
	c := profileChange(p)
	c.GetProfile().Pending = pending
	body, err := proto.Marshal(c)
	lane, _ := laneOf(c)
	return arrival{p.ID, body, int64(lane)}, err
}

// feedNew tells a site's tablets of people whom they have never known.
func (t *tx) feedNew(ctx context.Context, site attendance.SiteID, people []arrival) error {
	since, err := t.moveFeed(ctx, site, len(people))
	if err != nil {
		return err
	}
	feed := bulkRows{table: "feed", columns: []string{"site", "key", "version", "change", "lane", "gone_at"}}
	for i, p := range people {
		feed.rows = append(feed.rows, []any{string(site), profileKey(p.id), since + int64(i) + 1, p.body, p.lane, int64(0)})
	}
	return t.insertAll(ctx, &feed)
}

// freeNumbers makes Muster IDs that nobody in the organisation has.
func (t *tx) freeNumbers(ctx context.Context, org attendance.OrgID, n int) ([]string, error) {
	free := make([]string, 0, n)
	for digits := shortNumber; len(free) < n; {
		drawn := map[string]bool{}
		for len(drawn) < n-len(free) {
			drawn[drawNumber(digits)] = true
		}
		for _, have := range free {
			delete(drawn, have)
		}
		candidates := slices.Sorted(maps.Keys(drawn))
		for _, condition := range []string{byNumber, goneByNumber} {
			taken, err := collect(ctx, t, scanOne[string], `SELECT p.number FROM profiles p WHERE `+condition, org, list(candidates))
			if err != nil {
				return nil, fmt.Errorf("make numbers: %w", err)
			}
			for _, number := range taken {
				delete(drawn, strings.ToLower(number))
			}
		}
		if len(drawn) < len(candidates)/2+1 && digits < longNumber {
			digits++ // short ones have become rare
		}
		free = append(free, slices.Sorted(maps.Keys(drawn))...)
	}
	return free, nil
}

// statementArgs is how many values one INSERT carries, of the 32,766 that SQLite
// takes. It keeps a copy of each page that such a statement changes until the
// statement's end, so many small ones copy, and write, the same pages over and over.
const statementArgs = 10_000

// insertAll puts rows in that aren't there yet.
func (t *tx) insertAll(ctx context.Context, b *bulkRows) error {
	if len(b.rows) == 0 {
		return nil
	}
	if t.bulk() {
		return b.write(ctx, t.conn)
	}
	one := "(?" + strings.Repeat(", ?", len(b.columns)-1) + ")"
	together := max(statementArgs/len(b.columns), 1)
	insert := `INSERT INTO ` + b.table + ` (` + strings.Join(b.columns, ", ") + `) VALUES `
	args := make([]any, 0, min(together, len(b.rows))*len(b.columns))
	for rows := range slices.Chunk(b.rows, together) {
		args = args[:0]
		for _, row := range rows {
			args = append(args, row...)
		}
		// Not prepared: the driver keeps what it has compiled from one transaction to the
		// next.
		if _, err := t.ExecContext(ctx, insert+one+strings.Repeat(", "+one, len(rows)-1), args...); err != nil {
			return fmt.Errorf("insert into %s: %w", b.table, err)
		}
	}
	return nil
}
