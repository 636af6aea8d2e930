package device

import "github.com/google/uuid"

// Salvage tells what was found in a damaged store.
type Salvage struct {
	Same    bool // the tablet goes on as the one it was
	Streams []SalvagedStream
	// Rows that were found whole, and another in the place of each: either may be the
	// one that somebody saw confirmed.
	Doubtful []Row `json:",omitempty"`
}

// SalvagedStream is what was found of one stream. Whether there were rows after
// Last, nobody can tell from the file.
type SalvagedStream struct {
	Stream      uuid.UUID
	First, Last uint64 // of the rows that were found
	Found       int    // as they were written
	Damaged     int    // readable, but not what was written
	Missing     []Span // between First and Last; what comes before First was confirmed long ago, or is lost
}

// Span is the rows from one number up to and including another.
type Span struct{ From, To uint64 }
