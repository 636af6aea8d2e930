package reader

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"strings"
	"time"

	"muster/attendance"
	"muster/device"
	"muster/nfc"
)

// Config says which reader to use and how.
type Config struct {
	// Connstring is libnfc's name of the reader, such as "pn532_uart:/dev/ttyUSB0".
	// Empty takes the only reader there is; None does without.
	Connstring string
	// Command is the argv of the child process, without the connection string,
	// which is added as the last argument: {os.Executable(), "reader-child"}.
	Command []string
	// Debounce is asked at each sighting; nil means device.DefaultDebounce.
	Debounce func() time.Duration
	// Logger may be nil. UIDs are never logged.
	Logger *slog.Logger
	// Patience is how long the child may be silent before it is ended; 0 means
	// DefaultPatience. Opening a reader may take ten times as long.
	Patience time.Duration
}

// DefaultPatience is well above what libnfc needs to notice by itself that a
// reader has gone silent (0.4 s), and short enough for somebody to wait for.
const DefaultPatience = 2 * time.Second

// State is how the reader is, with a reason for a technician, in English.
type State = device.ReaderReport

// Reader supervises the child process and turns what it says into taps.
type Reader struct {
	cfg    Config
	taps   chan attendance.Tap
	states chan State
	state  State // as last told; belongs to Run
	seen   *nfc.Debouncer
	now    func() time.Time
}

// New returns a Reader that does nothing until Run.
func New(cfg Config) *Reader {
	if cfg.Debounce == nil {
		cfg.Debounce = func() time.Duration { return device.DefaultDebounce }
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	if cfg.Patience == 0 {
		cfg.Patience = DefaultPatience
	}
	return &Reader{
		cfg:  cfg,
		taps: make(chan attendance.Tap, 64), states: make(chan State, 1),
		seen: nfc.NewDebouncer(cfg.Debounce()), now: time.Now,
	}
}

// Taps delivers debounced taps. What could not be read comes as a tap whose UID
// is not attendance.ValidUID. A consumer that falls 64 taps behind loses the next.
func (r *Reader) Taps() <-chan attendance.Tap { return r.taps }

// States delivers how the reader is, whenever that changes. A consumer that is
// slow misses states in between and never the latest.
func (r *Reader) States() <-chan State { return r.states }

// Run works until ctx ends and returns its error; the child is gone by then. Call
// it once.
func (r *Reader) Run(ctx context.Context) error {
	if r.cfg.Connstring == None {
		r.tell(State{Reader: device.ReaderMissing, Detail: "switched off"})
		<-ctx.Done()
		return ctx.Err()
	}
	r.tell(State{Reader: device.ReaderStarting, Detail: ""})
	wait := newBackoff()
	for ctx.Err() == nil {
		if missing := r.missing(); missing != "" {
			r.tell(State{Reader: device.ReaderMissing, Detail: missing})
			sleep(ctx, lookAgain)
			wait.reset()
			continue
		}
		worked := r.session(ctx)
		if ctx.Err() != nil {
			break
		}
		if worked {
			wait.reset()
		}
		sleep(ctx, wait.next())
	}
	return ctx.Err()
}

// lookAgain is how often a missing reader is looked for. It takes a look into a
// directory and no process.
const lookAgain = 200 * time.Millisecond

// missing says why it is no use to start a child, empty if it is some.
func (r *Reader) missing() string {
	node, ok := nfc.Port(r.cfg.Connstring)
	if !ok {
		return ""
	}
	if _, err := os.Stat(node); errors.Is(err, fs.ErrNotExist) {
		return node + " is not there"
	}
	return ""
}

// handle takes one event of the child.
func (r *Reader) handle(e event) {
	switch e.Kind {
	case kindReady:
		r.tell(State{Reader: device.ReaderReady, Detail: e.Detail})
	case kindCard:
		t := e.target()
		r.tap(t.UID, t.Technology)
	case kindBad:
		r.cfg.Logger.Warn("card can't be read", "why", e.Detail)
		r.tap(nil, "")
	case kindTrouble:
		r.cfg.Logger.Warn("card reader gave no sound answer", "why", e.Detail)
	case kindMissing:
		r.tell(State{Reader: device.ReaderMissing, Detail: e.Detail})
	case kindFailing:
		r.tell(State{Reader: device.ReaderFailing, Detail: e.Detail})
	case kindAlive:
	}
}

func (r *Reader) tap(uid []byte, technology string) {
	now := r.now()
	r.seen.SetHold(r.cfg.Debounce())
	if !r.seen.Seen(uid, now) {
		return
	}
	select {
	case r.taps <- attendance.Tap{UID: uid, Technology: technology, At: now}:
	default:
		r.cfg.Logger.Error("tap lost: nobody takes taps")
	}
}

// tell makes a state known, if it is news. It never waits: a state that nobody
// took yet gives way.
func (r *Reader) tell(s State) {
	s.Detail = strings.TrimSpace(s.Detail)
	if s == r.state {
		return
	}
	r.state = s
	r.cfg.Logger.Info("card reader", "state", s.Reader, "detail", s.Detail)
	for {
		select {
		case r.states <- s:
			return
		default:
		}
		select {
		case <-r.states:
		default:
		}
	}
}
