package e2e_test

import (
	"encoding/json"
	"errors"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"muster/internal/swarm"
)

// fleet runs muster-sim fleet with a cloud of its own and returns its report, and
// how it ended.
func fleet(t *testing.T, args ...string) (swarm.Report, error) {
	t.Helper()
	ctx := patient(t)
	cmd := exec.CommandContext(ctx, programs.Sim, append([]string{
		"fleet", "--own-cloud", "--bin", filepath.Dir(programs.Sim), "--dir", filepath.Join(t.TempDir(), "fleet"), "--json", "--calm",
	}, args...)...)
	cmd.Stderr = t.Output()
	out, err := cmd.Output()
	var r swarm.Report
	if jsonErr := json.Unmarshal(out, &r); jsonErr != nil {
		t.Fatalf("no report: %v, %v: %s", err, jsonErr, out)
	}
	t.Logf("%+v", r)
	return r, err
}

// A small fleet in which everything goes wrong loses nothing.
func TestFleetLosesNothing(t *testing.T) {
	t.Parallel()
	r, err := fleet(t, "-n", "20", "--people", "40", "--for", "6s", "--kill", "8s", "--full", "8s", "--cut", "30s", "--storm", "4s", "--restart", "3500ms", "--longest", "500ms")
	if err != nil || !r.OK() {
		t.Errorf("%v", err)
	}
	if r.Tablets != 20 || r.Shown < 50 || r.Kills == 0 || r.Fulls == 0 || r.Cuts == 0 || r.Storms == 0 || r.Restarts == 0 {
		t.Error("not enough happened for this to mean anything")
	}
	if r.Stored < r.Shown || r.Stored-r.Shown != r.NoTick {
		t.Errorf("%d shown, %d stored, %d of them without a tick", r.Shown, r.Stored, r.NoTick)
	}
}

// Tablets on disks that forget what they confirmed lose ticks, and the report says
// which: a fleet that could not tell would prove nothing.
func TestFleetNoticesLoss(t *testing.T) {
	t.Parallel()
	r, err := fleet(t, "--lie", "--wait", "3s", "--settle", "10s", "-n", "20", "--people", "60", "--for", "6s", "--storm", "1s", "--kill", "3s", "--longest", "4s")
	var exit *exec.ExitError
	if !errors.As(err, &exit) || r.OK() {
		t.Errorf("it ended with %v", err)
	}
	if r.Lost == 0 || len(r.Missing) == 0 || slices.Contains(r.Missing, "") {
		t.Error("nothing was lost, though the disks lied")
	}
}

// What waits in a fleet arrives, and so does what people tap meanwhile at tablets that
// stay online.
func TestDrainBesideNeighbours(t *testing.T) {
	t.Parallel()
	ctx := patient(t)
	cmd := exec.CommandContext(ctx, programs.Sim, "drain", "-n", "4", "--punches", "20", "--few", "3", "--people", "30",
		"--bin", filepath.Dir(programs.Sim), "--dir", filepath.Join(t.TempDir(), "drain"))
	cmd.Stderr = t.Output()
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	waited, online, both := strings.Cut(string(out), "online all the time")
	if !both || !strings.Contains(waited, "4 tablets x 20 punches") {
		t.Fatalf("it says:\n%s", out)
	}
	for of, least := range map[string]int{waited: 80, online: 10} {
		shown, stored := figure(t, of, "shown"), figure(t, of, "stored")
		if shown < least || stored != shown || figure(t, of, "lost") != 0 || figure(t, of, "doubled") != 0 {
			t.Errorf("at least %d were to be shown, and as many stored:\n%s", least, of)
		}
	}
	if !strings.Contains(waited, "waited, shown to received") || strings.Contains(online, "waited, shown to received") {
		t.Errorf("those that were cut off waited, and no others:\n%s", out)
	}
}

// figure reads the number behind a name in a report.
func figure(t *testing.T, report, name string) int {
	t.Helper()
	found := regexp.MustCompile(`(?m)^` + name + `\s+(\d+)`).FindStringSubmatch(report)
	if found == nil {
		t.Fatalf("no line %q in:\n%s", name, report)
	}
	n, err := strconv.Atoi(found[1])
	if err != nil {
		t.Fatal(err)
	}
	return n
}
