package main

import (
	"os"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"muster/cloud/notify"
)

// The guide names each flag of mail and SMS, and its examples are such as the
// programs take.
func TestDeploymentGuideOfMessages(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile("../../docs/deployment.md")
	if err != nil {
		t.Fatal(err)
	}
	guide := string(raw)
	for f := range reflect.TypeFor[mailFlags]().Fields() {
		if name := f.Tag.Get("name"); !strings.Contains(guide, "--"+name) {
			t.Errorf("the guide doesn't name --%s", name)
		}
	}
	urls := regexp.MustCompile("(?:smtps?|smtp\\+clear|imaps)://[^\\s`,;]+").FindAllString(guide, -1)
	if len(urls) < 7 {
		t.Fatalf("only %q", urls)
	}
	secret := notify.NewSecret("a secret of the test")
	for _, url := range urls {
		if strings.HasPrefix(url, "imaps") {
			_, err = notify.ParseIMAP(url, secret)
		} else {
			_, err = notify.ParseSMTP(url, secret)
		}
		if err != nil {
			t.Errorf("%s: %v", url, err)
		}
	}
	folder := t.TempDir()
	if err := os.Mkdir(folder+"/secrets.d", 0o700); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"twilio-token", "acme-sms"} {
		if err := os.WriteFile(folder+"/secrets.d/"+name, []byte("token"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, begin := range []string{"preset: twilio", "provider: acme-sms"} {
		_, after, found := strings.Cut(guide, "    "+begin+"\n")
		if !found {
			t.Fatalf("no example with %q", begin)
		}
		example, _, _ := strings.Cut(after, "\n\n")
		file := begin + "\n" + strings.ReplaceAll("\n"+example, "\n    ", "\n")
		if _, _, err := notify.ParseSMS([]byte(file), folder); err != nil {
			t.Errorf("%s: %v\n%s", begin, err, file)
		}
	}
}
