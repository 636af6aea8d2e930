package store

import (
	"context"
	"database/sql"
	"fmt"
	"sync"
	"time"

	"muster/attendance"
	"muster/device"
)

// people is the roster as a tap needs it, in memory: who a card belongs to is
// answered without the disk, and even when the disk answers no more. A hundred
// thousand people take some forty megabytes.
type people struct {
	mu       sync.RWMutex
	profiles map[attendance.ProfileID]attendance.Profile
	cards    map[attendance.CardID][]assignment
	asked    int                           // of them, those to whom an invitation is open
	pending  int                           // those whose activation is still to come
	managers map[attendance.ProfileID]bool // those who have an account of the console
}

// assignment is an attendance.Card without what its place in the map says.
type assignment struct {
	profile  attendance.ProfileID
	from, to int64 // microseconds since 1970; to 0: open
	blocked  bool
}

func (a assignment) holds(at int64) bool { return a.from <= at && (a.to == 0 || at < a.to) }

// later orders two assignments of a card that both hold: the cloud doesn't let
// that happen, so any order will do that is always the same.
func (a assignment) later(b assignment) bool {
	return a.from > b.from || a.from == b.from && a.profile > b.profile
}

// Holder returns who holds a card at a moment; ok is false when nobody does. Of
// several, the one who got it last.
func (s *Store) Holder(_ context.Context, card attendance.CardID, at time.Time) (c attendance.Card, p attendance.Profile, ok bool, err error) {
	s.people.mu.RLock()
	defer s.people.mu.RUnlock()
	var found assignment
	for _, a := range s.people.cards[card] {
		who, known := s.people.profiles[a.profile]
		if known && a.holds(at.UnixMicro()) && (!ok || a.later(found)) {
			found, p, ok = a, who, true
		}
	}
	if !ok {
		return c, p, false, nil
	}
	return attendance.Card{ID: card, Profile: found.profile, From: fromMicros(found.from), To: fromMicros(found.to), Blocked: found.blocked}, p, true, nil
}

// Profile returns a person by id; ok is false when nobody here has it.
func (s *Store) Profile(_ context.Context, id attendance.ProfileID) (p attendance.Profile, ok bool, err error) {
	s.people.mu.RLock()
	defer s.people.mu.RUnlock()
	p, ok = s.people.profiles[id]
	return p, ok, nil
}

// Profiles counts the people known here.
func (s *Store) Profiles(context.Context) (int, error) {
	s.people.mu.RLock()
	defer s.people.mu.RUnlock()
	return len(s.people.profiles), nil
}

// load reads the whole roster.
func (p *people) load(ctx context.Context, db *sql.DB) error {
	profiles, err := loadProfiles(ctx, db)
	if err != nil {
		return fmt.Errorf("load people: %w", err)
	}
	cards, err := loadCards(ctx, db, profiles)
	if err != nil {
		return fmt.Errorf("load cards: %w", err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.profiles, p.cards = profiles, cards
	p.count()
	return nil
}

func loadProfiles(ctx context.Context, db *sql.DB) (map[attendance.ProfileID]attendance.Profile, error) {
	rows, err := db.QueryContext(ctx, `SELECT id, number, first_name, last_name, language, photo, blocked, join_waits, invitation, pending, manager FROM profiles`)
	if err != nil {
		return nil, err
	}
	defer rows.Close() //nolint:errcheck // rows.Err says it
	all := map[attendance.ProfileID]attendance.Profile{}
	for rows.Next() {
		var p attendance.Profile
		var invitation, pending, manager string
		if err := rows.Scan(&p.ID, &p.Number, &p.FirstName, &p.LastName, &p.Language, &p.Photo, &p.Blocked, &p.JoinWaits, &invitation, &pending, &manager); err != nil {
			return nil, err
		}
		p.Invitation, p.Pending, p.Manager = ofText[attendance.Invitation](invitation), ofText[attendance.Pending](pending), ofText[attendance.Manager](manager)
		all[p.ID] = p
	}
	return all, rows.Err()
}

func loadCards(ctx context.Context, db *sql.DB, profiles map[attendance.ProfileID]attendance.Profile) (map[attendance.CardID][]assignment, error) {
	rows, err := db.QueryContext(ctx, `SELECT card, profile, from_us, to_us, blocked FROM cards`)
	if err != nil {
		return nil, err
	}
	defer rows.Close() //nolint:errcheck // rows.Err says it
	all := make(map[attendance.CardID][]assignment, len(profiles))
	for rows.Next() {
		var id attendance.CardID
		var a assignment
		if err := rows.Scan(&id, &a.profile, &a.from, &a.to, &a.blocked); err != nil {
			return nil, err
		}
		if p, known := profiles[a.profile]; known {
			a.profile = p.ID // the same text once, not twice
		}
		all[id] = append(all[id], a)
	}
	return all, rows.Err()
}

// apply repeats in memory what was committed.
func (p *people) apply(changes []device.RosterChange) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range changes {
		switch {
		case c.Profile != nil:
			p.tally(p.profiles[c.Profile.ID], -1)
			p.tally(*c.Profile, 1)
			p.profiles[c.Profile.ID] = *c.Profile
		case c.ProfileGone != "":
			p.tally(p.profiles[c.ProfileGone], -1)
			delete(p.profiles, c.ProfileGone)
		case c.Card != nil:
			p.drop(*c.Card)
			p.cards[c.Card.ID] = append(p.cards[c.Card.ID], assignment{
				profile: c.Card.Profile, from: micros(c.Card.From), to: micros(c.Card.To), blocked: c.Card.Blocked,
			})
		case c.CardGone != nil:
			p.drop(*c.CardGone)
		}
	}
}

// drop removes one assignment of a card.
func (p *people) drop(c attendance.Card) {
	var left []assignment
	for _, a := range p.cards[c.ID] {
		if a.profile != c.Profile || a.from != micros(c.From) {
			left = append(left, a)
		}
	}
	if len(left) == 0 {
		delete(p.cards, c.ID)
		return
	}
	p.cards[c.ID] = left
}
