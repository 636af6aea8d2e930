package ingest

import "time"

// Bounds of one transaction. A live row waits for the one that is under way, and
// then takes as long as its own: both together are to be well below a second.
const (
	goal       = 150 * time.Millisecond
	fewestRows = 250 // below that its fixed costs are most of it
	firstRows  = 1000
	mostRows   = 20_000
	rowBytes   = 512 // of memory that a row takes up, about
)

// pace is how many rows go into one transaction: as many as this database stores
// in the time there is.
type pace struct{ rows int }

// took says how long so many rows took. One slow transaction halves the next one
// at most: it may have been the machine.
func (p *pace) took(rows int, took time.Duration) {
	fits := mostRows
	if took > 0 {
		fits = int(min(mostRows, float64(rows)*float64(goal)/float64(took)))
	}
	switch {
	case took > goal:
		p.rows = max(fewestRows, p.rows/2, min(fits, p.rows))
	case rows >= p.rows: // it was full, and there is time left
		p.rows = min(mostRows, 2*p.rows, max(fits, p.rows))
	}
}
