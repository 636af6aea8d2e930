package rest_test

import (
	"bufio"
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"
)

// event is one that came over a live stream; the zero event is its end.
type event struct {
	name string
	data string
}

func (e event) text(field string) string {
	var v map[string]any
	if json.Unmarshal([]byte(e.data), &v) != nil {
		return ""
	}
	s, _ := v[field].(string)
	return s
}

// listen opens a live stream and returns its events once the first beat is in.
func (o *office) listen(token string) <-chan event {
	o.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	o.t.Cleanup(cancel)
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, o.URL+"/api/v1/live", nil)
	o.check(err)
	req.Header.Set("Authorization", "Bearer "+token)
	res, err := o.Client().Do(req)
	o.check(err)
	if res.StatusCode != 200 || res.Header.Get("Content-Type") != "text/event-stream" {
		o.t.Fatalf("%d %q", res.StatusCode, res.Header.Get("Content-Type"))
	}
	events := make(chan event, 100)
	go func() {
		defer close(events)
		defer res.Body.Close() //nolint:errcheck // the test has ended
		var e event
		for lines := bufio.NewScanner(res.Body); lines.Scan(); {
			switch line := lines.Text(); {
			case line == "":
				events <- e
				e = event{}
			case strings.HasPrefix(line, "event: "):
				e.name = line[len("event: "):]
			case strings.HasPrefix(line, "data: "):
				e.data += line[len("data: "):]
			}
		}
	}()
	if e := o.next(events); e.name != "beat" {
		o.t.Fatalf("a stream begins with %+v", e)
	}
	return events
}

func (o *office) next(events <-chan event) event {
	o.t.Helper()
	select {
	case e := <-events:
		return e
	case <-time.After(5 * time.Minute): // used up by a failure only
		o.t.Fatal("no event came")
		return event{}
	}
}

func TestLive(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	near, far, stranger := o.listen(o.viewer), o.listen(o.far), o.listen(o.stranger)
	org := o.orgID()
	o.edge.Announce(org, "device", o.device) // not what this stream is about
	id := o.arrive(o.north, o.device, o.anna)
	o.edge.Announce(org, "punch", id)
	o.edge.Announce(org, "refusal", o.refusal)
	if e := o.next(near); e.name != "punch" || e.text("id") != id || e.text("name") != "Annabella Bergmann" {
		t.Errorf("a punch: %+v", e)
	}
	if e := o.next(near); e.name != "refusal" || e.text("id") != o.refusal {
		t.Errorf("a refusal: %+v", e)
	}
	// The other manager is told of what comes after at their own site, so the
	// punches in the north have passed them by.
	south := o.arrive(o.south, o.device, o.anna)
	o.edge.Announce(org, "punch", south)
	if e := o.next(far); e.name != "punch" || e.text("id") != south {
		t.Errorf("for the southern manager: %+v", e)
	}
	select {
	case e := <-stranger:
		t.Errorf("another organisation is told %+v", e)
	default:
	}
}

// A stream ends with its token, and a change of reach holds for it too.
func TestLiveEndsWithItsToken(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	events := o.listen(o.viewer)
	o.want(200, o.request("PATCH", "/api/v1/users/"+o.user, o.admin, object{"sites": []string{o.south}}))
	o.edge.Announce(o.orgID(), "punch", o.arrive(o.north, o.device, o.anna))
	south := o.arrive(o.south, o.device, o.anna)
	o.edge.Announce(o.orgID(), "punch", south)
	if e := o.next(events); e.text("id") != south {
		t.Errorf("after moving south: %+v", e)
	}
	o.want(200, o.request("PATCH", "/api/v1/users/"+o.user, o.admin, object{"disabled": true}))
	o.edge.Announce(o.orgID(), "punch", o.arrive(o.south, o.device, o.anna))
	if e := o.next(events); e != (event{}) {
		t.Errorf("after being disabled: %+v", e)
	}
}
