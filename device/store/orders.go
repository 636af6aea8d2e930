package store

import (
	"context"

	"github.com/google/uuid"
	"google.golang.org/protobuf/proto"

	"muster/attendance"
	"muster/device"
	"muster/sync/wire"
)

// orders holds what managers asked for here: of each person the newest order whose
// row is still in the journal.
type orders struct{ latest[device.Order] } // without People

func (o *orders) keep(v device.Order) {
	people := v.People
	v.People = nil
	o.put(v, people...)
}

// add takes an order that was committed with a row.
func (o *orders) add(v device.Order, row device.Row) {
	v.ID, v.At = row.ID.String(), row.Clock.Cloud()
	o.keep(v)
}

// load takes a row out of the journal. One that can't be read is passed over: the
// cloud puts it into quarantine, and nothing is sent by it.
func (o *orders) load(id, payload []byte, at int64) {
	var m wire.OrderPayload
	row, err := uuid.FromBytes(id)
	if err != nil || proto.Unmarshal(payload, &m) != nil {
		return
	}
	v := device.Order{ID: row.String(), Event: m.GetEvent(), At: fromMicros(at)}
	for _, p := range m.GetProfileIds() {
		v.People = append(v.People, attendance.ProfileID(p))
	}
	o.keep(v)
}

// forget drops orders from before a moment.
func (o *orders) forget(before int64) {
	o.drop(func(v device.Order) bool { return v.At.UnixMicro() < before })
}

// Ordered returns what was asked for somebody here last; ok is false when nothing
// was, or long ago. The order names no other people.
func (s *Store) Ordered(_ context.Context, who attendance.ProfileID) (v device.Order, ok bool) {
	return s.orders.get(who)
}

// Pending returns everybody known here whose activation is still to come, in no
// order.
func (s *Store) Pending(context.Context) []attendance.Profile {
	s.people.mu.RLock()
	defer s.people.mu.RUnlock()
	all := make([]attendance.Profile, 0, s.people.pending)
	for _, p := range s.people.profiles {
		if p.Pending != nil {
			all = append(all, p)
		}
	}
	return all
}

// Managers returns everybody known here who has an account of the console, in no
// order.
func (s *Store) Managers(context.Context) []attendance.Profile {
	s.people.mu.RLock()
	defer s.people.mu.RUnlock()
	all := make([]attendance.Profile, 0, len(s.people.managers))
	for id := range s.people.managers {
		all = append(all, s.people.profiles[id])
	}
	return all
}

// CountPending counts those whom Pending returns.
func (s *Store) CountPending() int {
	s.people.mu.RLock()
	defer s.people.mu.RUnlock()
	return s.people.pending
}
