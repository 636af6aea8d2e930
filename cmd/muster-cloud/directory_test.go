package main

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"muster/access"
	"muster/attendance"
)

// W22, L1: the running cloud, told by a directory as Entra ID does it: who was here
// before is taken over, a newcomer comes in by the group and is invited, and goes.
func TestW22L1ADirectoryTellsTheRunningCloud(t *testing.T) {
	t.Parallel()
	c := startCloud(t)
	user, token := attendance.NewID[access.UserID](), rand.Text()
	hash := sha256.Sum256([]byte(token))
	c.exec(`INSERT INTO users (id, org, email, name, role, created_at) VALUES (?, ?, 'admin@acme.example', 'Ada', ?, 1)`, user, c.org, access.OrgAdmin)
	c.exec(`INSERT INTO tokens (hash, purpose, org, user_id, name, created_at, expires_at, scopes, auto_invite) VALUES (?, 'api', ?, ?, 'Entra ID', 1, 0, 'accounts:manage', TRUE)`, hash[:], c.org, user)
	ask := func(method, path, body string, want int) map[string]any {
		t.Helper()
		r, err := http.NewRequestWithContext(c.ctx(), method, c.HTTPURL+"/scim/v2"+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer "+token)
		r.Header.Set("Content-Type", "application/scim+json")
		res, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close() //nolint:errcheck // it has been read
		raw := new(bytes.Buffer)
		if _, err := raw.ReadFrom(res.Body); err != nil {
			t.Fatal(err)
		}
		if res.StatusCode != want {
			t.Fatalf("%s %s: %d %s", method, path, res.StatusCode, raw)
		}
		var v map[string]any
		if raw.Len() > 0 {
			if err := json.Unmarshal(raw.Bytes(), &v); err != nil {
				t.Fatalf("%s %s: %s", method, path, raw)
			}
		}
		return v
	}
	c.exec(`UPDATE profiles SET email = 'anna@acme.example' WHERE id = ?`, c.anna)
	found := ask("GET", "/Users?filter=userName+eq+%22anna@acme.example%22", "", 200)
	if people, _ := found["Resources"].([]any); len(people) != 1 || people[0].(map[string]any)["id"] != string(c.anna) {
		t.Fatalf("Anna isn't found: %v", found)
	}
	ask("PATCH", "/Users/"+string(c.anna), `{"Operations":[{"op":"Replace","path":"externalId","value":"oid-anna"}]}`, 200)
	id, _ := ask("POST", "/Users", `{"userName":"ben@acme.example","active":true,"name":{"givenName":"Ben","familyName":"Berg"},"emails":[{"value":"ben@acme.example","type":"work","primary":true}]}`, 201)["id"].(string)
	group, _ := ask("POST", "/Groups", `{"displayName":"Head office people","members":[]}`, 201)["id"].(string)
	ask("PATCH", "/Groups/"+group, `{"Operations":[{"op":"Add","path":"members","value":[{"value":"`+id+`"}]}]}`, 204)
	if n := c.count(`SELECT count(*) FROM profile_sites WHERE profile = ?`, id); n != 0 {
		t.Error("Ben is in before anybody let the group in")
	}
	if err := c.store.SetUnit(c.ctx(), c.admin, "Head office people", c.site); err != nil {
		t.Fatal(err)
	}
	if n := c.count(`SELECT count(*) FROM profile_sites s JOIN profiles p ON p.id = s.profile WHERE p.id = ? AND p.membership = 'accepted' AND p.account = 'inactive'`, id); n != 1 {
		t.Error("Ben isn't in, or was invited by somebody whose box isn't ticked")
	}
	cleo, _ := ask("POST", "/Users", `{"userName":"cleo@acme.example","name":{"familyName":"Cole"},"emails":[{"value":"cleo@acme.example"}]}`, 201)["id"].(string)
	ask("PATCH", "/Groups/"+group, `{"Operations":[{"op":"Add","path":"members","value":[{"value":"`+cleo+`"}]}]}`, 204)
	if n := c.count(`SELECT count(*) FROM profiles WHERE id = ? AND account = 'invited'`, cleo); n != 1 {
		t.Error("Cleo isn't invited")
	}
	if n := c.count(`SELECT count(*) FROM audit WHERE via = 'api' AND token = 'Entra ID' AND action IN ('add-profile', 'add-group', 'change-group', 'set-contact')`); n != 6 {
		t.Errorf("%d of 6 things are in the audit log", n)
	}
	ask("PATCH", "/Users/"+id, `{"Operations":[{"op":"Replace","path":"active","value":"False"}]}`, 200)
	if n := c.count(`SELECT count(*) FROM profiles WHERE id = ? AND account = 'deactivated' AND blocked AND membership = 'outside'`, id); n != 1 {
		t.Error("Ben isn't gone")
	}
	ask("DELETE", "/Users/"+id, "", 204)
}

// A token has one pace, whichever way its program comes: what it asks of the API it can't ask
// as a directory once more.
func TestOnePaceOfAToken(t *testing.T) {
	t.Parallel()
	c := startCloudWith(t, serveCommand{Data: t.TempDir(), APIRate: 1}).found()
	user, token := attendance.NewID[access.UserID](), rand.Text()
	hash := sha256.Sum256([]byte(token))
	c.exec(`INSERT INTO users (id, org, email, name, role, created_at) VALUES (?, ?, 'admin@acme.example', 'Ada', ?, 1)`, user, c.org, access.OrgAdmin)
	c.exec(`INSERT INTO tokens (hash, purpose, org, user_id, name, created_at, expires_at, scopes) VALUES (?, 'api', ?, ?, 'both', 1, 0, 'accounts:manage')`, hash[:], c.org, user)
	began, allowed := time.Now(), 0
	for range 12 { // of each: as many as may be saved up
		for _, path := range []string{"/api/v1/employees", "/scim/v2/Users"} {
			r, err := http.NewRequestWithContext(c.ctx(), http.MethodGet, c.HTTPURL+path, nil)
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set("Authorization", "Bearer "+token)
			res, err := http.DefaultClient.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			if err := res.Body.Close(); err != nil {
				t.Fatal(err)
			}
			if res.StatusCode != http.StatusTooManyRequests {
				allowed++
			}
		}
	}
	if most := 13 + int(time.Since(began)/time.Second); allowed > most || allowed < 12 {
		t.Errorf("%d requests are answered, of 12 that were saved up, in %s", allowed, time.Since(began))
	}
}
