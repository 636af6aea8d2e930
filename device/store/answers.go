package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"slices"

	"github.com/google/uuid"
	"google.golang.org/protobuf/proto"

	"muster/attendance"
	"muster/device"
	"muster/sync/wire"
)

// answers holds what people said here to the question whether they join, the
// newest of each whose row is still in the journal.
type answers struct{ latest[device.Answer] }

// add takes an answer that was committed with a row.
func (a *answers) add(v device.Answer, row device.Row) {
	v.ID, v.At = row.ID.String(), row.Clock.Cloud()
	a.put(v, v.Profile)
}

// load takes a row out of the journal. One that can't be read is passed over: the
// person is asked again.
func (a *answers) load(id, payload []byte, at int64) {
	var m wire.AnswerPayload
	row, err := uuid.FromBytes(id)
	if err != nil || proto.Unmarshal(payload, &m) != nil {
		return
	}
	who := attendance.ProfileID(m.GetProfileId())
	a.put(device.Answer{ID: row.String(), Profile: who, Asked: fromMicros(m.GetAskedUs()), Join: m.GetJoin(), At: fromMicros(at)}, who)
}

// forget drops answers from before a moment.
func (a *answers) forget(before int64) {
	a.drop(func(v device.Answer) bool { return v.At.UnixMicro() < before })
}

// Answered returns what somebody said here last; ok is false when they didn't, or
// long ago.
func (s *Store) Answered(_ context.Context, who attendance.ProfileID) (v device.Answer, ok bool) {
	return s.answers.get(who)
}

// AnswerTold tells whether somebody has seen what became of an answer.
func (s *Store) AnswerTold(ctx context.Context, id string) (bool, error) {
	var told []string
	_, err := getState(ctx, s.read, stateToldAnswers, &told)
	return slices.Contains(told, id), err
}

// KeepAnswerTold remembers that. Answers that are forgotten are forgotten here too.
func (s *Store) KeepAnswerTold(ctx context.Context, id string) error {
	s.answers.mu.Lock()
	known := map[string]bool{id: true}
	for _, v := range s.answers.of {
		known[v.ID] = true
	}
	s.answers.mu.Unlock()
	return s.change(ctx, func(ctx context.Context, tx *sql.Tx) error {
		var told []string
		if _, err := getState(ctx, tx, stateToldAnswers, &told); err != nil {
			return err
		}
		told = slices.DeleteFunc(told, func(v string) bool { return !known[v] || v == id })
		return putState(ctx, tx, stateToldAnswers, append(told, id))
	})
}

// Asked counts the people known here to whom an invitation to join is open.
func (s *Store) Asked() int {
	s.people.mu.RLock()
	defer s.people.mu.RUnlock()
	return s.people.asked
}

// count counts everybody anew.
func (p *people) count() {
	p.asked, p.pending, p.managers = 0, 0, map[attendance.ProfileID]bool{}
	for _, v := range p.profiles {
		p.tally(v, 1)
	}
}

// tally counts somebody in, or out by -1; a zero profile is nobody.
func (p *people) tally(v attendance.Profile, by int) {
	if v.Invitation != nil && v.Invitation.Open {
		p.asked += by
	}
	if v.Pending != nil {
		p.pending += by
	}
	switch {
	case v.Manager == nil:
	case by > 0:
		p.managers[v.ID] = true
	default:
		delete(p.managers, v.ID)
	}
}

// asText is the text in which a part of a profile is kept; nil is empty.
func asText[T any](v *T) string {
	if v == nil {
		return ""
	}
	text, err := json.Marshal(v)
	if err != nil {
		return "" // a time beyond the year 9999
	}
	return string(text)
}

func ofText[T any](text string) *T {
	v := new(T)
	if text == "" || json.Unmarshal([]byte(text), v) != nil {
		return nil
	}
	return v
}
