package console

import (
	"slices"
	"strings"
	"time"

	"muster/access"
	"muster/attendance"
)

// liveList is what one browser shows of a live list of punches: enough to put
// each new row in its place.
type liveList struct {
	*stream
	filter logFilter
	rows   []logRow // newest first
}

// livePunches keeps an open list of punches up to date. It begins with the whole
// list, so that whatever was missed while the connection was down is there.
func (v *visit) livePunches() error {
	_, sites, err := v.siteChoices()
	if err != nil {
		return err
	}
	f, _, err := v.logFilter(sites)
	if err != nil {
		return err
	}
	s, stop, err := v.openStream("punch", "refusal")
	if err != nil {
		return err
	}
	defer stop()
	l := &liveList{stream: s, filter: f}
	return v.closed(s.run(l.begin, l.news))
}

func (l *liveList) begin() error {
	rows, _, err := l.readLog(l.filter, logPerPage)
	if err != nil {
		return err
	}
	l.rows = rows
	html, err := l.part("log-rows", rows)
	if err != nil {
		return err
	}
	return l.send("rows", html)
}

func (l *liveList) news(item newsItem) error {
	row, ok, err := l.row(item)
	if err != nil || !ok {
		return err
	}
	if slices.ContainsFunc(l.rows, func(r logRow) bool { return r.ID == row.ID && r.changed(row) }) {
		return l.begin() // its time was put right, or somebody said whose it is or whether it counts
	}
	i, there := slices.BinarySearchFunc(l.rows, row, newer)
	if there {
		return nil // begin had it already
	}
	// It goes after the row that is newer, or first; the oldest makes room.
	place := placedRow{logRow: row, Place: "afterbegin:#log-rows"}
	place.Fresh = true
	if i > 0 {
		place.Place = "afterend:#row-" + l.rows[i-1].ID
	}
	if i >= logPerPage {
		return nil // older than everything on the page
	}
	l.rows = slices.Insert(l.rows, i, row)
	if n := len(l.rows); n > logPerPage {
		place.Drop = l.rows[n-1].ID
		l.rows = l.rows[:n-1]
	}
	html, err := l.part("log-row-live", place)
	if err != nil {
		return err
	}
	return l.send("row", html)
}

// changed tells whether a row of the same punch or refusal shows something else.
func (r logRow) changed(now logRow) bool {
	return !r.at.Equal(now.at) || r.Unsure != now.Unsure || r.Mended != now.Mended || r.ByHand != now.ByHand || r.Approval != now.Approval ||
		r.Person != nil && now.Person != nil && r.Person.ID != now.Person.ID
}

// placedRow is a new row with where to put it.
type placedRow struct {
	logRow
	Place string // for hx-swap-oob
	Drop  string // the row that leaves the page; empty: none
}

// row reads what the news is about; ok is false when this list doesn't show it.
func (l *liveList) row(item newsItem) (row logRow, ok bool, err error) {
	var site attendance.SiteID
	switch {
	case item.topic == "punch" && l.filter.show != showRefused:
		e, err := l.people.Punch(l.r.Context(), l.actor, attendance.PunchID(item.id))
		if err != nil {
			return row, false, unlessHidden(err)
		}
		row, site = l.punchRow(e), e.Punch.Site
	case item.topic == "refusal" && l.filter.show != showPunches:
		e, err := l.people.Refusal(l.r.Context(), l.actor, item.id)
		if err != nil {
			return row, false, unlessHidden(err)
		}
		row, site = l.refusalRow(e), e.Site
	default:
		return row, false, nil
	}
	f := l.filter
	ok = (f.site == "" || f.site == site) && (f.profile == "" || row.Person != nil && row.Person.ID == string(f.profile)) && !row.at.Before(f.from) && (f.to.IsZero() || row.at.Before(f.to))
	return row, ok, nil
}

// unlessHidden forgets an error that only says that the reader may not see it.
func unlessHidden(err error) error {
	if isNotFound(err) {
		return nil
	}
	return err
}

// calm is the shortest time between two events of one name on a page that loads
// itself anew for each.
const calm = time.Second

// liveNews only says what kind of thing has changed; the page then asks for the
// part of itself that shows it.
func (v *visit) liveNews() error {
	topics := strings.Split(v.r.URL.Query().Get("topics"), ",")
	known := []string{"punch", "refusal", "device", "claim", "quarantine", "approval", "batch", "invitation", "intake"}
	topics = slices.DeleteFunc(topics, func(t string) bool { return !slices.Contains(known, t) })
	if len(topics) == 0 {
		return access.ErrNotFound
	}
	s, stop, err := v.openStream(topics...)
	if err != nil {
		return err
	}
	defer stop()
	var last time.Time
	change := func() error {
		if err := s.pause(calm - time.Since(last)); err != nil {
			return err
		}
		s.drain()
		last = time.Now()
		return s.send("change", "")
	}
	// The first event covers what happened since the page was made.
	return v.closed(s.run(change, func(newsItem) error { return change() }))
}

// pause waits, and ends early when the browser goes.
func (s *stream) pause(d time.Duration) error {
	if d <= 0 {
		return nil
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-s.r.Context().Done():
		return s.r.Context().Err()
	case <-t.C:
		return nil
	}
}

// drain forgets the news that came in meanwhile: one event stands for all.
func (s *stream) drain() {
	for {
		select {
		case <-s.news:
		case <-s.missed:
		default:
			return
		}
	}
}
