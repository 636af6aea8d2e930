package notify

import (
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"muster/invite"
)

const (
	// LongestWebhook is how much a provider may send at once, in bytes. A raw mail
	// may be as long as LongestBounce.
	LongestWebhook = 1 << 20
	// mostReports is how many reports one request may bring.
	mostReports = 1000
	// mostSeen is how many requests are remembered, so that one that comes again is
	// not told again.
	mostSeen = 50_000
)

var (
	errSignature = errors.New("the signature is wrong")
	errStale     = errors.New("the request is too old, or of the future")
	errReplay    = errors.New("a used signature came with another text")
	errShape     = errors.New("the request can't be read")
)

// Hook knows how one provider signs and what it says. It checks the signature
// before it looks at anything else.
type Hook interface {
	// read gives the reports of a request that is genuine, and what makes it
	// unique. Its errors are those above.
	read(r *http.Request, body []byte, now time.Time) (reports []invite.Report, once string, err error)
	// longest is how long a body may be, in bytes.
	longest() int64
}

// Webhooks hears the providers that call back.
type Webhooks struct {
	report Reporter
	log    *slog.Logger
	now    func() time.Time

	mu   sync.Mutex
	seen map[[sha256.Size]byte]mark
}

// mark remembers a request that was told.
type mark struct {
	body [sha256.Size]byte
	at   time.Time
}

// NewWebhooks tells report what providers say; now is the clock.
func NewWebhooks(report Reporter, now func() time.Time, log *slog.Logger) *Webhooks {
	return &Webhooks{report: report, now: now, log: log, seen: map[[sha256.Size]byte]mark{}}
}

// Handler is the address of one provider; name is for the log.
//
// A request is answered with 204 once its reports are kept, and again when it
// comes again; with 403 when it isn't genuine, 400 or 413 when it can't be read,
// and 503 when the reports could not be kept, so that it comes again.
func (w *Webhooks) Handler(name string, h Hook) http.Handler {
	log := w.log.With("webhook", name)
	return http.HandlerFunc(func(out http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodPost {
			out.Header().Set("Allow", http.MethodPost)
			out.WriteHeader(http.StatusMethodNotAllowed)
			return
		}
		body, err := io.ReadAll(http.MaxBytesReader(out, r.Body, h.longest()))
		if err != nil {
			var long *http.MaxBytesError
			if errors.As(err, &long) {
				out.WriteHeader(http.StatusRequestEntityTooLarge)
			} else {
				out.WriteHeader(http.StatusBadRequest)
			}
			return
		}
		switch err := w.take(r.Context(), h, name, r, body); {
		case err == nil:
			out.WriteHeader(http.StatusNoContent)
		case errors.Is(err, errShape):
			log.Warn("a provider's report can't be read")
			out.WriteHeader(http.StatusBadRequest)
		case errors.Is(err, errSignature), errors.Is(err, errStale), errors.Is(err, errReplay):
			log.Warn("a report was refused", "err", err)
			out.WriteHeader(http.StatusForbidden)
		default:
			log.Error("reports could not be kept", "err", err)
			out.WriteHeader(http.StatusServiceUnavailable)
		}
	})
}

// take tells the reports of one request, unless they were told before.
func (w *Webhooks) take(ctx context.Context, h Hook, name string, r *http.Request, body []byte) error {
	now := w.now()
	reports, once, err := h.read(r, body, now)
	if err != nil {
		return err
	}
	key := sha256.Sum256([]byte(name + "\x00" + once))
	text := sha256.Sum256(body)
	w.mu.Lock()
	before, again := w.seen[key]
	w.mu.Unlock()
	if again {
		if before.body != text {
			return errReplay
		}
		return nil
	}
	if len(reports) > mostReports {
		return errShape
	}
	for i := range reports {
		reports[i].Detail = detail(reports[i].Detail)
		if at := reports[i].At; at.IsZero() || at.After(now) {
			reports[i].At = now
		}
	}
	if len(reports) > 0 {
		if err := w.report(ctx, reports); err != nil {
			return err
		}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.seen) >= mostSeen {
		w.forget(now)
	}
	w.seen[key] = mark{text, now}
	return nil
}

// forget makes room: first what is too old to be genuine still, then whatever
// comes.
func (w *Webhooks) forget(now time.Time) {
	for k, m := range w.seen {
		if now.Sub(m.at) > longestWindow {
			delete(w.seen, k)
		}
	}
	for k := range w.seen {
		if len(w.seen) < mostSeen*9/10 {
			return
		}
		delete(w.seen, k)
	}
}
