package store

import (
	"context"
	"database/sql"
	"regexp"
	"strings"
	"testing"

	"muster/access"
	"muster/attendance"
	"muster/invite"
)

// planner notes how SQLite means to run each query that goes through it.
type planner struct {
	querier
	steps []string
}

func (p *planner) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	steps, err := collect(ctx, p.querier, func(r *sql.Rows, s *string) error {
		var id, parent, unused int
		return r.Scan(&id, &parent, &unused, s)
	}, `EXPLAIN QUERY PLAN `+query, args...)
	if err != nil {
		return nil, err
	}
	p.steps = append(p.steps, steps...)
	return p.querier.QueryContext(ctx, query, args...)
}

// Lists are read from an index in their order, however much there is: no table is
// gone through from end to end, nothing is sorted first.
func TestListsUseIndexes(t *testing.T) {
	t.Parallel()
	if _, ok := on.(files); !ok {
		t.Skip("PostgreSQL plans by how much there is; with this little it goes through everything")
	}
	w := newWorld(t)
	ctx, admin, manager := t.Context(), w.admin.Actor(), w.managerNorth.Actor()
	cursorOf := cursor{Sort: []byte("x"), At: 5, ID: "x"}.String()
	log := func(actor access.Actor, query attendance.LogQuery) *where { return must(logClause(actor, query))(t) }
	waiting := func(actor access.Actor, query attendance.LogQuery) *where {
		query.Approval = attendance.ApprovalWaiting
		return must(punchClause(actor, query))(t)
	}
	for what, c := range map[string]struct {
		run  func(q querier) error
		uses string
	}{
		"people": {func(q querier) error {
			_, err := findPeople(ctx, q, must(memberClause(admin, attendance.MemberQuery{}))(t).and("(p.sort_key, p.id) > (?, ?)", []byte("x"), "x"), 50)
			return err
		}, "profiles_by_name"},
		"people, manager": {func(q querier) error {
			_, err := findPeople(ctx, q, must(memberClause(manager, attendance.MemberQuery{Text: "x", Site: w.north.ID}))(t), 50)
			return err
		}, "profiles_by_name"},
		"sites and cards": {func(q querier) error {
			_, err := members(ctx, q, manager, []person{{profile: attendance.Profile{ID: "x"}}})
			return err
		}, "cards_by_profile"},
		"punches": {func(q querier) error {
			_, err := findEntries(ctx, q, admin, log(admin, attendance.LogQuery{Before: cursorOf}), 50)
			return err
		}, "punches_by_time"},
		"punches of a site": {func(q querier) error {
			_, err := findEntries(ctx, q, admin, log(admin, attendance.LogQuery{Site: w.north.ID, From: w.clock.now()}), 50)
			return err
		}, "punches_by_site"},
		"punches of a person": {func(q querier) error {
			_, err := findEntries(ctx, q, admin, log(admin, attendance.LogQuery{Profile: "x", Before: cursorOf}), 50)
			return err
		}, "punches_by_profile"},
		"punches that wait": {func(q querier) error {
			_, err := findEntries(ctx, q, admin, waiting(admin, attendance.LogQuery{Before: cursorOf}), 50)
			return err
		}, "punches_by_approval"},
		"punches that wait, manager": {func(q querier) error {
			_, err := findEntries(ctx, q, manager, waiting(manager, attendance.LogQuery{Site: w.north.ID}), 50)
			return err
		}, "punches_by_approval"},
		"how many wait": {func(q querier) error {
			_, err := countPunches(ctx, q, waiting(manager, attendance.LogQuery{}))
			return err
		}, "punches_by_approval"},
		"refusals": {func(q querier) error {
			_, err := findRefusals(ctx, q, log(admin, attendance.LogQuery{Before: cursorOf}), 50)
			return err
		}, "refusals_by_time"},
		"refusals of a site": {func(q querier) error {
			_, err := findRefusals(ctx, q, log(admin, attendance.LogQuery{Site: w.north.ID}), 50)
			return err
		}, "refusals_by_site"},
		"invitations": {func(q querier) error {
			_, err := findInvited(ctx, q, must(invitationClause(admin, invite.Filter{Email: "x"}))(t).and("(p.sort_key, p.id) > (?, ?)", []byte("x"), "x"), 50)
			return err
		}, "profiles_by_name"},
		"invitations of a status": {func(q querier) error {
			f := invite.Filter{Status: []invite.Status{invite.Problem}, Reachable: invite.ByEmail, Text: "x"}
			_, err := findInvited(ctx, q, must(invitationClause(manager, f))(t).and("(p.sort_key, p.id) > (?, ?)", []byte("x"), "x"), 50)
			return err
		}, "profiles_by_status"},
		"a text among invitations": {func(q querier) error {
			_, err := findInvited(ctx, q, must(invitationClause(admin, invite.Filter{Text: "x", Email: "y", Phone: "1", ExternalID: "z"}))(t), 50)
			return err
		}, "profiles_by_name"},
		"reasons": {func(q querier) error {
			f := invite.Filter{Status: []invite.Status{invite.Problem}}
			_, err := countBy[invite.Reason](ctx, q, "p.reason", "profiles p", must(invitationClause(admin, f))(t).and("p.reason != ''"))
			return err
		}, "COVERING INDEX profiles_by_reason"},
		"reachable": {func(q querier) error {
			_, err := countBy[invite.Reachable](ctx, q, reachableBy, "profiles p", must(invitationClause(admin, invite.Filter{Text: "x"}))(t))
			return err
		}, "COVERING INDEX profiles_by_name"},
		"people of sites": {func(q querier) error {
			_, err := countSites(ctx, q, admin, invite.Filter{})
			return err
		}, "COVERING INDEX profile_sites_by_site"},
		"users": {func(q querier) error {
			w := inOrg("org", admin)
			_, err := findUsers(ctx, q, w.sql+` ORDER BY email`, w.args...)
			return err
		}, "users_by_org"},
	} {
		p := &planner{querier: w.read}
		if err := c.run(p); err != nil {
			t.Errorf("%s: %v", what, err)
		}
		plan := strings.Join(p.steps, "\n")
		if !strings.Contains(plan, c.uses) {
			t.Errorf("%s doesn't use %s:\n%s", what, c.uses, plan)
		}
		scan := regexp.MustCompile(`SCAN (?:json_each|CONSTANT)`).ReplaceAllString(plan, "")
		if strings.Contains(scan, "SCAN") || what != "sites and cards" && strings.Contains(plan, "TEMP B-TREE FOR ORDER BY") {
			t.Errorf("%s goes through everything:\n%s", what, plan)
		}
	}
}
