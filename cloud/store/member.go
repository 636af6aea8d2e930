package store

import (
	"context"
	"database/sql"
	"fmt"
	"strings"

	"muster/access"
	"muster/attendance"
)

// Members returns a page of the people within reach, ordered by last name, first
// name and id. Each word of the text must be in a name or the number; case and
// accents don't matter.
func (s *Store) Members(ctx context.Context, actor access.Actor, query attendance.MemberQuery) (attendance.MemberPage, error) {
	var page attendance.MemberPage
	if err := actor.Require(access.ReadRoster); err != nil {
		return page, err
	}
	limit, err := pageSize(query.Limit, 500)
	if err != nil {
		return page, err
	}
	w, err := memberClause(actor, query)
	if err != nil {
		return page, err
	}
	err = s.view(ctx, func(q querier) error {
		if err := q.QueryRowContext(ctx, `SELECT count(*) FROM profiles p`+w.sql, w.args...).Scan(&page.Total); err != nil {
			return fmt.Errorf("count people: %w", err)
		}
		if query.After != "" {
			c, err := parseCursor("after", query.After)
			if err != nil {
				return err
			}
			w.and("(p.sort_key, p.id) > (?, ?)", c.Sort, c.ID)
		}
		people, err := findPeople(ctx, q, w, limit+1)
		if err != nil {
			return err
		}
		if len(people) > limit {
			people = people[:limit]
			last := people[limit-1]
			page.Next = cursor{Sort: last.sort, ID: string(last.profile.ID)}.String()
		}
		page.Members, err = members(ctx, q, actor, people)
		return err
	})
	if err != nil {
		return attendance.MemberPage{}, err
	}
	return page, nil
}

func memberClause(actor access.Actor, query attendance.MemberQuery) (*where, error) {
	w := inOrg("p.org", actor).and("p.removed_at = 0").reachable("p.id", actor)
	if query.Site != "" {
		if !actor.Sees(query.Site) {
			return nil, access.ErrNotFound
		}
		w.and("EXISTS (SELECT 1 FROM profile_sites f WHERE f.profile = p.id AND f.site = ?)", query.Site)
	}
	if query.Membership != "" {
		w.and("p.membership = ?", query.Membership)
	}
	text := query.Text
	if err := clean("text", &text, 2*maxName); err != nil {
		return nil, err
	}
	for _, word := range strings.Fields(fold(text)) {
		w.and(`p.search LIKE ? ESCAPE '\'`, "%"+literally.Replace(word)+"%")
	}
	return w, nil
}

// literally keeps what a text looks like for LIKE from meaning something.
var literally = strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`)

// person is a profile with the key that it is ordered by.
type person struct {
	profile attendance.Profile
	sort    []byte
}

func findPeople(ctx context.Context, q querier, w *where, limit int) ([]person, error) {
	people, err := collect(ctx, q, func(r *sql.Rows, v *person) error {
		p := &v.profile
		var a asked
		err := r.Scan(&p.ID, &p.Number, &p.FirstName, &p.LastName, &p.Language, &p.Photo, &p.Blocked, &v.sort, &a.membership, &a.since, &a.answer, &a.outcome)
		a.tell(p)
		return err
	}, `SELECT p.id, p.number, p.first_name, p.last_name, p.language, p.photo, p.blocked, p.sort_key, `+askedColumns+` FROM profiles p`+w.sql+
		` ORDER BY p.sort_key, p.id LIMIT ?`, append(w.args[:len(w.args):len(w.args)], limit)...)
	if err != nil {
		return nil, fmt.Errorf("read people: %w", err)
	}
	return people, nil
}

// members adds sites and cards to people. Sites out of the actor's reach are
// left out.
func members(ctx context.Context, q querier, actor access.Actor, people []person) ([]attendance.Member, error) {
	all := make([]attendance.Member, len(people))
	at := make(map[attendance.ProfileID]*attendance.Member, len(people))
	ids := make([]attendance.ProfileID, len(people))
	for i, p := range people {
		all[i].Profile, ids[i], at[p.profile.ID] = p.profile, p.profile.ID, &all[i]
	}
	err := sitesOf(ctx, q, actor, ids, func(p attendance.ProfileID, site attendance.SiteID) { at[p].Sites = append(at[p].Sites, site) })
	if err != nil {
		return nil, err
	}
	cards, err := findCards(ctx, q, inOrg("org", actor).and("profile IN (SELECT value FROM json_each(?))", list(ids)))
	if err != nil {
		return nil, err
	}
	for _, c := range cards {
		at[c.Profile].Cards = append(at[c.Profile].Cards, c)
	}
	return all, nil
}

// sitesOf tells add of each site of each person that is within the actor's reach.
func sitesOf(ctx context.Context, q querier, actor access.Actor, people []attendance.ProfileID, add func(attendance.ProfileID, attendance.SiteID)) error {
	w := (&where{sql: ` WHERE profile IN (SELECT value FROM json_each(?))`, args: []any{list(people)}}).atSite("site", actor)
	_, err := collect(ctx, q, func(r *sql.Rows, _ *struct{}) error {
		var p attendance.ProfileID
		var site attendance.SiteID
		if err := r.Scan(&p, &site); err != nil {
			return err
		}
		add(p, site)
		return nil
	}, `SELECT profile, site FROM profile_sites`+w.sql+` ORDER BY profile, site`, w.args...)
	if err != nil {
		return fmt.Errorf("read the sites of people: %w", err)
	}
	return nil
}

// findCards returns assignments, newest first.
func findCards(ctx context.Context, q querier, w *where) ([]attendance.Card, error) {
	cards, err := collect(ctx, q, func(r *sql.Rows, c *attendance.Card) error {
		var from, to int64
		err := r.Scan(&c.ID, &c.Profile, &from, &to, &c.Blocked)
		c.From, c.To = fromMicros(from), fromMicros(to)
		return err
	}, `SELECT card, profile, from_at, to_at, blocked FROM cards`+w.sql+` ORDER BY profile, from_at DESC, card`, w.args...)
	if err != nil {
		return nil, fmt.Errorf("read cards: %w", err)
	}
	return cards, nil
}

// Member returns one person.
func (s *Store) Member(ctx context.Context, actor access.Actor, id attendance.ProfileID) (attendance.Member, error) {
	if err := actor.Require(access.ReadRoster); err != nil {
		return attendance.Member{}, err
	}
	var m attendance.Member
	err := s.view(ctx, func(q querier) (err error) {
		m, err = findMember(ctx, q, actor, id)
		return err
	})
	return m, err
}

// findMember returns one person, or ErrNotFound where the actor's reach ends.
func findMember(ctx context.Context, q querier, actor access.Actor, id attendance.ProfileID) (attendance.Member, error) {
	w := inOrg("p.org", actor).and("p.removed_at = 0").and("p.id = ?", id).reachable("p.id", actor)
	people, err := findPeople(ctx, q, w, 1)
	if err != nil {
		return attendance.Member{}, err
	}
	if len(people) == 0 {
		return attendance.Member{}, access.ErrNotFound
	}
	all, err := members(ctx, q, actor, people)
	if err != nil {
		return attendance.Member{}, err
	}
	return all[0], nil
}
