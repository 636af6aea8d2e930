package e2e_test

import (
	"bytes"
	"encoding/json"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"muster/cloud/store/postgrestest"
)

// Tablets whose cloud is killed are at the other one, and the console knows;
// beside an address that says nothing they find one that answers.
func TestFailover(t *testing.T) {
	t.Parallel()
	const tablets = 8
	ctx := patient(t)
	cmd := exec.CommandContext(ctx, programs.Sim, "failover", "-n", strconv.Itoa(tablets), "--young", "0s", "--old", "0s", "--only", "young,mute,deaf",
		"--json", "--bin", filepath.Dir(programs.Sim), "--dir", filepath.Join(t.TempDir(), "pair"))
	var said bytes.Buffer
	cmd.Stderr = &said
	out, err := cmd.Output()
	if strings.Contains(said.String(), postgrestest.ErrMissing.Error()) {
		t.Skip(postgrestest.ErrMissing)
	}
	if err != nil {
		t.Fatalf("%v: %s", err, &said)
	}
	var all []struct {
		Name    string
		Tablets int
		Session []time.Duration `json:"session_ns"`
		Console []time.Duration `json:"console_ns"`
		Waited  *int
	}
	if err := json.Unmarshal(out, &all); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if len(all) != 3 {
		t.Fatalf("figures: %s", out)
	}
	for i, a := range all {
		if len(a.Session) != a.Tablets || i < 1 && (len(a.Console) != a.Tablets || a.Tablets < tablets/2) || i >= 1 && a.Tablets != tablets {
			t.Errorf("%+v", a)
		}
		if a.Waited == nil || *a.Waited != 0 {
			t.Errorf("somebody tried no other address before the one that doesn't answer was given up: %+v", a)
		}
	}
}
