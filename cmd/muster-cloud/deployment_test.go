package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
	"go.yaml.in/yaml/v3"
)

const deploy = "../../deploy"

// readDeploy reads a file of the deployment.
func readDeploy(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(deploy, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// accepted tells whether the program takes a command line. Files that it names
// are not looked for.
func accepted(t *testing.T, args []string) serveCommand {
	t.Helper()
	var cli commands
	k, err := kong.New(&cli, kong.Vars{"state": t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := k.Parse(args); err != nil {
		t.Errorf("%s: %v", strings.Join(args, " "), err)
	}
	return cli.Serve
}

// The compose file names flags, files, volumes and secrets that there are.
func TestComposeFile(t *testing.T) {
	t.Parallel()
	var c struct {
		Services map[string]struct {
			Build   struct{ Context, Dockerfile string }
			Image   string
			Command []string
			Volumes []string
			Secrets []string
		}
		Volumes map[string]any
		Secrets map[string]struct{ File string }
	}
	if err := yaml.Unmarshal([]byte(readDeploy(t, "compose.yaml")), &c); err != nil {
		t.Fatal(err)
	}
	variable := regexp.MustCompile(`\$\{[A-Z_]+:-([^}]*)\}`)
	clouds := 0
	for name, s := range c.Services {
		for _, secret := range s.Secrets {
			if _, there := c.Secrets[secret]; !there {
				t.Errorf("%s: no secret %s", name, secret)
			}
		}
		for _, v := range s.Volumes {
			from, _, _ := strings.Cut(v, ":")
			if _, named := c.Volumes[from]; named || strings.Contains(from, "secrets.d") {
				continue
			}
			readDeploy(t, from)
		}
		if s.Build.Dockerfile == "" {
			continue
		}
		clouds++
		if _, err := os.Stat(filepath.Join(deploy, s.Build.Context, s.Build.Dockerfile)); err != nil && s.Build.Context != "../bin" {
			t.Error(err)
		}
		for i, arg := range s.Command {
			s.Command[i] = variable.ReplaceAllString(arg, "$1")
		}
		serve := accepted(t, s.Command)
		if len(serve.Hub) != 1 || len(serve.AdvertiseMQTT) != 2 || serve.HubLogin != "/run/secrets/hub-login" || len(serve.TrustedProxy) == 0 {
			t.Errorf("%s: %+v", name, serve)
		}
	}
	if clouds != 2 {
		t.Errorf("%d clouds", clouds)
	}
}

var script = regexp.MustCompile(`\$\{?[A-Z_]+\}?`)

// unit returns a unit's settings, several values of one in their order.
func unit(t *testing.T, name string) map[string][]string {
	t.Helper()
	all := map[string][]string{}
	for line := range strings.Lines(readDeploy(t, filepath.Join("systemd", name))) {
		line = strings.TrimSpace(line)
		key, value, ok := strings.Cut(line, "=")
		if line == "" || line[0] == '#' || line[0] == '[' {
			continue
		}
		if !ok {
			t.Errorf("%s: %q is no setting", name, line)
		}
		all[key] = append(all[key], value)
	}
	return all
}

// The units start the program with flags that it has, keep it in, and have what is secret
// outside of command line and environment.
func TestUnits(t *testing.T) {
	t.Parallel()
	flags := ""
	for line := range strings.Lines(readDeploy(t, "systemd/alpha.env")) {
		if value, ok := strings.CutPrefix(line, "MUSTER_FLAGS="); ok {
			flags = strings.TrimSpace(value)
		}
	}
	for name, more := range map[string]string{"muster-cloud.service": "", "muster-cloud@.service": flags} {
		u := unit(t, name)
		_, line, _ := strings.Cut(u["ExecStart"][0], " ")
		line = strings.Replace(line, "$MUSTER_FLAGS", more, 1)
		line = strings.ReplaceAll(script.ReplaceAllString(line, "x"), "%i", "alpha")
		serve := accepted(t, strings.Fields(line))
		if more != "" && (len(serve.Hub) == 0 || serve.ReplicaName != "alpha" || serve.HubLogin == "" || len(serve.AdvertiseMQTT) < 2) {
			t.Errorf("%s: %+v", name, serve)
		}
	}
	for _, name := range []string{"muster-cloud.service", "muster-cloud@.service", "muster-hub.service"} {
		u := unit(t, name)
		for key, want := range map[string]string{
			"DynamicUser": "yes", "ProtectSystem": "strict", "NoNewPrivileges": "yes", "CapabilityBoundingSet": "", "ProtectHome": "yes", "PrivateTmp": "yes",
		} {
			if got := u[key]; len(got) != 1 || got[0] != want {
				t.Errorf("%s: %s is %q, want %q", name, key, got, want)
			}
		}
	}
}

// systemd itself finds nothing wrong with the units.
func TestUnitsAreVerified(t *testing.T) {
	t.Parallel()
	verify, err := exec.LookPath("systemd-analyze")
	if err != nil {
		t.Skip("there is no systemd-analyze to ask:", err)
	}
	dir := t.TempDir()
	command := []string{"verify"}
	for name, as := range map[string]string{
		"muster-cloud.service": "muster-cloud.service", "muster-cloud@.service": "muster-cloud@alpha.service", "muster-hub.service": "muster-hub.service",
	} {
		// It looks for the programs too, which are not installed here.
		text := regexp.MustCompile(`(?m)^ExecStart=\S+`).ReplaceAllString(readDeploy(t, filepath.Join("systemd", name)), "ExecStart=/bin/true")
		path := filepath.Join(dir, as)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		command = append(command, path)
	}
	out, err := exec.CommandContext(t.Context(), verify, command...).CombinedOutput()
	if err != nil || strings.Contains(string(out), dir) {
		t.Errorf("systemd-analyze verify: %v\n%s", err, out)
	}
}

// The secrets that the deployment needs are made in the forms that programs take.
func TestSecretsScript(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "secrets.d")
	for range 2 { // the second time nothing changes
		if out, err := exec.CommandContext(t.Context(), filepath.Join(deploy, "secrets"), dir).CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
	}
	login, err := (hubFlags{HubLogin: filepath.Join(dir, "hub-login")}).login()
	if err != nil {
		t.Fatal(err)
	}
	password, _ := login.Password()
	conf, err := os.ReadFile(filepath.Join(dir, "hub-password.conf"))
	if err != nil || login.Username() != "muster" || len(password) < 40 || !strings.Contains(string(conf), `"`+password+`"`) {
		t.Errorf("login %s, %v", login.Username(), err)
	}
	info, err := os.Stat(dir)
	if err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
}
