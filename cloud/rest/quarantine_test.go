package rest_test

import (
	"slices"
	"strconv"
	"testing"

	"github.com/google/uuid"
	"google.golang.org/protobuf/proto"

	"muster/attendance"
	"muster/device"
	"muster/sync/wire"
)

// nobody is the id of a person whom the organisation doesn't have.
const nobody = "0199a0b0-0000-7000-8000-00000000dead"

// tell delivers a punch as the ingest would, in a stream of its own, and returns
// its id.
func (o *office) tell(dev string, m *wire.PunchPayload) string {
	o.t.Helper()
	body, err := proto.Marshal(m)
	o.check(err)
	r := device.Row{
		Stream: uuid.New(), Seq: 1, ID: uuid.Must(uuid.NewV7()), Kind: device.KindPunch, Payload: body,
		Clock: attendance.ClockReading{Device: o.clock.now(), BootID: "boot", Trust: attendance.TrustEstimated},
	}
	r.Hash = r.Sum()
	_, err = o.store.Deliver(o.t.Context(), []device.Delivery{{
		Org: attendance.OrgID(o.org), Device: attendance.DeviceID(dev), Received: o.clock.now(), Rows: []device.Row{r},
	}})
	o.check(err)
	return r.ID.String()
}

// entry returns the id of the newest thing that is in quarantine for a reason.
func (o *office) entry(reason string) string {
	o.t.Helper()
	var id int64
	o.check(o.db.QueryRow(`SELECT max(id) FROM quarantine WHERE reason = ?`, reason).Scan(&id))
	return strconv.FormatInt(id, 10)
}

func TestQuarantineOverTheAPI(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	const all = "/api/v1/quarantine"
	one := all + "/" + o.doubt
	a := o.want(200, o.request("GET", one, o.viewer, nil))
	if a.text("reason") != "unknown-profile" || a.text("punch.employee") != nobody || a.text("punch.direction") != "in" || a.text("punch.likely") != o.anna ||
		a.at("assignable") != true || a.at("repeatable") != true || a.at("resolution") != nil {
		t.Errorf("shown: %s", a.raw)
	}
	id := a.text("punch.punch")
	for body, field := range map[string]string{
		`{}`: "employee required", `{"employee": "x"}`: "employee unknown", `{"employee": "` + nobody + `"}`: "employee unknown",
	} {
		if a := o.request("POST", one+"/assign", o.manager, body); a.status != 422 || a.field() != field {
			t.Errorf("assign %s: %d %s", body, a.status, a.raw)
		}
	}
	if a := o.request("POST", one+"/dismiss", o.manager, `{"reason": " "}`); a.status != 422 || a.field() != "reason required" {
		t.Errorf("dismiss without a reason: %d %s", a.status, a.raw)
	}
	o.want(404, o.request("GET", all+"/x", o.admin, nil))
	o.want(404, o.request("GET", all+"/99999", o.admin, nil))

	a = o.want(200, o.request("POST", one+"/assign", o.manager, object{"employee": o.anna}))
	if a.text("resolution") != "assigned" || a.text("employee") != o.anna || a.text("resolved_by") != "Somebody" || a.text("resolved") == "" {
		t.Errorf("assigned: %s", a.raw)
	}
	o.want(409, o.request("POST", one+"/assign", o.admin, object{"employee": o.anna}))
	o.want(409, o.request("POST", one+"/dismiss", o.admin, object{"reason": "too late"}))
	list := o.want(200, o.request("GET", "/api/v1/punches", o.viewer, nil))
	found := slices.ContainsFunc(list.at("items").([]any), func(v any) bool {
		p := v.(map[string]any)
		return p["id"] == id && p["by_hand"] == true && p["employee"] == o.anna
	})
	if !found {
		t.Errorf("the punch isn't listed: %s", list.raw)
	}
}

func TestReprocessOverTheAPI(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	report := func(tried, matched float64) {
		t.Helper()
		a := o.want(200, o.request("POST", "/api/v1/quarantine/reprocess", o.manager, nil))
		if a.at("tried") != tried || a.at("matched") != matched {
			t.Errorf("%s, want %v of %v", a.raw, matched, tried)
		}
	}
	report(1, 0)
	o.exec(`INSERT INTO profiles (id, org, number, first_name, last_name, created_at, changed_at) VALUES (?, ?, '77', 'Late', 'Comer', 1, 1)`, nobody, o.org)
	report(1, 1)
	report(0, 0)
	o.want(403, o.request("POST", "/api/v1/quarantine/reprocess", o.viewer, nil))
	if a := o.want(200, o.request("GET", "/api/v1/quarantine/"+o.doubt, o.admin, nil)); a.text("resolution") != "reprocessed" || a.at("resolved_by") != nil {
		t.Errorf("afterwards: %s", a.raw)
	}
}
