package stage

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"
)

// Who asks too much waits as long as it is told to, and asks the same again.
func TestPatience(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var asked []time.Time
		var bodies []string
		answer := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			b := make([]byte, 64)
			n, _ := r.Body.Read(b)
			asked, bodies = append(asked, time.Now()), append(bodies, string(b[:n]))
			if len(asked) < 3 {
				w.Header().Set("Retry-After", "7")
				w.WriteHeader(http.StatusTooManyRequests)
				return
			}
			_, _ = w.Write([]byte(`{"id":"x"}`))
		})
		before := http.DefaultClient.Transport
		http.DefaultClient.Transport = direct{answer}
		defer func() { http.DefaultClient.Transport = before }()

		var made struct{ ID string }
		a := &API{Base: "http://cloud", Patient: true}
		if err := a.Do(t.Context(), http.MethodPost, "/", map[string]int{"n": 1}, &made); err != nil || made.ID != "x" {
			t.Fatalf("%+v, %v", made, err)
		}
		if len(asked) != 3 || asked[2].Sub(asked[0]) != 14*time.Second || bodies[2] != `{"n":1}` {
			t.Errorf("asked at %v with %q", asked, bodies)
		}
		asked = nil
		a.Patient = false
		var refused *Refused
		if err := a.Do(t.Context(), http.MethodGet, "/", nil, nil); !errors.As(err, &refused) || refused.Status != http.StatusTooManyRequests {
			t.Errorf("without patience: %v", err)
		}
		asked, a.Patient = nil, true
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		defer cancel()
		if err := a.Do(ctx, http.MethodGet, "/", nil, nil); err == nil || len(asked) != 1 {
			t.Errorf("it waits longer than it may: %v", err)
		}
	})
}

// direct answers requests without a network.
type direct struct{ http.Handler }

func (d direct) RoundTrip(r *http.Request) (*http.Response, error) {
	w := httptest.NewRecorder()
	if r.Body == nil {
		r.Body = http.NoBody
	}
	d.ServeHTTP(w, r)
	return w.Result(), nil
}
