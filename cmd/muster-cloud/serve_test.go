package main

import (
	"bufio"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
)

// defaults are the settings of "muster-cloud serve" without flags.
func defaults(t *testing.T, args ...string) serveCommand {
	t.Helper()
	var cli commands
	k, err := kong.New(&cli, kong.Vars{"state": t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := k.Parse(args); err != nil {
		t.Fatal(err)
	}
	return cli.Serve
}

// The ports are below those that Linux gives out for outgoing connections, or
// one of these may have ours when the cloud starts.
func TestDefaultAddresses(t *testing.T) {
	t.Parallel()
	c := defaults(t)
	for _, address := range []string{c.HTTP, c.Device, c.MQTT} {
		host, port, err := net.SplitHostPort(address)
		if err != nil {
			t.Fatal(err)
		}
		if n, err := strconv.Atoi(port); err != nil || n >= 32768 {
			t.Errorf("port of %s: %v", address, err)
		}
		if !net.ParseIP(host).IsLoopback() {
			t.Errorf("%s is open to others without anybody asking for it", address)
		}
	}
	if c.CertificateLife.Hours() != 90*24 {
		t.Errorf("certificates live %s", c.CertificateLife)
	}
}

// Programs that start the cloud read where it is, line by line.
func TestEvents(t *testing.T) {
	t.Parallel()
	c := startCloudIn(t, t.TempDir())
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := new(serveCommand).announce(c.ctx(), w, c.Main); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	var events []event
	for lines := bufio.NewScanner(r); lines.Scan(); {
		var e event
		if err := json.Unmarshal(lines.Bytes(), &e); err != nil {
			t.Fatal(err)
		}
		events = append(events, e)
	}
	if len(events) != 2 || events[0].Event != "setup" || !strings.HasPrefix(events[0].URL, c.HTTPURL+"/setup?token=") {
		t.Fatalf("%+v", events)
	}
	if ready := events[1]; ready.Event != "ready" || ready.HTTP != c.HTTPURL || ready.Device != c.DeviceURL || ready.MQTT != c.MQTT || ready.Authority == "" {
		t.Errorf("%+v", ready)
	}
	res, err := http.Get(events[1].HTTP + "/healthz")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(io.Discard, res.Body); err != nil || res.Body.Close() != nil || res.StatusCode/100 != 2 {
		t.Errorf("health: %s, %v", res.Status, err)
	}
}

// The authority's key is in the database: nobody else may read it.
func TestFilesAreTheOwners(t *testing.T) {
	t.Parallel()
	data := filepath.Join(t.TempDir(), "a", "b")
	startCloudIn(t, data)
	for _, name := range []string{"", "cloud.db", "cloud.db-wal", "cloud.db-shm", "scratch"} {
		info, err := os.Stat(filepath.Join(data, name))
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%q has mode %s", name, info.Mode())
		}
	}
}

func TestServerNames(t *testing.T) {
	t.Parallel()
	c := defaults(t, "serve", "--mqtt", "0.0.0.0:8883", "--device-url", "https://tablets.example:8443", "--advertise-mqtt", "mqtt.example:8883", "--name", "10.1.2.3")
	got := serverNames(c)
	for _, want := range []string{"localhost", "127.0.0.1", "::1", "tablets.example", "mqtt.example", "10.1.2.3"} {
		if !slices.Contains(got, want) {
			t.Errorf("%s is missing in %v", want, got)
		}
	}
	if slices.Contains(got, "0.0.0.0") {
		t.Errorf("%v names every address", got)
	}
	if a := reachable("0.0.0.0:8883"); strings.HasPrefix(a, "0.0.0.0") || !strings.HasSuffix(a, ":8883") {
		t.Errorf("tablets are told %s", a)
	}
	if a := reachable("[::]:8883"); strings.HasPrefix(a, "[") {
		t.Errorf("tablets are told %s", a)
	}
}
