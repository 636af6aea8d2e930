package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"muster/access"
)

// The command on a running cloud's folder: well at first, and when somebody has
// changed a row behind its back it says where and fails.
func TestVerifyCommand(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	c := startCloudIn(t, data)
	c.org, c.site, c.anna = c.organisation("Acme")
	c.admin = access.Actor{Org: c.org, Role: access.OrgAdmin}
	d := newTablet(t, c).activate().connect()
	d.acked(d.punch(), d.punch(), d.punch())
	v := verifyCommand{where: where{Data: data}}
	if err := v.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	c.exec(`DROP TRIGGER raw_rows_no_update`)
	c.exec(`UPDATE raw_rows SET device_time = device_time - 3600000000 WHERE seq = 2`)
	if err := v.Run(t.Context()); err == nil || !strings.Contains(err.Error(), "broken in 1 places") {
		t.Errorf("after a change: %v", err)
	}
	var said bytes.Buffer
	if err := v.check(t.Context(), c.store, &said); err == nil {
		t.Error("no error")
	}
	if out := said.String(); !strings.Contains(out, d.reply.Device) || !strings.Contains(out, "! row 2: changed:") || strings.Contains(out, "row 3:") {
		t.Errorf("it says:\n%s", out)
	}
	v.JSON, v.Device = true, d.reply.Device
	said.Reset()
	if err := v.check(t.Context(), c.store, &said); err == nil {
		t.Error("no error with --json")
	}
	var got verified
	if err := json.Unmarshal(said.Bytes(), &got); err != nil || got.Broken != 1 || got.Rows != 3 || len(got.Journals) != 1 || got.Journals[0].Faults[0].From != 2 {
		t.Errorf("%v: %s", err, &said)
	}
	v.Device = "nothing"
	if err := v.check(t.Context(), c.store, &said); !errors.Is(err, access.ErrNotFound) {
		t.Errorf("a tablet that isn't there: %v", err)
	}
	v.Data = t.TempDir()
	if err := v.Run(t.Context()); err == nil {
		t.Error("a folder without a cloud is well")
	}
}
