package portal

import (
	"context"
	"errors"
	"net/http"

	"muster/access"
	"muster/cloud/pages"
)

// fail answers with an error page in words. Only what is this server's own fault
// is logged, by the pattern of its address: a path may hold a secret.
func (v *visit) fail(err error) {
	p := pages.ProblemOf(err)
	if p.Status >= http.StatusInternalServerError {
		if errors.Is(err, context.Canceled) && v.r.Context().Err() != nil {
			return // nobody is there to read it
		}
		v.Log.Error("portal", "page", v.r.Pattern, "error", err)
	}
	if err := v.show(p.Status, v.frame(), "problem", p); err != nil {
		v.Log.Error("portal: error page", "error", err)
		http.Error(v.w, http.StatusText(p.Status), p.Status)
	}
}

// frame is the layout for a page that both strangers and members may get.
func (v *visit) frame() string {
	if v.self.Profile != "" && v.own.Steps.Done() {
		return "my"
	}
	return "door"
}

func (v *visit) nothing() error {
	self, own, ok, err := v.signedIn(v.r.Context())
	if err != nil {
		return err
	}
	if ok {
		v.become(self, own)
	}
	return access.ErrNotFound
}
