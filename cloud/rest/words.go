package rest

import (
	"embed"
	"encoding/json"
	"sync"

	"github.com/danielgtaylor/huma/v2"

	"muster/attendance"
	"muster/cloud/words"
)

//go:embed words/*.json
var wordFiles embed.FS

// translations are by language and the English sentence. What is missing stays
// English.
var translations = sync.OnceValue(func() map[string]map[string]string {
	all := map[string]map[string]string{}
	for _, tongue := range attendance.Languages[1:] {
		b, err := wordFiles.ReadFile("words/" + tongue + ".json")
		if err == nil {
			var w map[string]string
			err = json.Unmarshal(b, &w)
			all[tongue] = w
		}
		if err != nil {
			panic(err) // the files are part of the program; a test reads them
		}
	}
	return all
})

// in returns the problem with its sentences in another language. Its codes stay.
func (p *Problem) in(tongue string) *Problem {
	w := translations()[tongue]
	if w == nil {
		return p
	}
	say := func(text string, instead ...string) string {
		for _, t := range append([]string{text}, instead...) {
			if s, ok := w[t]; ok {
				return s
			}
		}
		return text
	}
	t := *p
	t.Title = say(p.Title)
	t.Errors = append([]FieldProblem(nil), p.Errors...)
	for i, f := range t.Errors {
		t.Errors[i].Detail = say(f.Detail, explain[f.Problem])
	}
	t.Detail = say(p.Detail, general[p.Status])
	if len(t.Errors) > 0 {
		t.Detail = say("Something in the request is wrong.")
		if f := t.Errors[0]; f.Field != "" {
			t.Detail = f.Field + ": " + f.Detail
		}
	}
	return &t
}

// translate is the library's way of changing an answer on its way out.
func translate(ctx huma.Context, _ string, v any) (any, error) {
	p, ok := v.(*Problem)
	if !ok {
		return v, nil
	}
	tongue := words.Asked(ctx.Header("Accept-Language"))
	ctx.SetHeader("Content-Language", tongue)
	return p.in(tongue), nil
}
