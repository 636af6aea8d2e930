package main

import (
	"context"
	"encoding/json"
	"net/http"
	"time"
)

// health is what a load balancer, or whoever looks after the cloud, may know: no
// address, no name of a person, no number of tablets.
type health struct {
	Status   string   `json:"status"`
	Replica  string   `json:"replica"`
	Store    string   `json:"store"`
	Broker   string   `json:"broker"`
	Hub      string   `json:"hub"`
	HubSince string   `json:"hub_since,omitempty"`
	Clock    string   `json:"clock"`
	ClockOff float64  `json:"clock_off_s,omitempty"` // seconds ahead of the database server's
	Moved    int64    `json:"moved,omitempty"`       // organisations that count in another database
	Replicas []string `json:"replicas,omitempty"`
}

// What parts of the cloud say of themselves.
const (
	healthOK       = "ok"
	healthAway     = "away"
	healthNone     = "none" // there is no hub to join
	healthDraining = "draining"
	healthWrong    = "wrong"
	healthFailing  = "failing" // it answers, and doesn't take what tablets told
)

// lookTimeout is how long the database may take to answer before a load balancer
// is told to go elsewhere.
const lookTimeout = 2 * time.Second

// healthOf looks at everything. ready tells whether requests should come here: a
// replica without its hub goes on alone, and is.
func (m *Main) healthOf(ctx context.Context) (h health, ready bool) {
	ctx, cancel := context.WithTimeout(ctx, lookTimeout)
	defer cancel()
	h = health{Status: healthOK, Replica: m.name, Store: healthOK, Broker: healthOK, Hub: healthNone, Moved: m.moved.Load()}
	ready = true
	if err := m.store.Reachable(ctx); err != nil {
		h.Store, ready = healthAway, false
	}
	if h.Store == healthOK && m.ingest.Failing() {
		h.Store = healthFailing
	}
	if !m.edge.Running() {
		h.Broker, ready = healthAway, false
	}
	if hub := m.edge.Hub(); hub.Wanted {
		h.Hub, h.HubSince = healthAway, hub.Since.UTC().Format(time.RFC3339)
		if hub.Joined {
			h.Hub = healthOK
		}
	}
	if h.Clock, h.ClockOff = m.clock.says(); h.Clock == healthWrong {
		ready = false
	}
	if m.shared {
		h.Replicas = m.roll.living()
	}
	switch {
	case m.draining.Load():
		h.Status, ready = healthDraining, false
	case !ready:
		h.Status = healthAway
	case h.Store == healthFailing:
		h.Status = healthFailing
	case h.Hub == healthAway:
		h.Status = "alone"
	}
	return h, ready
}

// healthRoutes answers /healthz with success for as long as the program answers
// at all, and /readyz for as long as it can do what it is asked.
func (m *Main) healthRoutes(mux *http.ServeMux) {
	answer := func(judge bool) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			h, ready := m.healthOf(r.Context())
			w.Header().Set("Content-Type", "application/json")
			w.Header().Set("Cache-Control", "no-store")
			if judge && !ready {
				w.WriteHeader(http.StatusServiceUnavailable)
			}
			_ = json.NewEncoder(w).Encode(h) //nolint:errcheck // whoever asked is gone
		}
	}
	mux.HandleFunc("GET /healthz", answer(false))
	mux.HandleFunc("GET /readyz", answer(true))
}
