package invite

import (
	"errors"
	"strings"
	"testing"
)

func TestTemplates(t *testing.T) {
	v := Variables{FirstName: "{link}", Organisation: "Acme", Link: "https://x"}
	got := Template{Subject: "Hello {first_name}", Body: "{organisation}: {link} {}{ {Bad} {number}."}.Fill(v)
	if got.Subject != "Hello {link}" || got.Body != "Acme: https://x {}{ {Bad} ." {
		t.Errorf("%+v", got)
	}
	for problem, tmpl := range map[string]Template{
		"required":         {Body: "{link}"},
		"malformed":        {Subject: "a\r\nBcc: x", Body: "{link}"},
		"no-link":          {Subject: "a", Body: "come in"},
		"unknown-variable": {Subject: "a {salary}", Body: "{link}"},
		"too-long":         {Subject: "a", Body: strings.Repeat("{link}", MaxBody)},
	} {
		var bad *BadTemplate
		if err := tmpl.Check(Email); !errors.As(err, &bad) || bad.Problem != problem {
			t.Errorf("%s: %v", problem, err)
		}
	}
	if err := (Template{Body: "{link}"}).Check(SMS); err != nil {
		t.Error(err)
	}
}

// Nothing that somebody is called can become a variable.
func FuzzFill(f *testing.F) {
	f.Add("Hello {name}, {link}", "{link}")
	f.Fuzz(func(t *testing.T, body, name string) {
		filled := Template{Body: body}.Fill(Variables{Name: name, Link: "L"}).Body
		if want := strings.Count(body, "{name}"); strings.Count(filled, name) < want && name != "" && !strings.Contains(name, "{") && !strings.Contains(name, "}") {
			t.Errorf("%q with %q became %q", body, name, filled)
		}
	})
}
