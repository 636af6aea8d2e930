package rest_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
)

// The examples of docs/api.md, run by curl one after the other, do what stands
// below them.
func TestDocumentedExamples(t *testing.T) {
	t.Parallel()
	curl, err := exec.LookPath("curl")
	if err != nil {
		t.Skip("curl is not here: the examples of docs/api.md can't be run")
	}
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", "api.md"))
	if err != nil {
		t.Fatal(err)
	}
	c := startCloud(t)
	founded := c.want(201, c.request("POST", "/api/v1/setup", "", object{
		"token": c.setUp, "organisation": "Acme", "email": "admin@acme.example", "name": "Ada", "password": password,
	}))
	c.want(201, c.request("POST", "/api/v1/sites", founded.text("token"), object{"name": "North", "time_zone": "Europe/Berlin"}))
	env := append(os.Environ(), "URL="+c.URL, "EMAIL=admin@acme.example", "PASSWORD="+password)
	blocks := regexp.MustCompile("(?s)```sh\n(curl .*?)\n# (\\d{3}) (.*?)\n```").FindAllStringSubmatch(string(text), -1)
	if len(blocks) < 15 {
		t.Fatalf("only %d examples", len(blocks))
	}
	for _, b := range blocks {
		c.clock.forward(3 * time.Second)
		command, status := b[1], b[2]
		want, set, _ := strings.Cut(b[3], "  =>  ")
		run := exec.CommandContext(t.Context(), "sh", "-c", strings.Replace(command, "curl -s", curl+` -s -w '\n%{http_code}'`, 1)) //nolint:gosec // it is our own document
		run.Env = env
		out, err := run.Output()
		if err != nil {
			t.Fatalf("%s: %v", command, err)
		}
		cut := strings.LastIndexByte(string(out), '\n')
		got := answer{raw: out[:cut]}
		if code := strings.TrimSpace(string(out[cut:])); code != status {
			t.Fatalf("%s\nanswers %s, documented is %s: %s", command, code, status, got.raw)
		}
		if !strings.HasPrefix(want, "{") {
			if !strings.Contains(string(got.raw), strings.TrimSpace(want)) {
				t.Errorf("%s\nanswers %s, documented is %s", command, got.raw, want)
			}
			continue
		}
		var documented, real any
		if err := json.Unmarshal([]byte(want), &documented); err != nil {
			t.Fatalf("%s: %v", want, err)
		}
		if err := json.Unmarshal(got.raw, &real); err != nil {
			t.Fatalf("%s: %v", got.raw, err)
		}
		if why := lacks(real, documented, ""); why != "" {
			t.Errorf("%s\n%s: %s", command, why, got.raw)
		}
		if name, path, ok := strings.Cut(strings.TrimSpace(set), "="); ok {
			env = append(env, name+"="+got.text(path))
		}
	}
}

// lacks tells what of the documented answer is not in the real one; "…" stands
// for anything.
func lacks(real, documented any, at string) string {
	switch want := documented.(type) {
	case map[string]any:
		got, ok := real.(map[string]any)
		if !ok {
			return at + " is no object"
		}
		for k, v := range want {
			if why := lacks(got[k], v, at+"."+k); why != "" {
				return why
			}
		}
	case []any:
		got, ok := real.([]any)
		if !ok || len(got) < len(want) {
			return at + " is a shorter list"
		}
		for i, v := range want {
			if why := lacks(got[i], v, at+"."+strconv.Itoa(i)); why != "" {
				return why
			}
		}
	case string:
		if s, ok := real.(string); !ok || s == "" || want != "…" && s != want {
			return at + " is not " + want
		}
	default:
		if real != documented {
			return at + " differs"
		}
	}
	return ""
}
