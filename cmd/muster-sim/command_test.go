package main

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// sim runs muster-sim with arguments and returns what it prints and whether it
// was content.
func sim(t *testing.T, args ...string) (string, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), generous)
	defer cancel()
	out, err := exec.CommandContext(ctx, os.Args[0], append([]string{simArg}, args...)...).CombinedOutput()
	return string(out), err
}

// The whole tool as a person at a shell uses it.
func TestCommands(t *testing.T) {
	t.Parallel()
	link := filepath.Join(t.TempDir(), "reader")
	ctx, cancel := context.WithTimeout(t.Context(), generous)
	defer cancel()
	server := exec.CommandContext(ctx, os.Args[0], simArg, "reader", "--link", link, "--http", "127.0.0.1:0")
	out, err := server.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	var said ready
	if err := json.NewDecoder(out).Decode(&said); err != nil {
		t.Fatal(err)
	}
	if target, err := os.Readlink(link); err != nil || target != said.TTY || said.Event != "ready" || said.Link != link || said.Connstring != "pn532_uart:"+link {
		t.Errorf("said %+v; the link leads to %q, %v", said, target, err)
	}
	for _, c := range []struct {
		args, want string
		bad        bool
	}{
		{"card list", "Anna Berger", false},
		{"card put anna", `"name":"anna","uid":"3a01a7c4"`, false},
		{"card list", "on the reader", false},
		{"card off anna", `"lying":[]`, false},
		{"card put --uid=01020304", `"uid":"01020304"`, false},
		{"card off", `"lying":[]`, false},
		{"fault ats-zero --times=-1", `"faults":["ats-zero"]`, false},
		{"fault clear", `"faults":[]`, false},
		{"unplug", `"plugged":false`, false},
		{"card tap anna", "unplugged", true},
		{"plug", `"plugged":true`, false},
		{"card put", "needs the name", true},
		{"card put nobody", "no such card", true},
		{"card dance anna", "dance", true},
		{"fault boredom", "boredom", true},
	} {
		got, err := sim(t, append(strings.Fields(c.args), "--at", said.HTTP)...)
		if !strings.Contains(got, c.want) || (err != nil) != c.bad {
			t.Errorf("muster-sim %s: %v\n%s", c.args, err, got)
		}
	}
	if err := server.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := server.Wait(); err != nil {
		t.Errorf("after SIGTERM: %v", err)
	}
	if _, err := os.Lstat(link); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the link is left behind: %v", err)
	}
	if got, err := sim(t, "card", "list", "--at", said.HTTP); err == nil || !strings.Contains(got, "is muster-sim reader running?") {
		t.Errorf("without a reader: %v\n%s", err, got)
	}
}

// Whoever reaches the page can tap any card, so nobody else may reach it.
func TestReaderOnlyOnLoopback(t *testing.T) {
	t.Parallel()
	for _, address := range []string{"0.0.0.0:0", ":0", "192.0.2.1:80", "[::]:0"} {
		if got, err := sim(t, "reader", "--http", address); err == nil || !strings.Contains(got, "no loopback address") {
			t.Errorf("--http %s: %v\n%s", address, err, got)
		}
	}
}
