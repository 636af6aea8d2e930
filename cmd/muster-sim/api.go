package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"muster/nfc/pn532sim"
)

// newHandler serves the HTTP interface and the page. It is for one person's desk:
// whoever reaches it may do anything, so it must be bound to loopback, answers
// only to loopback names (or a page elsewhere could have its own name point here),
// and refuses what another site's page sends.
func newHandler(k *desk) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /api/cards", k.getCards)
	mux.HandleFunc("GET /api/state", k.getState)
	mux.HandleFunc("GET /api/faults", getFaults)
	mux.HandleFunc("GET /api/events", k.getEvents)
	mux.HandleFunc("POST /api/put", k.postPut)
	mux.HandleFunc("POST /api/off", k.postOff)
	mux.HandleFunc("POST /api/tap", k.postTap)
	mux.HandleFunc("POST /api/fault", k.postFault)
	mux.HandleFunc("POST /api/unplug", k.postUnplug)
	mux.HandleFunc("POST /api/plug", k.postPlug)
	mux.Handle("GET /", page())
	return onlyLoopback(http.NewCrossOriginProtection().Handler(mux))
}

// onlyLoopback refuses requests to a name that is not this machine's own.
func onlyLoopback(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !loopback(r.Host) {
			fail(w, http.StatusForbidden, errors.New("only by a loopback address or localhost"))
			return
		}
		w.Header().Set("X-Content-Type-Options", "nosniff")
		w.Header().Set("Cache-Control", "no-store")
		next.ServeHTTP(w, r)
	})
}

// loopback tells whether host, perhaps with a port, means this machine.
func loopback(host string) bool {
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip, err := netip.ParseAddr(strings.Trim(host, "[]"))
	return err == nil && ip.IsLoopback()
}

// request is the body of every POST; each uses its part.
type request struct {
	Card   string `json:"card,omitempty"`
	UID    string `json:"uid,omitempty"`
	HoldMS int    `json:"hold_ms,omitempty"`
	Kind   string `json:"kind,omitempty"`  // of a fault; "clear" disarms all
	Times  int    `json:"times,omitempty"` // 0: once; -1: until cleared
}

// largestBody is far more than any request takes.
const largestBody = 1 << 14

// decode reads a body; an empty one is a request that asks for nothing.
func decode(w http.ResponseWriter, r *http.Request) (request, bool) {
	var q request
	d := json.NewDecoder(http.MaxBytesReader(w, r.Body, largestBody))
	d.DisallowUnknownFields()
	if err := d.Decode(&q); err != nil && !errors.Is(err, io.EOF) {
		fail(w, http.StatusBadRequest, fmt.Errorf("the body is no JSON object that I know: %w", err))
		return request{}, false
	}
	if q.HoldMS < 0 || time.Duration(q.HoldMS)*time.Millisecond > longestHold {
		fail(w, http.StatusBadRequest, fmt.Errorf("hold_ms must be from 0 to %d", longestHold.Milliseconds()))
		return request{}, false
	}
	return q, true
}

func (q request) hold() time.Duration { return time.Duration(q.HoldMS) * time.Millisecond }

func (k *desk) getCards(w http.ResponseWriter, _ *http.Request) {
	v, _ := k.view()
	answer(w, v.Cards)
}

func (k *desk) getState(w http.ResponseWriter, _ *http.Request) {
	v, _ := k.view()
	answer(w, v)
}

func getFaults(w http.ResponseWriter, _ *http.Request) { answer(w, pn532sim.Faults()) }

func (k *desk) postPut(w http.ResponseWriter, r *http.Request) {
	q, ok := decode(w, r)
	if !ok {
		return
	}
	card, err := k.find(q.Card, q.UID)
	if err != nil {
		fail(w, statusOf(err), err)
		return
	}
	k.put(card, q.hold())
	k.getState(w, r)
}

// postOff takes one card off, or all where none is named.
func (k *desk) postOff(w http.ResponseWriter, r *http.Request) {
	q, ok := decode(w, r)
	if !ok {
		return
	}
	if q.Card == "" && q.UID == "" {
		k.reader.TakeAll()
	} else {
		card, err := k.find(q.Card, q.UID)
		if err != nil {
			fail(w, statusOf(err), err)
			return
		}
		k.reader.Take(card)
	}
	k.getState(w, r)
}

func (k *desk) postTap(w http.ResponseWriter, r *http.Request) {
	q, ok := decode(w, r)
	if !ok {
		return
	}
	card, err := k.find(q.Card, q.UID)
	if err != nil {
		fail(w, statusOf(err), err)
		return
	}
	uid, err := k.tap(r.Context(), card, q.hold())
	if err != nil {
		fail(w, statusOf(err), err)
		return
	}
	answer(w, map[string]any{"uid": uid, "read": true})
}

func (k *desk) postFault(w http.ResponseWriter, r *http.Request) {
	q, ok := decode(w, r)
	if !ok {
		return
	}
	switch q.Kind {
	case "clear":
		k.reader.Clear()
	case "unplug":
		k.reader.Unplug()
	case "plug":
		k.postPlug(w, r)
		return
	default:
		f, known := pn532sim.ParseFault(q.Kind)
		if !known {
			fail(w, http.StatusBadRequest, fmt.Errorf("%q is no fault; GET /api/faults lists them", q.Kind))
			return
		}
		if q.Times < pn532sim.UntilCleared || q.Times > 1000 {
			fail(w, http.StatusBadRequest, errors.New("times must be from 1 to 1000, or -1 for until cleared"))
			return
		}
		if q.Times == 0 {
			q.Times = 1
		}
		k.reader.Inject(f, q.Times)
	}
	k.getState(w, r)
}

func (k *desk) postUnplug(w http.ResponseWriter, r *http.Request) {
	k.reader.Unplug()
	k.getState(w, r)
}

func (k *desk) postPlug(w http.ResponseWriter, r *http.Request) {
	if err := k.reader.Plug(); err != nil {
		fail(w, http.StatusInternalServerError, err)
		return
	}
	k.getState(w, r)
}

// getEvents streams the state as server-sent events: at once, and at each change.
func (k *desk) getEvents(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/event-stream")
	out := http.NewResponseController(w)
	for {
		v, changed := k.view()
		b, err := json.Marshal(v)
		if err != nil {
			return
		}
		if _, err := fmt.Fprintf(w, "data: %s\n\n", b); err != nil {
			return
		}
		if err := out.Flush(); err != nil {
			return
		}
		select {
		case <-changed:
		case <-r.Context().Done():
			return
		case <-k.open.Done():
			return
		}
	}
}

// statusOf says which status an error is.
func statusOf(err error) int {
	switch {
	case errors.Is(err, errNoCard):
		return http.StatusNotFound
	case errors.Is(err, errUnplugged):
		return http.StatusConflict
	case errors.Is(err, errNotRead):
		return http.StatusGatewayTimeout
	default:
		return http.StatusBadRequest
	}
}

func answer(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(v) // a client that has gone needs no answer
}

func fail(w http.ResponseWriter, status int, err error) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]string{"error": err.Error()})
}
