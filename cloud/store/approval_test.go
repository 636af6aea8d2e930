package store

import (
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/pressly/goose/v3"

	"muster/access"
	"muster/attendance"
	"muster/device"
	"muster/sync/wire"
)

// punchOffline writes that a person came while there was no line, at a site that has
// such punches approved.
func (p *pen) punchOffline(who attendance.ProfileID) device.Row {
	return p.write(device.KindPunch, &wire.PunchPayload{
		ProfileId: string(who), SiteId: string(p.site), Direction: wire.Direction_DIRECTION_IN, NeedsApproval: true,
	})
}

func idOf(r device.Row) attendance.PunchID { return attendance.PunchID(r.ID.String()) }

// stand returns how a punch stands, and whom that is owed to.
func (w *world) stand(t *testing.T, id attendance.PunchID) (attendance.Approval, string) {
	t.Helper()
	e := must(w.Punch(t.Context(), w.admin.Actor(), id))(t)
	if e.Decided.IsZero() != (e.DecidedBy == "") {
		t.Errorf("decided by %q at %s", e.DecidedBy, e.Decided)
	}
	return e.Punch.Approval, e.DecidedBy
}

func (w *world) undecided(t *testing.T, actor access.Actor) int {
	t.Helper()
	return must(w.CountPunches(t.Context(), actor, attendance.LogQuery{Approval: attendance.ApprovalWaiting}))(t)
}

func verdict(v attendance.Approval, ids ...attendance.PunchID) attendance.Decision {
	return attendance.Decision{Verdict: v, IDs: ids}
}

// K29: what the tablet marked waits, what it didn't needs nobody; a decision is kept,
// with who and when, however often the row comes again, in whichever stream; the raw
// log is never touched.
func TestK29DecisionStaysWithThePunch(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, admin := t.Context(), w.admin.Actor()
	anna := w.person(t, "Anna", "Berg", w.north.ID)
	p := w.pen(t, w.admin.Org, w.north.ID)
	online, first, second := p.punch(anna.ID, ""), p.punchOffline(anna.ID), p.punchOffline(anna.ID)
	rows := []device.Row{online, first, second}
	w.deliver(t, p, rows...)
	for id, want := range map[attendance.PunchID]attendance.Approval{idOf(online): "", idOf(first): "waiting", idOf(second): "waiting"} {
		if got, by := w.stand(t, id); got != want || by != "" {
			t.Errorf("%s stands %q by %q, want %q", id, got, by, want)
		}
	}
	if n := w.undecided(t, admin); n != 2 {
		t.Errorf("%d wait", n)
	}
	raw := w.rawLog(t)
	if d := must(w.DecidePunches(ctx, w.managerNorth.Actor(), verdict(attendance.Approved, idOf(first))))(t); d != (attendance.Decided{Changed: 1}) {
		t.Errorf("approved: %+v", d)
	}
	must(w.DecidePunches(ctx, admin, verdict(attendance.Rejected, idOf(second))))(t)
	again := func(what string) {
		t.Helper()
		if got, by := w.stand(t, idOf(first)); got != attendance.Approved || by != w.managerNorth.Name {
			t.Errorf("%s: the first stands %q by %q", what, got, by)
		}
		if got, by := w.stand(t, idOf(second)); got != attendance.Rejected || by != w.admin.Name {
			t.Errorf("%s: the second stands %q by %q", what, got, by)
		}
		if n := w.undecided(t, admin); n != 0 {
			t.Errorf("%s: %d wait", what, n)
		}
	}
	again("at once")
	if w.rawLog(t) != raw {
		t.Error("a decision changed the raw log")
	}
	w.deliver(t, p, rows...)
	again("sent again")
	fresh := &pen{t: t, from: p.from, site: p.site, last: device.Row{Stream: uuid.New()}, now: p.now}
	var told []device.Row
	for _, r := range rows {
		r.Stream, r.Seq, r.Prev = fresh.last.Stream, fresh.last.Seq+1, fresh.last.Hash
		fresh.last = fresh.seal(r)
		told = append(told, fresh.last)
	}
	w.deliver(t, fresh, told...)
	again("told again in a new stream")
	must(w.Reprocess(ctx, admin))(t)
	again("reprocessed")
	page, _, err := w.Punches(ctx, admin, attendance.LogQuery{})
	if err != nil || len(page) != 3 {
		t.Errorf("%d punches, %v", len(page), err)
	}
}

// K29: a punch whose time is put right, and one out of quarantine, keep what is known
// of them.
func TestK29MendedPunchesWait(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, admin := t.Context(), w.admin.Actor()
	anna := w.person(t, "Anna", "Berg", w.north.ID)
	p := w.pen(t, w.admin.Org, w.north.ID)
	lost := p.punchOffline(nobody)
	w.deliver(t, p, lost)
	q := w.entries(t)["unknown-profile"]
	if q.Punch.Approval != attendance.ApprovalWaiting {
		t.Errorf("in quarantine: %+v", q.Punch)
	}
	if err := w.AssignQuarantined(ctx, admin, q.ID, anna.ID); err != nil {
		t.Fatal(err)
	}
	if got, _ := w.stand(t, idOf(lost)); got != attendance.ApprovalWaiting {
		t.Errorf("whose it is was said, and it stands %q", got)
	}

	// An uncompared row is dated anew by a compared one that comes later.
	p = w.pen(t, w.admin.Org, w.north.ID)
	late := p.punchOffline(anna.ID)
	late.Clock.Trust, late.Clock.Offset = attendance.TrustNone, 0
	late = p.seal(late)
	p.last = late
	w.deliver(t, p, late)
	must(w.DecidePunches(ctx, admin, verdict(attendance.Rejected, idOf(late))))(t)
	before := must(w.Punch(ctx, admin, idOf(late)))(t)
	w.clock.forward(time.Minute)
	w.deliver(t, p, p.punch(anna.ID, ""))
	after := must(w.Punch(ctx, admin, idOf(late)))(t)
	if after.Punch.Moment.Source == before.Punch.Moment.Source {
		t.Fatalf("its time was not put right: %+v", after.Punch)
	}
	if after.Punch.Approval != attendance.Rejected || after.DecidedBy != w.admin.Name || !after.Decided.Equal(before.Decided) {
		t.Errorf("its time was put right, and it stands %+v", after)
	}
}

// K29: who may manage people at a site decides about its punches and no others; a
// verdict is for what waits, or takes back the other one; a mistake changes nothing.
func TestK29WhoMayDecide(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, admin := t.Context(), w.admin.Actor()
	anna := w.person(t, "Anna", "Berg", w.north.ID, w.south.ID)
	p, q := w.pen(t, w.admin.Org, w.north.ID), w.pen(t, w.admin.Org, w.south.ID)
	online, north, south := p.punch(anna.ID, ""), p.punchOffline(anna.ID), q.punchOffline(anna.ID)
	w.deliver(t, p, online, north)
	w.deliver(t, q, south)
	for what, c := range map[string]struct {
		actor access.Actor
		d     attendance.Decision
		want  error
		out   attendance.Decided
	}{
		"a viewer":            {w.viewerNorth.Actor(), verdict(attendance.Approved, idOf(north)), access.ErrForbidden, attendance.Decided{}},
		"the other manager":   {w.managerSouth.Actor(), verdict(attendance.Approved, idOf(north)), nil, attendance.Decided{Left: 1}},
		"another enterprise":  {w.stranger.Actor(), verdict(attendance.Approved, idOf(north), idOf(south)), nil, attendance.Decided{Left: 2}},
		"all of another":      {w.stranger.Actor(), attendance.Decision{Verdict: attendance.Approved, All: true}, nil, attendance.Decided{}},
		"a site out of reach": {w.managerSouth.Actor(), attendance.Decision{Verdict: attendance.Approved, All: true, Filter: attendance.LogQuery{Site: w.north.ID}}, access.ErrNotFound, attendance.Decided{}},
		"what needs nobody":   {admin, verdict(attendance.Rejected, idOf(online)), nil, attendance.Decided{Left: 1}},
		"what isn't there":    {admin, verdict(attendance.Approved, "x\x00", attendance.NewID[attendance.PunchID](), idOf(online), idOf(online)), nil, attendance.Decided{Left: 3}},
		"no verdict":          {admin, verdict(attendance.ApprovalWaiting, idOf(north)), access.Invalid{Field: "verdict", Problem: access.Unknown}, attendance.Decided{}},
		"no punch":            {admin, verdict(attendance.Approved), access.Invalid{Field: "ids", Problem: access.Required}, attendance.Decided{}},
		"named and all":       {admin, attendance.Decision{Verdict: attendance.Approved, All: true, IDs: []attendance.PunchID{idOf(north)}}, access.Invalid{Field: "ids", Problem: access.Malformed}, attendance.Decided{}},
		"what it is already":  {admin, attendance.Decision{Verdict: attendance.Approved, Was: attendance.Approved, IDs: []attendance.PunchID{idOf(north)}}, access.Invalid{Field: "was", Problem: access.Unknown}, attendance.Decided{}},
		"another state":       {admin, attendance.Decision{Verdict: attendance.Approved, Was: attendance.Rejected, IDs: []attendance.PunchID{idOf(north)}}, nil, attendance.Decided{Left: 1}},
	} {
		if out, err := w.DecidePunches(ctx, c.actor, c.d); !errors.Is(err, c.want) || out != c.out {
			t.Errorf("%s: %+v, %v; want %+v, %v", what, out, err, c.out, c.want)
		}
	}
	if n := w.undecided(t, admin); n != 2 {
		t.Fatalf("%d wait after what was refused", n)
	}
	if a, b, c := w.undecided(t, w.managerNorth.Actor()), w.undecided(t, w.managerSouth.Actor()), w.undecided(t, w.stranger.Actor()); a != 1 || b != 1 || c != 0 {
		t.Errorf("the managers count %d and %d, a stranger %d", a, b, c)
	}
	var news []string
	w.OnNews(func(org attendance.OrgID, n device.News) {
		if org == w.admin.Org {
			news = append(news, n.Topic+" "+n.ID)
		}
	})
	must(w.DecidePunches(ctx, w.managerNorth.Actor(), attendance.Decision{Verdict: attendance.Approved, All: true}))(t)
	if got, _ := w.stand(t, idOf(south)); got != attendance.ApprovalWaiting {
		t.Errorf("a manager of the north decided about the south: %q", got)
	}
	if !slices.Equal(news, []string{"punch " + string(idOf(north)), "approval "}) {
		t.Errorf("told %v", news)
	}
	if out := must(w.DecidePunches(ctx, admin, verdict(attendance.Rejected, idOf(north))))(t); out != (attendance.Decided{Left: 1}) {
		t.Errorf("somebody who thinks that it waits: %+v", out)
	}
	back := verdict(attendance.Rejected, idOf(north))
	back.Was = attendance.Approved
	if out := must(w.DecidePunches(ctx, admin, back))(t); out.Changed != 1 {
		t.Errorf("taken back: %+v", out)
	}
	log := must(w.AuditLog(ctx, admin, access.AuditQuery{Person: anna.ID}))(t)
	var done []string
	for _, e := range log.Entries {
		if e.Action == "approve-punch" || e.Action == "reject-punch" {
			done = append(done, e.UserName+" "+e.Action+" "+e.Subject)
		}
	}
	if subject := string(anna.ID) + "/" + string(idOf(north)); !slices.Equal(done, []string{"Ada Admin reject-punch " + subject, "Somebody Else approve-punch " + subject}) {
		t.Errorf("the audit log: %q", done)
	}
	for _, bad := range []attendance.Approval{"maybe", "waiting'"} {
		if _, _, err := w.Punches(ctx, admin, attendance.LogQuery{Approval: bad}); err != (access.Invalid{Field: "approval", Problem: access.Unknown}) {
			t.Errorf("punches that stand %q: %v", bad, err)
		}
	}
}

// K29: all that a filter shows are decided at once, but for some, and for what came
// after somebody looked. Of two who decide about the same, one does.
func TestK29DecideAboutMany(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, admin := t.Context(), w.admin.Actor()
	anna, bert := w.person(t, "Anna", "Berg", w.north.ID), w.person(t, "Bert", "Berg", w.north.ID)
	p := w.pen(t, w.admin.Org, w.north.ID)
	var rows []device.Row
	for range 6 {
		rows = append(rows, p.punchOffline(anna.ID), p.punchOffline(bert.ID))
	}
	w.deliver(t, p, rows...)
	seen := w.clock.now()
	w.clock.forward(time.Minute)
	late := p.punchOffline(anna.ID)
	w.deliver(t, p, late)
	only := attendance.Decision{Verdict: attendance.Approved, All: true, Filter: attendance.LogQuery{Profile: anna.ID}, Except: []attendance.PunchID{idOf(rows[0]), "x"}, Received: seen}
	if out := must(w.DecidePunches(ctx, admin, only))(t); out != (attendance.Decided{Changed: 5}) {
		t.Errorf("all of Anna's but one: %+v", out)
	}
	for _, id := range []attendance.PunchID{idOf(rows[0]), idOf(late), idOf(rows[1])} {
		if got, _ := w.stand(t, id); got != attendance.ApprovalWaiting {
			t.Errorf("%s stands %q", id, got)
		}
	}
	approved, _, err := w.Punches(ctx, admin, attendance.LogQuery{Approval: attendance.Approved, Limit: 3})
	if err != nil || len(approved) != 3 || approved[0].Punch.Profile != anna.ID {
		t.Errorf("the approved: %d, %v", len(approved), err)
	}
	var changed [2]int
	var both sync.WaitGroup
	for i, v := range []attendance.Approval{attendance.Approved, attendance.Rejected} {
		both.Go(func() {
			out, err := w.DecidePunches(ctx, admin, attendance.Decision{Verdict: v, All: true})
			if err != nil {
				t.Error(err)
			}
			changed[i] = out.Changed
		})
	}
	both.Wait()
	if changed[0]+changed[1] != 8 {
		t.Errorf("two decided at once about 8: %v", changed)
	}
	if n := must(w.CountPunches(ctx, admin, attendance.LogQuery{Approval: attendance.Rejected}))(t); n != changed[1] || w.undecided(t, admin) != 0 {
		t.Errorf("%d are rejected of %v, %d wait", n, changed, w.undecided(t, admin))
	}
}

// K29: whoever goes back a version and forward again loses no punch and no decision: who
// decided last is in the audit log. What nobody decided waits.
func TestK29BackAVersionAndForward(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := t.Context()
	approving := w.north
	approving.Offline = attendance.OfflineApproval
	if err := w.ChangeSite(ctx, w.admin.Actor(), approving); err != nil {
		t.Fatal(err)
	}
	anna := w.person(t, "Anna", "Berg", w.north.ID)
	pen := w.pen(t, w.admin.Org, w.north.ID)
	online, offline, changed, open := pen.punch(anna.ID, ""), pen.punchOffline(anna.ID), pen.punchOffline(anna.ID), pen.punchOffline(anna.ID)
	w.deliver(t, pen, online, offline, changed, open)
	must(w.DecidePunches(ctx, w.admin.Actor(), verdict(attendance.Rejected, idOf(offline), idOf(changed))))(t)
	must(w.DecidePunches(ctx, w.managerNorth.Actor(), attendance.Decision{Verdict: attendance.Approved, Was: attendance.Rejected, IDs: []attendance.PunchID{idOf(changed)}}))(t)
	p := must(w.write.Dialect.(interface {
		Migrations() (*goose.Provider, error)
	}).Migrations())(t)
	if w.write.bulk() {
		defer func() {
			if err := p.Close(); err != nil {
				t.Error(err)
			}
		}()
	}
	must(p.DownTo(ctx, 25))(t)
	if n := w.number(t, `SELECT count(*) FROM punches`); n != 4 {
		t.Errorf("%d punches in the earlier version", n)
	}
	var choice string
	if err := w.read.QueryRowContext(ctx, `SELECT offline FROM sites WHERE id = ?`, w.north.ID).Scan(&choice); err != nil || choice != "allowed" {
		t.Errorf("the site has chosen %q in the earlier version, %v", choice, err)
	}
	must(p.Up(ctx))(t)
	s := must(on.open(ctx, w.at, w.clock.now))(t)
	defer s.Close() //nolint:errcheck // it is this test's own
	again := *w
	again.Store = s
	for id, want := range map[attendance.PunchID]string{idOf(online): "|", idOf(offline): "rejected|" + w.admin.Name, idOf(changed): "approved|" + w.managerNorth.Name, idOf(open): "waiting|"} {
		if got, by := again.stand(t, id); string(got)+"|"+by != want {
			t.Errorf("%s stands %q by %q, want %q", id, got, by, want)
		}
	}
}
