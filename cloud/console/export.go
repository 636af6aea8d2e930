package console

import (
	"net/http"
	"net/url"
	"strings"
	"time"

	"muster/access"
)

// exportOf is what a page's list is called, and what narrows it there.
var exportOf = map[string]string{
	"employees": "employees", "invitations": "invitations", "batch": "batch", "blocks": "blocks", "devices": "devices", "sites": "sites", "users": "users",
	"punches": "punches", "approvals": "approvals", "quarantine": "quarantine", "audit": "audit",
}

// notNarrowing are fields of a page's address that say where in the list somebody is.
var notNarrowing = []string{"after", "before", "until", "tried", "matched", "offset", "result", "undone", "decided", "changed", "left", "none", "shown"}

// exportLinks are where the list of a page is taken away as it is narrowed there.
type exportLinks struct{ CSV, XLSX string }

// exportLinks returns nil where there is nothing to take away.
func (v *visit) exportLinks(page string) *exportLinks {
	list, ok := exportOf[page]
	if !ok || v.exporter == nil || !v.actor.May(exports[list].need) {
		return nil
	}
	q := v.r.URL.Query()
	for _, name := range notNarrowing {
		q.Del(name)
	}
	if page == "batch" {
		q = url.Values{"batch": {v.r.PathValue("id")}}
	}
	narrowed := q.Encode()
	if narrowed != "" {
		narrowed = "?" + narrowed
	}
	return &exportLinks{"/export/" + list + ".csv" + narrowed, "/export/" + list + ".xlsx" + narrowed}
}

// exportTime is how long a file may take to go out.
const exportTime = 10 * time.Minute

// export sends a list as a file while it is made. What goes wrong at its beginning
// is a page that says so; later the connection is cut, so that nobody takes a part
// for the whole.
func (v *visit) export() error {
	list, format, ok := strings.Cut(v.r.PathValue("file"), ".")
	if !ok || v.exporter == nil {
		return access.ErrNotFound
	}
	zone := v.zone
	if zone == nil {
		zone = time.UTC
	}
	begun := false
	err := v.exporter.Export(v.r.Context(), v.actor, access.Export{
		List: list, Format: format, Language: v.text.Tag, Zone: zone, Filter: v.r.URL.Query(),
		Begin: func(kind, name string) access.Sink {
			begun = true
			_ = http.NewResponseController(v.w).SetWriteDeadline(time.Now().Add(exportTime)) //nolint:errcheck // not every connection can
			v.w.Header().Set("Content-Type", kind)
			v.w.Header().Set("Content-Disposition", `attachment; filename="`+name+`"`)
			v.w.WriteHeader(http.StatusOK)
			return v.w
		},
	})
	if err != nil && begun {
		v.log.WarnContext(v.r.Context(), "an export broke off", "list", list, "error", err)
		panic(http.ErrAbortHandler)
	}
	return err
}

// paged goes through a list from page to page.
type paged[T any] struct {
	read func(cursor string) ([]T, string, error)
	rows []T
	to   string
	done bool // nothing more is to be read
}

// head returns the next row; nil: there is none.
func (p *paged[T]) head() (*T, error) {
	for len(p.rows) == 0 && !p.done {
		var err error
		if p.rows, p.to, err = p.read(p.to); err != nil {
			return nil, err
		}
		p.done = p.to == ""
	}
	if len(p.rows) == 0 {
		return nil, nil
	}
	return &p.rows[0], nil
}

func (p *paged[T]) next() { p.rows = p.rows[1:] }
