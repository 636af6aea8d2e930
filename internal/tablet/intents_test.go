package tablet

import (
	"slices"
	"testing"
)

// What is asked for while nobody can do it is lost, not kept for later.
func TestIntents(t *testing.T) {
	t.Parallel()
	in := NewIntents()
	in.EnterCode("LOST-TOOSOON")
	in.NewCode()
	var got []string
	in.bind(func(code string) { got = append(got, code) }, func() { got = append(got, "new") })
	in.EnterCode("ABCD-EFGH")
	in.NewCode()
	in.bind(nil, nil)
	in.NewCode()
	if want := []string{"ABCD-EFGH", "new"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}
