package main

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"muster/attendance"
)

// send makes a request and returns status and body.
func (b *bench) send(method, path, body string, change ...func(*http.Request)) (int, string) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.t.Context(), generous)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, b.at+path, strings.NewReader(body))
	if err != nil {
		b.t.Fatal(err)
	}
	for _, f := range change {
		f(req)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		b.t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	answer, err := io.ReadAll(res.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	return res.StatusCode, string(answer)
}

func (b *bench) want(status int, method, path, body string, parts ...string) {
	b.t.Helper()
	got, answer := b.send(method, path, body)
	if got != status {
		b.t.Errorf("%s %s %s = %d %s, want %d", method, path, body, got, answer, status)
	}
	for _, p := range parts {
		if !strings.Contains(answer, p) {
			b.t.Errorf("%s %s %s answers %s without %q", method, path, body, answer, p)
		}
	}
}

// next waits for a tap of the program that reads.
func (b *bench) next() attendance.Tap {
	b.t.Helper()
	select {
	case tap := <-b.rd.Taps():
		return tap
	case <-time.After(generous):
		b.t.Fatal("no tap came")
		return attendance.Tap{}
	}
}

func TestTapByHTTP(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.read()
	b.want(200, "POST", "/api/tap", `{"card":"anna"}`, `"uid":"3a01a7c4"`, `"read":true`)
	if got := b.next().UID; string(got) != "\x3a\x01\xa7\xc4" {
		t.Errorf("tapped % x", got)
	}
	b.want(200, "POST", "/api/tap", `{"uid":"04:A1 b2c3","hold_ms":1}`, `"uid":"04a1b2c3"`)
	if got := b.next().UID; string(got) != "\x04\xa1\xb2\xc3" {
		t.Errorf("tapped % x", got)
	}
	if v, _ := b.desk.view(); len(v.Lying) != 0 {
		t.Errorf("after the taps %v lies on the reader", v.Lying)
	}
}

func TestPutAndOff(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.want(200, "GET", "/api/cards", "", `"name":"anna"`, `"on":false`, "reported lost")
	b.want(200, "POST", "/api/put", `{"card":"Boris"}`, `"lying":[{"name":"boris","uid":"04b0715a6e2980","read":false}]`)
	b.want(200, "POST", "/api/put", `{"uid":"01020304"}`, `"name":"01020304"`)
	b.want(200, "POST", "/api/off", `{"uid":"01020304"}`, `"lying":[{"name":"boris"`)
	b.want(200, "POST", "/api/off", ``, `"lying":[]`)
	b.read()
	b.want(200, "POST", "/api/put", `{"card":"chen","hold_ms":20}`)
	b.next()
	b.until("the card goes off by itself", func(v view) bool { return len(v.Lying) == 0 })
	b.want(200, "POST", "/api/put", `{"card":"dora"}`)
	b.next()
	b.until("the card was read", func(v view) bool { return len(v.Lying) == 1 && v.Lying[0].Read })
}

func TestFaultsAndCable(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.want(200, "GET", "/api/faults", "", "ats-zero", "silence")
	b.want(200, "POST", "/api/fault", `{"kind":"silence","times":-1}`, `"faults":["silence"]`)
	b.want(200, "POST", "/api/fault", `{"kind":"clear"}`, `"faults":[]`)
	b.want(200, "POST", "/api/unplug", ``, `"plugged":false`)
	b.want(409, "POST", "/api/tap", `{"card":"anna"}`, "unplugged")
	b.want(200, "POST", "/api/plug", ``, `"plugged":true`, "/dev/pts/")
	b.want(200, "POST", "/api/fault", `{"kind":"unplug"}`, `"plugged":false`)
	b.want(200, "POST", "/api/fault", `{"kind":"plug"}`, `"plugged":true`)
}

func TestBadRequests(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.want(400, "POST", "/api/put", `{`)
	b.want(400, "POST", "/api/put", `{"colour":"red"}`, "colour")
	b.want(400, "POST", "/api/put", `{}`, "card or uid")
	b.want(400, "POST", "/api/put", `{"card":"anna","uid":"01020304"}`, "not both")
	b.want(400, "POST", "/api/put", `{"uid":"0102"}`, "4, 7 or 10 bytes")
	b.want(400, "POST", "/api/put", `{"uid":"zz"}`, "hexadecimal")
	b.want(404, "POST", "/api/put", `{"card":"nobody"}`, "nobody")
	b.want(400, "POST", "/api/put", `{"card":"anna","hold_ms":-1}`, "hold_ms")
	b.want(400, "POST", "/api/put", `{"card":"anna","hold_ms":99999999999}`)
	b.want(400, "POST", "/api/put", `{"card":"`+strings.Repeat("x", largestBody)+`"}`)
	b.want(400, "POST", "/api/fault", `{"kind":"boredom"}`, "boredom")
	b.want(400, "POST", "/api/fault", `{"kind":"silence","times":-2}`, "times")
	b.want(404, "GET", "/api/put", ``)
	b.want(404, "GET", "/api/nothing", ``)
}

// A card that nobody reads is taken off again, and the one who asked is told.
func TestTapThatNobodyReads(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.desk.within = time.Millisecond
	b.want(504, "POST", "/api/tap", `{"card":"anna"}`, "nobody read the card")
	if v, _ := b.desk.view(); len(v.Lying) != 0 {
		t.Errorf("%v lies on the reader", v.Lying)
	}
}

// Another site's page must be able to tap nothing and learn nothing.
func TestOtherSitesAreRefused(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	for name, change := range map[string]func(*http.Request){
		"origin":    func(r *http.Request) { r.Header.Set("Origin", "http://elsewhere.example") },
		"fetch":     func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "cross-site") },
		"rebinding": func(r *http.Request) { r.Host = "elsewhere.example" },
	} {
		if status, answer := b.send("POST", "/api/put", `{"card":"anna"}`, change); status != http.StatusForbidden {
			t.Errorf("%s: put = %d %s", name, status, answer)
		}
	}
	if status, _ := b.send("GET", "/api/state", "", func(r *http.Request) { r.Host = "elsewhere.example:8092" }); status != http.StatusForbidden {
		t.Errorf("state by another name = %d", status)
	}
	if v, _ := b.desk.view(); len(v.Lying) != 0 {
		t.Errorf("%v lies on the reader", v.Lying)
	}
	for _, host := range []string{"localhost", "127.0.0.1:80", "[::1]:80"} {
		if status, _ := b.send("GET", "/api/state", "", func(r *http.Request) { r.Host = host }); status != http.StatusOK {
			t.Errorf("state by %s = %d", host, status)
		}
	}
}

func TestEventsFollowTheDesk(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	ctx, cancel := context.WithTimeout(t.Context(), generous)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, b.at+"/api/events", nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	lines := bufio.NewScanner(res.Body)
	next := func() view {
		t.Helper()
		for lines.Scan() {
			if data, ok := strings.CutPrefix(lines.Text(), "data: "); ok {
				var v view
				if err := json.Unmarshal([]byte(data), &v); err != nil {
					t.Fatal(err)
				}
				return v
			}
		}
		t.Fatalf("the stream ended: %v", lines.Err())
		return view{}
	}
	if v := next(); !v.Plugged || len(v.Lying) != 0 {
		t.Errorf("at first %+v", v)
	}
	b.want(200, "POST", "/api/put", `{"card":"anna"}`)
	if v := next(); len(v.Lying) != 1 || v.Lying[0].Name != "anna" {
		t.Errorf("after put %+v", v)
	}
	b.want(200, "POST", "/api/unplug", ``)
	if v := next(); v.Plugged {
		t.Errorf("after unplug %+v", v)
	}
}

func TestCardsFile(t *testing.T) {
	t.Parallel()
	for content, problem := range map[string]string{
		`[{"name":"a","kind":"classic","uid":"01020304"},{"name":"p","kind":"phone"}]`: "",
		`[{"name":"a","kind":"classic","uid":"01020304"},{"name":"a","kind":"phone"}]`: "taken",
		`[{"name":"","kind":"phone"}]`:                   "empty",
		`[{"name":"a","kind":"paper","uid":"01020304"}]`: "paper",
		`[{"name":"a","kind":"ntag","uid":"01020304"}]`:  "7 bytes",
		`[{"name":"a","kind":"classic","uid":"x"}]`:      "hexadecimal",
		`{`: "read cards",
	} {
		path := filepath.Join(t.TempDir(), "cards.json")
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := loadDeck(path)
		if problem == "" && err != nil || problem != "" && (err == nil || !strings.Contains(err.Error(), problem)) {
			t.Errorf("%s: %v, want %q", content, err, problem)
		}
	}
	if _, err := loadDeck(filepath.Join(t.TempDir(), "none")); err == nil {
		t.Error("a file that is not there is no error")
	}
}
