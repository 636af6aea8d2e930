package ingest

// lane is a row of deliveries that wait, and how many of them go into a transaction.
type lane struct {
	pace    pace
	waiting []delivery
	ready   chan struct{} // something may be taken
}

func newLane() lane {
	return lane{pace: pace{rows: firstRows}, ready: make(chan struct{}, 1)}
}

func (l *lane) add(d delivery) {
	l.waiting = append(l.waiting, d)
	wake(l.ready)
}

// take removes the first deliveries that may go, until they have so many rows: one at
// least.
func (l *lane) take(most int, may func(*delivery) bool) (taken []delivery) {
	left := l.waiting[:0]
	rows, i := 0, 0
	for ; i < len(l.waiting) && rows < most; i++ {
		d := &l.waiting[i]
		if !may(d) {
			left = append(left, *d)
			continue
		}
		rows += d.weight()
		taken = append(taken, *d)
	}
	left = append(left, l.waiting[i:]...)
	clear(l.waiting[len(left):]) // nothing of what is gone is kept
	l.waiting = left
	return taken
}
