package fleet

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"

	"muster/access"
	"muster/sync/wire"
)

// maxRequest is far more than an honest request has.
const maxRequest = 32 << 10

// DeviceHandler serves the paths of sync/wire that tablets ask. The listener in
// front of it must ask for a client certificate and not verify it: renewal takes
// an expired one, and verifies it itself.
func (s *Service) DeviceHandler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc(wire.PathClaims, serve(s, (*Service).claim))
	mux.HandleFunc(wire.PathPoll, serve(s, (*Service).poll))
	mux.HandleFunc(wire.PathConfirm, serve(s, (*Service).confirm))
	mux.HandleFunc(wire.PathRenew, serve(s, (*Service).renew))
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		refuse(w, problem(http.StatusNotFound, wire.CodeBadRequest, "There is nothing at this address."))
	})
	return mux
}

// serve reads a request, asks f, and writes the reply or the problem.
func serve[Q, A any](s *Service, f func(*Service, *http.Request, Q) (A, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "no-store")
		if r.Method != http.MethodPost {
			w.Header().Set("Allow", http.MethodPost)
			refuse(w, problem(http.StatusMethodNotAllowed, wire.CodeBadRequest, "Use POST."))
			return
		}
		if !s.requests.Allow(access.NetworkOf(r.RemoteAddr)) {
			s.refuse(w, r, access.ErrTooMany)
			return
		}
		var q Q
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxRequest))
		if err == nil {
			err = json.Unmarshal(body, &q)
		}
		if err != nil {
			refuse(w, problem(http.StatusBadRequest, wire.CodeBadRequest, "The request can't be read as JSON."))
			return
		}
		a, err := f(s, r, q)
		if err != nil {
			s.refuse(w, r, err)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		if err := json.NewEncoder(w).Encode(a); err != nil {
			s.Logger.Debug("reply", "err", err)
		}
	}
}

// failure is a refusal with its place among the codes of sync/wire.
type failure wire.Problem

func (f *failure) Error() string { return f.Code + ": " + f.Detail }

func problem(status int, code, detail string) *failure {
	return &failure{Title: http.StatusText(status), Status: status, Code: code, Detail: detail}
}

func badRequest(detail string) error {
	return problem(http.StatusBadRequest, wire.CodeBadRequest, detail)
}

// refuse answers with the problem that an error is. What is the cloud's own
// fault is logged and not told.
func (s *Service) refuse(w http.ResponseWriter, r *http.Request, err error) {
	var f *failure
	switch {
	case errors.As(err, &f):
	case errors.Is(err, access.ErrTooMany):
		w.Header().Set("Retry-After", "30")
		f = problem(http.StatusTooManyRequests, wire.CodeTooMany, "Too many attempts. Wait, then try again.")
	case errors.Is(err, access.ErrNotFound):
		f = problem(http.StatusNotFound, wire.CodeUnknownCode, "There is no such code.")
	case errors.Is(err, access.ErrExpired):
		f = problem(http.StatusGone, wire.CodeExpiredCode, "The code was good once and is no longer.")
	case errors.Is(err, access.ErrConflict):
		f = problem(http.StatusConflict, wire.CodeUsedCode, "The code has been used.")
	case errors.Is(err, access.ErrForbidden):
		f = problem(http.StatusForbidden, wire.CodeRevoked, "This tablet has been revoked.")
	default:
		s.Logger.Error("device request", "path", r.URL.Path, "address", r.RemoteAddr, "err", err)
		f = problem(http.StatusInternalServerError, wire.CodeInternal, "The cloud could not do this. Try again later.")
	}
	refuse(w, f)
}

func refuse(w http.ResponseWriter, f *failure) {
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(f.Status)
	_ = json.NewEncoder(w).Encode(wire.Problem(*f)) //nolint:errcheck // whoever asked is gone
}
