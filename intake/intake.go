package intake

import (
	"time"

	"muster/attendance"
)

// ID names one intake of a list.
type ID string

// Kind is what a list is for. Names are stored: never rename one.
type Kind string

const (
	// People adds and changes people.
	People Kind = "people"
	// Choice only picks people who are known already.
	Choice Kind = "choice"
)

// Stage is how far an intake is. Names are stored and sent: never rename one.
type Stage string

const (
	// Reading: the list is read and each row checked.
	Reading Stage = "reading"
	// Checked: it waits for somebody to confirm.
	Checked Stage = "checked"
	// Writing: people are added and changed.
	Writing Stage = "writing"
	// Done: all rows are dealt with.
	Done Stage = "done"
	// Failed: the list can't be read; Intake.Problem says why.
	Failed Stage = "failed"
)

// Bounds of a list. They are those of the reader as well.
const (
	MaxSize = 32 << 20 // bytes
	MaxName = 200      // characters of a file's name
)

// Upload is a list as it comes in.
type Upload struct {
	Kind Kind
	Name string // of the file
	File []byte
	Site attendance.SiteID // of new people whose row names none; empty: such rows are refused
}

// Confirmation is a person's word that the rows are to be written.
type Confirmation struct {
	Invite bool // an invitation to each who has none yet
	// Emails and SMS are how many messages were shown. Where more would go out,
	// none does.
	Emails, SMS int
	// Auto: it was confirmed with a token whose box is ticked, so that whom the list
	// creates is invited at once. The store says so.
	Auto bool
}

// Column is one column of a list that means something.
type Column struct {
	Letter string
	Title  string
	Field  Field
}

// Sheet is what the reader learned of a list before its rows.
type Sheet struct {
	Format  string // "xlsx" or "csv"
	Name    string // of the worksheet; empty in csv
	Columns []Column
	Aside   []Problem // columns that aren't taken in
	Lines   int       // no more rows than these are to come
}

// Has tells whether a column of that meaning is there.
func (s Sheet) Has(f Field) bool {
	for _, c := range s.Columns {
		if c.Field == f {
			return true
		}
	}
	return false
}

// Intake is a list on its way, with how far it is.
type Intake struct {
	ID      ID
	Kind    Kind
	Name    string
	By      string // access.UserID
	At      time.Time
	Stage   Stage
	Site    attendance.SiteID
	Sheet   Sheet
	Problem Problem // of a list that failed, or whose end is missing

	Rows    int             // read until now
	Written int             // dealt with until now
	Counts  map[Verdict]int // of the rows read
	Sends   map[string]int  // of the rows that aren't refused, by Row.Sends

	Confirmation Confirmation
	// Batch is the invite.BatchID of the invitations; empty: none were sent.
	Batch string
	// Held tells that more messages would have gone out than were confirmed, so
	// that none did.
	Held bool
}

// Fine is how many rows aren't refused.
func (i Intake) Fine() int { return i.Counts[New] + i.Counts[Changed] + i.Counts[Same] }

// Job is an intake that a worker has taken on. The zero Job is none.
type Job struct {
	ID     ID
	Org    attendance.OrgID
	Kind   Kind
	Stage  Stage // Reading or Writing
	Name   string
	Worker string
	Region string            // the organisation's country, for guesses
	Sites  []attendance.Site // within the reach of whoever began it
	// People are those met until now, with the row that meant them; the worker
	// carries them from one call to the next.
	People map[attendance.ProfileID]int
}
