package onboarding

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"muster/attendance"
	"muster/invite"
)

// A message filled into a form is byte for byte the one that html/template writes,
// whatever somebody is called and whatever an admin wrote.
func TestFormsWriteWhatTheTemplateWrites(t *testing.T) {
	t.Parallel()
	known := &forms{}
	hostile := []string{
		"Anna", "", " ", "O'Neil", `"`, "<script>alert(1)</script>", "&amp;", "</title>", "<!--", "+", "`", "\x00", "\n", "\r\n\r\n", "\xff", "😀", "Иван", "{link}", "{name}",
		"javascript:alert(1)", "\u2028", "\x00link\x00", "=", "\\", "x0x", "\ufeff", "%", "https://evil.example/",
	}
	value := rapid.Map(rapid.SliceOfN(rapid.SampledFrom(hostile), 0, 3), func(s []string) string { return strings.Join(s, "") })
	pieces := append([]string{"{first_name}", "{last_name}", "{name}", "{number}", "{organisation}", "{link}", "{expires}", "\n\n", "\n\n{link}\n\n", "\n\n{last_name}\n\n", "{nobody}", "Hello "}, hostile...)
	piece := rapid.SampledFrom(pieces)
	text := rapid.Map(rapid.SliceOfN(piece, 0, 8), func(s []string) string { return strings.Join(s, "") })
	link := rapid.SampledFrom([]string{
		"https://muster.example/join/s3cr-e_t", "http://127.0.0.1:8080/join/x", "javascript:alert(1)", "https://muster.example/a b", "https://muster.example/?a=1&b=2", "", "https://muster.example/\"><script>", "https://müster.example/+",
	})
	rapid.Check(t, func(t *rapid.T) {
		l := layoutOf{
			template: invite.Template{Subject: text.Draw(t, "subject"), Body: text.Draw(t, "body")}, language: rapid.SampledFrom(attendance.Languages).Draw(t, "language"),
			organisation: value.Draw(t, "organisation"), logo: rapid.SampledFrom([]string{"", "https://muster.example/logo/1", "javascript:x"}).Draw(t, "logo"), expires: "5 December",
		}
		for range 2 {
			v := invite.Variables{FirstName: value.Draw(t, "first"), LastName: value.Draw(t, "last"), Name: value.Draw(t, "name"), Number: value.Draw(t, "number"), Link: link.Draw(t, "link")}
			want, err := l.html(v)
			got, err2 := known.html(l, v)
			if got != want || (err == nil) != (err2 == nil) {
				t.Fatalf("%v, %v\n%s\nwant\n%s", err, err2, got, want)
			}
		}
	})
}

// An ordinary message needs no template: what a form is for.
func TestFormsSuitOrdinaryMessages(t *testing.T) {
	t.Parallel()
	for _, language := range attendance.Languages {
		l := layoutOf{template: Standard(invite.TemplateKey{Event: invite.Invite, Channel: invite.Email, Language: language}), language: language, organisation: head.Organisation}
		f, err := newForm(l)
		if err != nil {
			t.Fatal(err)
		}
		if _, ok := f.fill(anna); !ok {
			t.Errorf("%s: the form doesn't suit %+v", language, anna)
		}
	}
}
