package intake

// Problem is one thing that is wrong with a row or a list.
type Problem struct {
	Field  Field  `json:",omitempty"`
	Column string `json:",omitempty"` // as the spreadsheet names it, such as "C"; empty: the whole row
	// Code is an invite.Reason, an access problem, a code of the sheet that was
	// read, or one of those below. Names are stored and keys of sentences.
	Code       string
	Given      string `json:",omitempty"`
	Suggestion string `json:",omitempty"` // what was probably meant; empty: nobody knows
	Line       int    `json:",omitempty"` // another row that it is about, or where a list's problem is
}

// Why rows are refused, besides what is wrong with an address or a number.
const (
	// Twice: an earlier row is about the same person; Problem.Line tells which.
	Twice = "twice"
	// Ambiguous: several people have this address.
	Ambiguous = "ambiguous"
	// OfAnother: the address, id or number belongs to somebody else.
	OfAnother = "of-another"
	// OfSomebodyGone: the number was that of somebody who left, and stays with
	// their punches.
	OfSomebodyGone = "of-somebody-gone"
	// NoName: a new person needs a name.
	NoName = "no-name"
	// NoSite: a new person needs a site.
	NoSite = "no-site"
	// UnknownSite: no site is called that.
	UnknownSite = "unknown-site"
	// UnknownLanguage: the product doesn't speak it.
	UnknownLanguage = "unknown-language"
	// NotFound: nobody is known by that.
	NotFound = "not-found"
	// AsksFirst is only noted: the person has an account elsewhere, or said no
	// before, and is asked to join.
	AsksFirst = "asks-first"
	// NoKey: the row doesn't say who is meant.
	NoKey = "no-key"
)

// Why a list has failed as a whole.
const (
	// NoColumn: no column says who is meant, or nothing but that.
	NoColumn = "no-header"
	// NoRows: there is a header and nothing below it.
	NoRows = "no-rows"
	// Stopped: whoever began it may do so no more.
	Stopped = "stopped"
)

// Codes lists the codes of this package.
var Codes = []string{Twice, Ambiguous, OfAnother, OfSomebodyGone, NoName, NoSite, UnknownSite, UnknownLanguage, NotFound, AsksFirst, NoKey, NoColumn, NoRows, Stopped}
