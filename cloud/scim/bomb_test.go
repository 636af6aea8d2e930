package scim

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

// Some hundred kilobytes that would be compared with some hundred others, while nobody
// else gets to the database, are refused; what somebody really has is not.
func TestAnOperationIsNoBomb(t *testing.T) {
	t.Parallel()
	many := slices.Repeat([]any{"a"}, 25_000)
	for name, c := range map[string]struct {
		value any
		want  kind
	}{
		"many":      {many, tooMany},
		"nested":    {[]any{[]any{many}}, tooMany},
		"long":      {[]any{object{"value": strings.Repeat("a", 100_000)}}, invalidValue},
		"ordinary":  {[]any{object{"value": "anna@example.com", "type": "work"}, object{"value": "anna@example.org"}}, ""},
		"somewhere": {slices.Repeat([]any{"b"}, maxValues), ""},
	} {
		for _, op := range []string{opAdd, opReplace, opRemove} {
			o := object{"emails": []any{object{"value": "old@example.com"}}}
			err := operation{op: op, attr: "emails", value: c.value}.apply(o)
			var p *problem
			if got := kind(""); errors.As(err, &p) {
				if got = p.kind; got != c.want {
					t.Errorf("%s, %s: %v", name, op, err)
				}
			} else if c.want != "" {
				t.Errorf("%s, %s: it is carried out", name, op)
			}
		}
	}
	// Several operations don't add up to it either.
	o := object{}
	var err error
	for range 10 {
		if err == nil {
			err = operation{op: opAdd, attr: "emails", value: slices.Repeat([]any{"c"}, maxValues)}.apply(o)
		}
	}
	if n := len(several(o["emails"])); err == nil && n > maxValues {
		t.Errorf("%d values", n)
	}
	// What is kept nowhere may be as large as it likes.
	if err := (operation{op: opAdd, attr: "photos", value: []any{object{"value": strings.Repeat("a", 100_000)}}}).apply(o); err != nil {
		t.Error(err)
	}
}
