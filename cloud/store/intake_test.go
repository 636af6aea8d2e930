package store

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"

	"muster/access"
	"muster/attendance"
	"muster/intake"
	"muster/invite"
	"muster/sync/wire"
)

// taken is a list that a worker has taken on.
func (w *world) taken(t *testing.T, actor access.Actor, kind intake.Kind, site attendance.SiteID) intake.Job {
	t.Helper()
	id := must(w.StartIntake(t.Context(), actor, intake.Upload{Kind: kind, Name: "secret-list.csv", File: []byte("x"), Site: site}))(t)
	j := must(w.TakeIntake(t.Context(), string("worker of "+id), w.soon()))(t)
	if j.ID != id || j.Stage != intake.Reading {
		t.Fatalf("%+v", j)
	}
	if err := w.BeginIntake(t.Context(), j, intake.Sheet{Columns: []intake.Column{{Letter: "A", Field: intake.Email}}, Lines: 9}, w.soon()); err != nil {
		t.Fatal(err)
	}
	return j
}

func (w *world) soon() time.Time { return w.clock.now().Add(time.Minute) }

func (w *world) checked(t *testing.T, actor access.Actor, site attendance.SiteID, records ...intake.Record) intake.Job {
	t.Helper()
	j := w.taken(t, actor, intake.People, site)
	rows := make([]intake.Row, len(records))
	for i, r := range records {
		rows[i] = intake.Row{Line: i + 2, Record: r}
	}
	if err := errors.Join(w.CheckRows(t.Context(), j, rows, w.soon()), w.EndReading(t.Context(), j, intake.Problem{}, w.soon())); err != nil {
		t.Fatal(err)
	}
	return j
}

// listOf is a list that was checked, of somebody who is known.
func (w *world) listOf(t *testing.T, p attendance.Profile, actor access.Actor) intake.ID {
	t.Helper()
	id := w.checked(t, actor, "", intake.Record{Number: p.Number}).ID
	must(w.StartIntake(t.Context(), actor, intake.Upload{Kind: intake.Choice, Name: "unread.csv", File: []byte("x")}))(t)
	return id
}

// write has a list written that was checked.
func (w *world) writeList(t *testing.T, j intake.Job) {
	t.Helper()
	if err := w.ConfirmIntake(t.Context(), w.admin.Actor(), j.ID, intake.Confirmation{}); err != nil {
		t.Fatal(err)
	}
	k := must(w.TakeIntake(t.Context(), j.Worker, w.soon()))(t)
	for more := true; more; {
		more = must(w.WriteRows(t.Context(), k, w.soon()))(t)
	}
	if err := w.EndWriting(t.Context(), k, w.soon()); err != nil {
		t.Fatal(err)
	}
}

// The tablets of a site hear of the people whom a list adds, changes and moves, and
// of nobody else.
func TestTabletsHearOfWhomAListBrings(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, admin := t.Context(), w.admin.Actor()
	old := w.person(t, "Olga", "Old", w.north.ID)
	if err := w.SetContact(ctx, admin, old.ID, invite.Contact{ExternalID: "X0"}); err != nil {
		t.Fatal(err)
	}
	j := w.checked(t, admin, w.south.ID,
		intake.Record{ExternalID: "X0", LastName: "Altmann", Sites: []attendance.SiteID{w.south.ID}},
		intake.Record{ExternalID: "X1", FirstName: "Anna", LastName: "Berg", Email: "anna@b.example", Sites: []attendance.SiteID{w.north.ID, w.south.ID}},
		intake.Record{Email: "ben@b.example", LastName: "Stone"},
	)
	w.writeList(t, j)
	for site, want := range map[attendance.SiteID]map[string]bool{
		w.north.ID: {"Anna Berg": true, "gone": true}, w.south.ID: {"Anna Berg": true, "Olga Altmann": true, "Stone": true},
	} {
		got := map[string]bool{}
		for _, c := range w.changes(t, site) {
			if p := c.GetProfile(); p != nil {
				got[attendance.Profile{FirstName: p.GetFirstName(), LastName: p.GetLastName()}.Name()] = true
			}
			if c.GetProfileGone() == string(old.ID) {
				got["gone"] = true
			}
		}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%v, want %v", got, want)
		}
	}
}

// changes is what a site's feed has for tablets, from its beginning.
func (w *world) changes(t *testing.T, site attendance.SiteID) []*wire.Change {
	t.Helper()
	bodies := must(collect(t.Context(), w.read, scanOne[[]byte], `SELECT change FROM feed WHERE site = ? ORDER BY version`, site))(t)
	versions := must(collect(t.Context(), w.read, scanOne[int64], `SELECT version FROM feed WHERE site = ? ORDER BY version`, site))(t)
	var head int64
	if err := w.read.QueryRowContext(t.Context(), `SELECT feed_head FROM sites WHERE id = ?`, site).Scan(&head); err != nil {
		t.Fatal(err)
	}
	if n := len(versions); n > 0 && versions[n-1] != head {
		t.Errorf("the head is %d, the last change %d", head, versions[n-1])
	}
	var all []*wire.Change
	for _, b := range bodies {
		c := new(wire.Change)
		if err := proto.Unmarshal(b, c); err != nil {
			t.Fatal(err)
		}
		all = append(all, c)
	}
	return all
}

// Two workers never have the same list; who was too slow writes nothing more.
func TestOneWorkerForAList(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := t.Context()
	j := w.taken(t, w.admin.Actor(), intake.People, w.north.ID)
	if k := must(w.TakeIntake(ctx, "another", w.soon()))(t); k.ID != "" {
		t.Fatalf("two have it: %+v", k)
	}
	w.clock.forward(2 * time.Minute)
	k := must(w.TakeIntake(ctx, "another", w.soon()))(t)
	if k.ID != j.ID {
		t.Fatal("nobody goes on with it")
	}
	rows := []intake.Row{{Line: 2, Record: intake.Record{LastName: "Berg"}}}
	if err := w.CheckRows(ctx, j, rows, w.soon()); !errors.Is(err, access.ErrConflict) {
		t.Errorf("the slow one: %v", err)
	}
	if err := w.CheckRows(ctx, k, rows, w.soon()); err != nil {
		t.Error(err)
	}
}

// Two lists with the same people written at the same time make each of them once.
func TestTwoListsAtTheSameTime(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const n = 60
	var records []intake.Record
	for i := range n {
		records = append(records, intake.Record{ExternalID: fmt.Sprint("X", i), Email: fmt.Sprintf("p%d@b.example", i), LastName: "Berg"})
	}
	jobs := []intake.Job{w.checked(t, w.admin.Actor(), w.north.ID, records...), w.checked(t, w.admin.Actor(), w.south.ID, records...)}
	for i, j := range jobs {
		if err := w.ConfirmIntake(t.Context(), w.admin.Actor(), j.ID, intake.Confirmation{}); err != nil {
			t.Fatal(err)
		}
		jobs[i] = must(w.TakeIntake(t.Context(), j.Worker, w.soon()))(t)
		w.clock.forward(2 * time.Minute) // the first worker is slow: it is taken for dead
	}
	var both sync.WaitGroup
	for _, j := range jobs {
		both.Go(func() {
			if _, err := w.WriteRows(t.Context(), j, w.soon()); err != nil {
				t.Error(err)
			}
		})
	}
	both.Wait()
	sums := map[intake.Verdict]int{}
	for _, j := range jobs {
		for verdict, k := range must(w.Intake(t.Context(), w.admin.Actor(), j.ID))(t).Counts {
			sums[verdict] += k
		}
	}
	total := must(w.Members(t.Context(), w.admin.Actor(), attendance.MemberQuery{}))(t).Total
	if total != n || sums[intake.New] != n || sums[intake.Same] != n {
		t.Errorf("%d people, %v", total, sums)
	}
}

// Old lists go by themselves: their rows are about people.
func TestOldListsAreForgotten(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	j := w.checked(t, w.admin.Actor(), w.north.ID, intake.Record{LastName: "Berg"})
	w.clock.forward(29 * 24 * time.Hour)
	if err := w.ForgetIntakes(t.Context()); err != nil {
		t.Fatal(err)
	}
	must(w.Intake(t.Context(), w.admin.Actor(), j.ID))(t)
	w.clock.forward(2 * 24 * time.Hour)
	if err := w.ForgetIntakes(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Intake(t.Context(), w.admin.Actor(), j.ID); !errors.Is(err, access.ErrNotFound) {
		t.Error(err)
	}
	left := must(collect(t.Context(), w.read, scanOne[int], `SELECT (SELECT count(*) FROM intake_rows) + (SELECT count(*) FROM intake_files)`))(t)
	if left[0] != 0 {
		t.Errorf("%d rows are left", left[0])
	}
}

// A row that collides with something nobody foresaw stops no other.
func TestOneListedRowStopsNoOther(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	j := w.checked(t, w.admin.Actor(), w.north.ID, intake.Record{LastName: "Before"}, intake.Record{LastName: "Collides"}, intake.Record{LastName: "After"})
	taken := w.person(t, "Tina", "There", w.north.ID)
	w.exec(t, `UPDATE intake_rows SET person = ? WHERE intake = ? AND line = 3`, taken.ID, j.ID) // the id of somebody who is there
	w.writeList(t, j)
	v := must(w.Intake(t.Context(), w.admin.Actor(), j.ID))(t)
	total := must(w.Members(t.Context(), w.admin.Actor(), attendance.MemberQuery{}))(t).Total
	if v.Counts[intake.New] != 2 || v.Counts[intake.Refused] != 1 || v.Written != 3 || total != 3 {
		t.Errorf("%+v, %d people", v, total)
	}
}
