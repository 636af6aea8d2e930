package rest_test

import (
	"fmt"
	"sync"
	"testing"
)

// Of many programs that go by the same version exactly one changes a thing; the
// others are told that it has changed.
func TestTwoWhoGoByOneVersion(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	anna := "/api/v1/employees/" + o.anna
	site := "/api/v1/sites/" + o.want(200, o.request("GET", "/api/v1/sites", o.admin, nil)).text("items.0.id")
	for _, c := range []struct {
		method, path, get string
		body              func(i int) any
	}{
		{"PATCH", anna, anna, func(i int) any { return object{"first_name": fmt.Sprint("Anna", i)} }},
		{"PATCH", site, site, func(i int) any { return object{"name": fmt.Sprint("North", i)} }},
		{"PUT", anna + "/contact", anna + "/contact", func(i int) any { return object{"external_id": fmt.Sprint("E", i)} }},
		{"PATCH", "/api/v1/policy", "/api/v1/policy", func(i int) any { return object{"link_hours": 50 + i} }},
		{"PUT", "/api/v1/templates/invite/email/de", "/api/v1/templates/invite/email/de", func(i int) any { return object{"subject": fmt.Sprint("s", i), "body": "{link}"} }},
	} {
		t.Run(c.method+" "+c.path, func(t *testing.T) {
			version := o.want(200, o.request("GET", c.get, o.admin, nil)).header.Get("ETag")
			if version == "" {
				t.Fatal("no ETag")
			}
			const n = 6
			answers := make(chan answer, n)
			var all sync.WaitGroup
			for i := range n {
				all.Go(func() { answers <- o.again(c.method, c.path, o.admin, c.body(i), "If-Match", version) })
			}
			all.Wait()
			close(answers)
			made := 0
			for a := range answers {
				switch a.status {
				case 200:
					made++
				case 412:
					if a.text("code") != "changed-meanwhile" {
						t.Errorf("%s", a.raw)
					}
				default:
					t.Errorf("%d %s", a.status, a.raw)
				}
			}
			if made != 1 {
				t.Errorf("%d of %d changed it", made, n)
			}
		})
	}
	if a := o.again("DELETE", anna, o.admin, nil, "If-Match", `"old"`); a.status != 412 {
		t.Errorf("removed whatever they are like: %d %s", a.status, a.raw)
	}
	o.want(204, o.again("DELETE", anna, o.admin, nil, "If-Match", o.want(200, o.request("GET", anna, o.admin, nil)).header.Get("ETag")))
}
