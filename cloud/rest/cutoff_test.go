package rest_test

import (
	"testing"
	"time"
)

// A cloud that is killed between a change and its answer: the same request again doesn't
// make the change twice, and says so. Where nothing had been committed it is simply done,
// and an order of invitations is the same order.
func TestTheSameRequestAfterItWasCutOff(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	add := func() answer {
		return o.again("POST", "/api/v1/employees", o.admin, object{"last_name": "Once", "sites": []string{o.north}}, "Idempotency-Key", "cut")
	}
	count := func() any {
		return o.want(200, o.request("GET", "/api/v1/employees?text=Once", o.admin, nil)).at("total")
	}
	o.want(201, add())
	o.killed()
	if a := o.want(409, add()); a.text("code") != "still-running" {
		t.Errorf("at once: %s", a.raw)
	}
	o.clock.forward(3 * time.Minute)
	if a := o.want(409, add()); a.text("code") != "outcome-unknown" || count() != 1.0 {
		t.Errorf("later: %s; %v of them", a.raw, count())
	}
	o.want(409, add())
	if n := count(); n != 1.0 {
		t.Errorf("%v of them", n)
	}

	// Nothing had been committed: it is done now.
	o.want(201, o.again("POST", "/api/v1/employees", o.admin, object{"last_name": "Late", "sites": []string{o.north}}, "Idempotency-Key", "late"))
	o.killedBefore()
	o.clock.forward(3 * time.Minute)
	o.want(201, o.again("POST", "/api/v1/employees", o.admin, object{"last_name": "Late", "sites": []string{o.north}}, "Idempotency-Key", "late"))

	order := func() answer {
		return o.again("POST", "/api/v1/batches", o.admin, object{"to": object{"all": true}}, "Idempotency-Key", "order")
	}
	first := o.want(201, order())
	o.killed()
	o.clock.forward(3 * time.Minute)
	if a := o.want(201, order()); a.text("id") != first.text("id") {
		t.Errorf("another order: %s", a.raw)
	}
}

// killed is what is left of requests where the cloud was killed before it kept the answer.
func (o *office) killed() { o.exec(`UPDATE repeats SET status = 0, answer = ?`, []byte{}) }

// killedBefore is the same where nothing of them had been committed.
func (o *office) killedBefore() {
	o.exec(`UPDATE repeats SET status = 0, changed = 0, answer = ?`, []byte{})
}
