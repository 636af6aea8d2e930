package console

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"muster/access"
	"muster/attendance"
	"muster/invite"
)

// resultsPerPage is how many results of an order a page shows.
const resultsPerPage = 50

// batchPage shows how far an order is, and what became of it for each person.
type batchPage struct {
	ID      string
	When    *moment
	By      string // whose order it was
	Queued  int
	Gone    int // of the queued, those that wait no longer
	Waiting int
	Undone  int
	Refused int
	States  []stateCount
	Why     []stateCount
	Rows    []resultRow
	Next    string
	Later   bool
	Here    string // this page's address, to ask for again
	Undo    bool
	Held    *countdown // until the first message may leave; nil: it may
	Result  string     // of an undo
}

func (p batchPage) title(l *language) string { return l.Count("invitation.batch.heading", p.Queued) }

// Done tells whether nothing waits any more.
func (p batchPage) Done() bool { return p.Waiting == 0 }

// countdown is how much time is left; the browser counts on.
type countdown struct {
	Seconds int
	Clock   string
}

// heldFor is how long an order that waits is held yet.
func (v *visit) heldFor(b invite.Batch) *countdown {
	left := b.NotBefore.Sub(v.now())
	if left <= 0 || b.Waiting() == 0 {
		return nil
	}
	s := int((left + time.Second - 1) / time.Second)
	return &countdown{s, fmt.Sprintf("%d:%02d", s/60, s%60)}
}

type stateCount struct {
	Sign, Icon string
	Words      string
	Count      int
}

type resultRow struct {
	ID, Name, Number string
	Sign, Icon       string
	Words            string
	Why              string
	Channel          string // key; empty: none
	Again            *moment
}

// deliverySigns says which shape or icon stands for what became of a message.
var deliverySigns = map[invite.Delivery][2]string{
	invite.None: {"", "circle-dashed"}, invite.Queued: {"wait", ""}, invite.Sent: {"", "send"}, invite.Delivered: {"", "send"}, invite.Opened: {"accept", ""},
	invite.Bounced: {"refuse", ""}, invite.Failed: {"refuse", ""}, invite.Expired: {"refuse", ""}, invite.Blocked: {"refuse", ""},
	invite.Declined: {"", "ban"}, invite.Revoked: {"", "ban"},
}

func batchAt(id invite.BatchID) string { return "/invitations/batches/" + string(id) }

func (v *visit) findBatch() (invite.Batch, error) {
	id, err := attendance.ParseID[invite.BatchID](v.r.PathValue("id"))
	if err != nil {
		return invite.Batch{}, access.ErrNotFound
	}
	return v.people.Batch(v.r.Context(), v.actor, id)
}

func (v *visit) batch() error {
	b, err := v.findBatch()
	if err != nil {
		return err
	}
	q := v.r.URL.Query()
	after := attendance.ProfileID(q.Get("after"))
	rows, err := v.people.BatchResults(v.r.Context(), v.actor, b.ID, after, resultsPerPage+1)
	if err != nil {
		return err
	}
	p := batchPage{
		ID: string(b.ID), When: v.here(b.At), By: b.Name, Queued: b.Queued, Waiting: b.Waiting(), Undone: b.Undone, Later: after != "",
		Here: v.r.URL.RequestURI(), Undo: b.Waiting() > 0 && v.actor.May(access.ManageRoster),
	}
	if p.Undo {
		p.Held = v.heldFor(b)
	}
	p.Gone = max(p.Queued-p.Waiting, 0)
	for _, d := range invite.Deliveries {
		if n := b.Now[d]; n > 0 && (d != invite.Revoked || b.Undone == 0) {
			p.States = append(p.States, stateCount{deliverySigns[d][0], deliverySigns[d][1], v.text.Say("invitation.delivery." + string(d)), n})
		}
	}
	for why, n := range b.Refused {
		p.Refused += n
		p.Why = append(p.Why, stateCount{"refuse", "", v.text.Say("invitation.obstacle." + string(why)), n})
	}
	slices.SortFunc(p.Why, func(a, b stateCount) int { return b.Count - a.Count })
	if len(rows) > resultsPerPage {
		rows = rows[:resultsPerPage]
		p.Next = batchAt(b.ID) + "?after=" + url.QueryEscape(string(rows[len(rows)-1].Person))
	}
	for _, r := range rows {
		p.Rows = append(p.Rows, v.resultRow(r))
	}
	if q.Has("undone") {
		p.Result = v.text.Count("invitation.undone", typed(q.Get("undone")))
	}
	return v.show(http.StatusOK, "app", "batch", "invitations", p)
}

func (v *visit) resultRow(r invite.Result) resultRow {
	row := resultRow{ID: string(r.Person), Name: r.Name, Number: r.Number, Channel: string(r.Channel)}
	if r.Obstacle != "" {
		row.Sign, row.Words, row.Again = "refuse", v.text.Say("invitation.not-sent"), v.here(r.Again)
		row.Why = v.text.Say("invitation.obstacle." + string(r.Obstacle))
		return row
	}
	row.Sign, row.Icon = deliverySigns[r.State][0], deliverySigns[r.State][1]
	row.Words = v.text.Say("invitation.delivery." + string(r.State))
	if r.Reason != "" {
		row.Why = v.text.Say("invitation.reason." + string(r.Reason))
	}
	return row
}

func (v *visit) undoBatch() error {
	b, err := v.findBatch()
	if err != nil {
		return err
	}
	n, err := v.people.UndoBatch(v.r.Context(), v.actor, b.ID)
	if err != nil {
		return err
	}
	v.goTo(batchAt(b.ID) + "?undone=" + strconv.Itoa(n))
	return nil
}
