package access

import "time"

// Export asks for a list as a file.
type Export struct {
	List     string         // such as "employees"
	Format   string         // "csv" or "xlsx"
	Language string         // BCP 47, of titles and separators; empty: English
	Zone     *time.Location // of the times in it; nil: UTC
	// Filter is what narrows the list, as the query of its page's address has it.
	Filter map[string][]string
	// Begin is called once, when nothing can be wrong any more with what was asked
	// for, and returns where the file goes.
	Begin func(kind, name string) Sink
}

// Sink takes the bytes of a file; it is an io.Writer.
type Sink interface {
	Write(p []byte) (n int, err error)
}
