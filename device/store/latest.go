package store

import (
	"maps"
	"sync"

	"muster/attendance"
)

// latest remembers the newest of something for each person, so that a screen needn't
// search the journal for it.
type latest[V any] struct {
	mu sync.Mutex
	of map[attendance.ProfileID]V
}

func (l *latest[V]) put(v V, people ...attendance.ProfileID) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.of == nil {
		l.of = map[attendance.ProfileID]V{}
	}
	for _, p := range people {
		l.of[p] = v
	}
}

func (l *latest[V]) get(who attendance.ProfileID) (v V, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	v, ok = l.of[who]
	return v, ok
}

func (l *latest[V]) drop(old func(V) bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	maps.DeleteFunc(l.of, func(_ attendance.ProfileID, v V) bool { return old(v) })
}
