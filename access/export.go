package access

import (
	"io"
	"net/url"
	"time"
)

// Export asks for a list as a file.
type Export struct {
	List     string         // such as "employees"
	Format   string         // "csv" or "xlsx"
	Language string         // BCP 47, of titles and separators; empty: English
	Zone     *time.Location // of the times in it; nil: UTC
	Filter   url.Values     // what narrows the list, as its page's address has it
	// Begin is called once, when nothing can be wrong any more with what was asked
	// for, and returns where the file goes.
	Begin func(kind, name string) io.Writer
}
