package sheet

import "fmt"

// Code says what is wrong with a file or a row. Names are keys of sentences in
// three languages: never rename one.
type Code string

const (
	// TooLarge: the file has more bytes than are read, packed or unpacked.
	TooLarge Code = "too-large"
	// TooManyRows: the rows past the limit were not read.
	TooManyRows Code = "too-many-rows"
	// TooManyColumns: cells past the limit were not read.
	TooManyColumns Code = "too-many-columns"
	// Empty: there is nothing in it.
	Empty Code = "empty"
	// Encrypted: the workbook has a password.
	Encrypted Code = "encrypted"
	// OldExcel: an .xls, .xlsb or Excel XML file, to be saved as xlsx.
	OldExcel Code = "old-excel"
	// OpenDocument: an .ods or Numbers file, to be saved as xlsx.
	OpenDocument Code = "open-document"
	// WebPage: HTML that was named .xls, to be saved as xlsx.
	WebPage Code = "web-page"
	// NotTable: a PDF, a picture, a program, an archive.
	NotTable Code = "not-a-table"
	// Damaged: it begins like a table and can't be read, or only in part.
	Damaged Code = "damaged"
	// NoHeader: no row says what the columns are; see Accepted.
	NoHeader Code = "no-header"
	// UnknownColumn: the header means nothing here, and the column is not read.
	UnknownColumn Code = "unknown-column"
	// DuplicateColumn: another column means the same, and this one is not read.
	DuplicateColumn Code = "duplicate-column"
	// CardColumn: cards are enrolled at a tablet, never by a list.
	CardColumn Code = "card-column"
	// LongCell: the cell has more characters than are read, and is taken as empty.
	LongCell Code = "long-cell"
	// UnclosedQuote: a quotation mark opens a cell and many lines follow in it.
	UnclosedQuote Code = "unclosed-quote"
	// ErrorCell: the spreadsheet's own error, such as #N/A; taken as empty.
	ErrorCell Code = "error-cell"
	// RoundedNumber: the spreadsheet has shortened the number and its last digits
	// are lost, as in 4.91761E+12.
	RoundedNumber Code = "rounded-number"
	// Unreadable: the cell has characters that its encoding doesn't know.
	Unreadable Code = "unreadable-characters"
)

// Codes lists all of them.
var Codes = []Code{
	TooLarge, TooManyRows, TooManyColumns, Empty, Encrypted, OldExcel, OpenDocument, WebPage, NotTable, Damaged, NoHeader, UnknownColumn,
	DuplicateColumn, CardColumn, LongCell, UnclosedQuote, ErrorCell, RoundedNumber, Unreadable,
}

// Problem is one thing that is wrong, with its place.
type Problem struct {
	Line       int // as the spreadsheet numbers it, from 1; 0: the whole file
	Column     int // from 1; 0: the whole row
	Code       Code
	Given      string // at most 100 characters of it
	Suggestion string // what was probably meant; empty: nobody knows
}

// Error is for logs; people get a sentence by Code.
func (p *Problem) Error() string {
	text := string(p.Code)
	if p.Line > 0 {
		text = fmt.Sprintf("line %d: %s", p.Line, text)
	}
	if p.Given != "" {
		text = fmt.Sprintf("%s: %q", text, p.Given)
	}
	return text
}

// Letters names a column as a spreadsheet does: 1 is A, 27 is AA.
func Letters(column int) string {
	var out []byte
	for ; column > 0; column = (column - 1) / 26 {
		out = append([]byte{byte('A' + (column-1)%26)}, out...)
	}
	return string(out)
}

func excerpt(text string) string {
	n := 0
	for i := range text {
		if n++; n > 100 {
			return text[:i] + "…"
		}
	}
	return text
}
