package intake

import "muster/attendance"

// Field is a column that means something. Names are stored and keys of words:
// never rename one.
type Field string

// The columns that are taken in. Any of Email, ExternalID and Number says who is
// meant.
const (
	Email      Field = "email"
	ExternalID Field = "external-id"
	FirstName  Field = "first-name"
	LastName   Field = "last-name"
	Name       Field = "name" // first and last name in one cell
	Phone      Field = "phone"
	Number     Field = "number" // the Muster ID
	Sites      Field = "sites"
	Language   Field = "language"
)

// Fields lists all of them, in the order in which a list is written.
var Fields = []Field{Email, ExternalID, FirstName, LastName, Name, Phone, Number, Sites, Language}

// Verdict is what a row would do, and after the writing what it has done. Names are
// stored and sent: never rename one.
type Verdict string

const (
	// New: there is nobody like that yet.
	New Verdict = "new"
	// Changed: somebody who is known changes.
	Changed Verdict = "changed"
	// Same: all of it is known.
	Same Verdict = "unchanged"
	// Refused: nothing happens for this row; its problems say why.
	Refused Verdict = "refused"
)

// Verdicts lists all of them, in the order in which they are shown.
var Verdicts = []Verdict{New, Changed, Same, Refused}

// Record is what a row says of a person, in the form in which it is kept. What is
// empty says nothing and changes nothing.
type Record struct {
	ExternalID string              `json:",omitempty"`
	Email      string              `json:",omitempty"`
	Phone      string              `json:",omitempty"` // E.164
	FirstName  string              `json:",omitempty"`
	LastName   string              `json:",omitempty"`
	Number     string              `json:",omitempty"`
	Language   string              `json:",omitempty"` // one of the product's
	Sites      []attendance.SiteID `json:",omitempty"`
}

// Change is one field of somebody who is known, before and after.
type Change struct {
	Field Field
	From  string
	To    string
}

// Row is one row of a list.
type Row struct {
	Line   int `json:"-"` // as the spreadsheet numbers it
	Record Record
	// Cells are the row as it was given; kept where it is refused.
	Cells map[Field]string `json:",omitempty"`
	// Problems refuse the row; Notes only deserve a second look.
	Problems []Problem `json:",omitempty"`
	Notes    []Problem `json:",omitempty"`
	Changes  []Change  `json:",omitempty"`

	Verdict Verdict `json:"-"`
	// Person is who is meant; for a new one, who it will be. Empty: refused.
	Person attendance.ProfileID `json:"-"`
	// Sends is the invite.Channel that an invitation would take, or the
	// invite.Obstacle why there would be none.
	Sends string `json:"-"`
}

// Refuse notes problems; the row is refused from then on.
func (r *Row) Refuse(problems ...Problem) {
	r.Problems = append(r.Problems, problems...)
	r.Verdict, r.Person, r.Sends, r.Changes = Refused, "", "", nil
}
