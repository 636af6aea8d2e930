package store_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"testing"

	"muster/device"
	"muster/device/store"
	"muster/sync/wire"
)

// killedWriter names the environment variable that makes this test binary write
// rows until it is killed.
const killedWriter = "MUSTER_TEST_KILLED_WRITER"

func init() {
	dir := os.Getenv(killedWriter)
	if dir == "" {
		return
	}
	s, err := store.Open(context.Background(), dir)
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	j := journalOver(s)
	for {
		row, err := j.Append(context.Background(), device.KindStarted, &wire.StartedPayload{}, device.Effect{})
		if err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		fmt.Println(row.Seq) // the tick on the screen
	}
}

// Killed at any moment, again and again: every row that was shown is there, and
// the chain is whole.
func TestKilledWriterLosesNothing(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := activated(t, dir)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	shown := uint64(0)
	for round := range 5 {
		cmd := exec.CommandContext(t.Context(), exe)
		cmd.Env = append(os.Environ(), killedWriter+"="+dir)
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(out)
		for n := 0; lines.Scan(); n++ {
			seq, err := strconv.ParseUint(lines.Text(), 10, 64)
			if err != nil {
				t.Fatal(lines.Text())
			}
			shown = seq
			if n == 20*(round+1) {
				if err := cmd.Process.Kill(); err != nil {
					t.Fatal(err)
				}
			}
		}
		_ = cmd.Wait() // it was killed
		s, err := store.Open(t.Context(), dir)
		if err != nil {
			t.Fatal(err)
		}
		if head, err := s.Head(t.Context()); err != nil || head.Seq < shown || head.Seq > shown+1 {
			t.Errorf("%d rows were shown, %d are there (%v)", shown, head.Seq, err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if report := verify(t, dir); len(report.Faults) != 0 || uint64(report.Rows) < shown {
		t.Errorf("%d rows shown; %+v", shown, report)
	}
}
