package signals

import (
	"log/slog"
	"sync"
	"time"

	"periph.io/x/conn/v3/gpio"
	"periph.io/x/conn/v3/gpio/gpioreg"
	"periph.io/x/host/v3"
)

// Config names the pins, as periph knows them ("GPIO17", "P1_11"). An empty name
// means that there is no such lamp or buzzer; lamps may share a pin.
type Config struct {
	Accept, Refuse, Wait, Fault string
	// Buzzer sounds at the pitch of the signal where its pin can make a frequency
	// (PWM); elsewhere the pin is switched on and off, for a buzzer with a tone of
	// its own.
	Buzzer string
	// Quiet, if set, is asked before each signal: true leaves the lamps alone to speak.
	Quiet func() bool
	// Logger may be nil.
	Logger *slog.Logger
}

// Signals owns the pins. Its methods return at once and are safe for concurrent
// use.
type Signals struct {
	log    *slog.Logger
	quiet  func() bool
	lamps  [lamps]gpio.PinOut // nil: none
	buzzer *buzzer            // nil: none

	next chan pattern
	stop chan struct{}
	once sync.Once
	work sync.WaitGroup
}

// Open finds the pins. Pins that are not there are logged and left out: a tablet
// without lamps is still a tablet. Close must be called.
func Open(cfg Config) *Signals {
	s := &Signals{
		log: cfg.Logger, quiet: cfg.Quiet,
		next: make(chan pattern, 1), stop: make(chan struct{}),
	}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	if s.quiet == nil {
		s.quiet = func() bool { return false }
	}
	names := [lamps]string{lampAccept: cfg.Accept, lampRefuse: cfg.Refuse, lampWait: cfg.Wait, lampFault: cfg.Fault}
	if names == [lamps]string{} && cfg.Buzzer == "" {
		return s
	}
	if _, err := host.Init(); err != nil {
		s.log.Warn("no pins for lamps and buzzer", "err", err)
	}
	for i, name := range names {
		s.lamps[i] = s.pin(name)
	}
	if p := s.pin(cfg.Buzzer); p != nil {
		s.buzzer = &buzzer{pin: p}
	}
	s.work.Go(s.run)
	return s
}

// pin finds a pin and switches it off; nil where there is none.
func (s *Signals) pin(name string) gpio.PinOut {
	if name == "" {
		return nil
	}
	p := gpioreg.ByName(name)
	if p == nil {
		s.log.Warn("no such pin", "pin", name)
		return nil
	}
	if err := p.Out(gpio.Low); err != nil {
		s.log.Warn("pin can't be used", "pin", name, "err", err)
		return nil
	}
	return p
}

// Accepted signals that a punch is stored.
func (s *Signals) Accepted() { s.play(accepted) }

// Refused signals that nothing was stored.
func (s *Signals) Refused() { s.play(refused) }

// Waiting signals that something is stored here and not yet in the cloud.
func (s *Signals) Waiting() { s.play(waiting) }

// Fault signals that it is the device's fault and not the person's.
func (s *Signals) Fault() { s.play(fault) }

// Close ends what sounds or shines.
func (s *Signals) Close() {
	s.once.Do(func() { close(s.stop) })
	s.work.Wait()
}

// play hands a pattern on. One that nobody has begun yet gives way.
func (s *Signals) play(p pattern) {
	for {
		select {
		case s.next <- p:
			return
		default:
		}
		select {
		case <-s.next:
		default:
		}
	}
}

// run plays patterns until the end.
func (s *Signals) run() {
	defer s.dark()
	for {
		select {
		case p := <-s.next:
			if !s.perform(p) {
				return
			}
		case <-s.stop:
			return
		}
	}
}

// perform plays one pattern and whatever cuts it short; false when the end came.
func (s *Signals) perform(p pattern) bool {
	for {
		next, cut := s.notes(p)
		s.dark()
		if !cut {
			return true
		}
		if next == nil {
			return false
		}
		p = *next
	}
}

// notes plays a pattern to its end, or until it is cut by another one or, with
// nil, by the end.
func (s *Signals) notes(p pattern) (next *pattern, cut bool) {
	sound := s.buzzer != nil && !s.quiet()
	for _, n := range p.notes {
		s.light(p.lamp, gpio.High)
		if sound {
			s.buzzer.on(n.pitch)
		}
		if next, cut := s.wait(n.on); cut {
			return next, true
		}
		s.light(p.lamp, gpio.Low)
		if sound {
			s.buzzer.off()
		}
		if next, cut := s.wait(n.off); cut {
			return next, true
		}
	}
	return nil, false
}

func (s *Signals) wait(d time.Duration) (next *pattern, cut bool) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil, false
	case p := <-s.next:
		return &p, true
	case <-s.stop:
		return nil, true
	}
}

func (s *Signals) light(l lamp, level gpio.Level) {
	if p := s.lamps[l]; p != nil {
		_ = p.Out(level) // worked when it was opened; a lamp is not worth more
	}
}

// dark switches everything off.
func (s *Signals) dark() {
	for l := range lamps {
		s.light(l, gpio.Low)
	}
	if s.buzzer != nil {
		s.buzzer.off()
	}
}
