package store

import (
	"context"
	"testing"
)

// furnish returns a furnished world. It is furnished once, by the first test that
// wants one, and copied for each.
func furnish(t *testing.T) *furnished {
	t.Helper()
	if _, err := template.world(); err != nil {
		t.Fatal(err)
	}
	template.furnishing.Do(func() {
		var made *furnished
		at, err := template.make(func(ctx context.Context, at string) error {
			w, err := makeWorld(ctx, at)
			if err != nil {
				return err
			}
			made = w.furnish(t)
			return w.Close() // the last connection to a file folds the log into it
		})
		if err != nil {
			t.Fatal(err)
		}
		made.at = at
		template.furnished = made
	})
	if template.furnished == nil {
		t.Fatal("another test could not furnish it")
	}
	f, w := *template.furnished, *template.furnished.world
	w.clock = &clock{t: w.clock.now()}
	w.Store, w.at = fromTemplate(t, w.clock.now, func() (string, error) { return template.furnished.at, nil })
	f.world = &w
	return &f
}
