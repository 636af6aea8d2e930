package importer

import (
	"context"
	"io"
	"iter"
	"log/slog"
	"time"

	"muster/intake"
	"muster/invite"
)

// Store keeps lists and writes their rows. See cloud/store, whose methods these
// are.
type Store interface {
	TakeIntake(ctx context.Context, worker string, until time.Time) (intake.Job, error)
	YieldIntake(ctx context.Context, j intake.Job) (bool, error)
	IntakeFile(ctx context.Context, id intake.ID) ([]byte, error)
	reading
	writing
	ForgetIntakes(ctx context.Context) error
}

type reading interface {
	BeginIntake(ctx context.Context, j intake.Job, sheet intake.Sheet, until time.Time) error
	CheckRows(ctx context.Context, j intake.Job, rows []intake.Row, until time.Time) error
	EndReading(ctx context.Context, j intake.Job, p intake.Problem, until time.Time) error
}

type writing interface {
	WriteRows(ctx context.Context, j intake.Job, until time.Time) (more bool, err error)
	EndWriting(ctx context.Context, j intake.Job, until time.Time) error
	FailIntake(ctx context.Context, j intake.Job, p intake.Problem) error
}

// Tables opens files. The error of a file that can't be taken is a *Unreadable.
type Tables interface {
	Open(file io.ReaderAt, size int64, name string) (Table, error)
}

// Table is an opened file.
type Table interface {
	Sheet() intake.Sheet
	// Rows gives the rows as they are in the file: Line, Cells, and Problems of
	// single cells.
	Rows() iter.Seq[intake.Row]
	// Err is what ended Rows early: an *Unreadable, or trouble with reading.
	Err() error
	Close() error
}

// Unreadable says why a file can't be read, or not to its end.
type Unreadable struct{ Problem intake.Problem }

// Error is for logs; a page has a sentence for each code.
func (u *Unreadable) Error() string { return "unreadable: " + u.Problem.Code }

// Contacts reads addresses and numbers that somebody typed, and doubts some that
// can be: Doubt's codes are keys of sentences.
type Contacts interface {
	Email(given string) (string, *invite.Refusal)
	Phone(given, region string) (string, *invite.Refusal)
	Doubt(email, phone string) (code, suggestion string)
}

// Config is what an Importer needs.
type Config struct {
	Store    Store
	Tables   Tables
	Contacts Contacts
	Worker   string // a name of its own among all that import
	Now      func() time.Time
	Logger   *slog.Logger
}
