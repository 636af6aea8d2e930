package console

import (
	"context"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"muster/access"
	"muster/attendance"
)

// Tables writes files of rows.
type Tables interface {
	// Open begins a file, "csv" or "xlsx", with its titles; what separates, and how
	// times look, is as the language has it.
	Open(w io.Writer, format, language, name string, titles ...string) (Table, error)
}

// Table is one such file. Values are string, int or time.Time.
type Table interface {
	Cells(values ...any) error
	Close() error
}

// Exporter writes the console's lists as files, in the language of who asks.
// However long a list is, it holds one page of it.
type Exporter struct {
	console *console
	tables  Tables
	still   func(ctx context.Context, f func(People) error) error
}

// NewExporter returns one that needs no browser: People, Fleet and Tables of the
// configuration must be given.
func NewExporter(cfg Config) (*Exporter, error) {
	t, err := loadTexts()
	if err != nil {
		return nil, fmt.Errorf("console texts: %w", err)
	}
	c := &console{people: cfg.People, fleet: cfg.Fleet, texts: t, now: cfg.Now}
	if c.now == nil {
		c.now = time.Now
	}
	return newExporter(c, cfg), nil
}

func newExporter(c *console, cfg Config) *Exporter {
	x := &Exporter{c, cfg.Tables, cfg.Still}
	if x.still == nil {
		x.still = func(_ context.Context, f func(People) error) error { return f(cfg.People) }
	}
	return x
}

// perRead is how many rows are read at once.
const perRead = 500

// exported is a list that can be taken away.
type exported struct {
	need   access.Permission
	scope  access.Scope
	title  string   // key
	titles []string // keys, one for each column
	rows   func(v *visit, put func(values ...any) error) error
}

// Needs tells what somebody must be allowed to do, and a token be for, to take a
// list away; ok is false where there is no such list.
func (x *Exporter) Needs(list string) (p access.Permission, scope access.Scope, ok bool) {
	l, ok := exports[list]
	return l.need, l.scope, ok
}

// Export writes a list. An error in what is asked for comes before the first byte.
func (x *Exporter) Export(ctx context.Context, actor access.Actor, e access.Export) error {
	l, ok := exports[e.List]
	if !ok || e.Format != "csv" && e.Format != "xlsx" {
		return access.ErrNotFound
	}
	if err := actor.Require(l.need); err != nil {
		return err
	}
	lang, ok := x.console.texts.In(e.Language)
	if !ok {
		lang, _ = x.console.texts.In(attendance.Languages[0])
	}
	zone := e.Zone
	if zone == nil {
		zone = time.UTC
	}
	// The lists are read as their pages read them: out of an address.
	r := &http.Request{Method: http.MethodGet, URL: &url.URL{RawQuery: url.Values(e.Filter).Encode()}, Header: http.Header{}}
	out := &spool{}
	file := &lazyTable{open: func() (Table, error) {
		if err := x.console.people.Record(ctx, actor, "export", subjectOf(e)); err != nil {
			return nil, err
		}
		titles := make([]string, len(l.titles))
		for i, key := range l.titles {
			titles[i] = lang.Say(key)
		}
		name := e.List + "-" + x.console.now().In(zone).Format(time.DateOnly) + "." + e.Format
		if err := out.begin(e.Begin(kindOf(e.Format), name)); err != nil {
			return nil, err
		}
		return x.tables.Open(out, e.Format, lang.Tag, lang.Say(l.title), titles...)
	}}
	// All of a list is of one moment: what moves from page to page while it is read is
	// there once. That moment is let go before the last byte has left.
	err := x.still(ctx, func(people People) error {
		of := *x.console
		of.people = people
		return l.rows(&visit{console: &of, r: r.WithContext(ctx), actor: actor, text: lang, zone: zone}, file.put)
	})
	if err == nil {
		err = file.close()
	}
	if err = out.end(err); err != nil {
		return fmt.Errorf("export %s: %w", e.List, err)
	}
	return nil
}

// subjectOf says in the audit log what was taken away, and what narrowed it, but
// not what somebody searched for: that may be a name.
func subjectOf(e access.Export) string {
	var by []string
	for _, name := range slices.Sorted(maps.Keys(e.Filter)) {
		if len(name) <= 20 && strings.Trim(name, "abcdefghijklmnopqrstuvwxyz_") == "" && len(by) < 10 {
			by = append(by, name)
		}
	}
	s := e.List + "." + e.Format
	if len(by) > 0 {
		s += " (" + strings.Join(by, ", ") + ")"
	}
	return s
}

func kindOf(format string) string {
	if format == "xlsx" {
		return "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
	}
	return "text/csv; charset=utf-8"
}

// lazyTable begins with the first row, or at the end: until then an error can still
// be told as one.
type lazyTable struct {
	open  func() (Table, error)
	table Table
}

func (l *lazyTable) begin() (err error) {
	if l.table == nil {
		l.table, err = l.open()
	}
	return err
}

func (l *lazyTable) put(values ...any) error {
	if err := l.begin(); err != nil {
		return err
	}
	return l.table.Cells(values...)
}

func (l *lazyTable) close() error {
	if err := l.begin(); err != nil {
		return err
	}
	return l.table.Close()
}
