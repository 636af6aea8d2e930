package signals_test

import (
	"errors"
	"fmt"
	"os"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"periph.io/x/conn/v3/gpio"
	"periph.io/x/conn/v3/gpio/gpioreg"
	"periph.io/x/conn/v3/gpio/gpiotest"
	"periph.io/x/conn/v3/physic"
	"periph.io/x/host/v3"

	"muster/device/signals"
)

// The drivers are looked for once, outside of any test's own time.
func TestMain(m *testing.M) {
	_, _ = host.Init()
	os.Exit(m.Run())
}

var pins atomic.Int64

// register makes periph know a fake pin, under a name of its own.
func register(t *testing.T, wrap func(*gpiotest.Pin) gpio.PinIO) (*gpiotest.Pin, string) {
	t.Helper()
	n := int(1000 + pins.Add(1))
	p := &gpiotest.Pin{N: fmt.Sprintf("FAKE%d", n), Num: n}
	if err := gpioreg.Register(wrap(p)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = gpioreg.Unregister(p.N) })
	return p, p.N
}

func plain(p *gpiotest.Pin) gpio.PinIO { return p }

// board is a tablet's lamps and buzzer.
type board struct {
	accept, refuse, wait, fault, buzzer *gpiotest.Pin
	*signals.Signals
}

func open(t *testing.T, change func(*signals.Config)) *board {
	t.Helper()
	b := &board{}
	cfg := signals.Config{}
	b.accept, cfg.Accept = register(t, plain)
	b.refuse, cfg.Refuse = register(t, plain)
	b.wait, cfg.Wait = register(t, plain)
	b.fault, cfg.Fault = register(t, plain)
	b.buzzer, cfg.Buzzer = register(t, plain)
	change(&cfg)
	b.Signals = signals.Open(cfg)
	t.Cleanup(b.Close)
	return b
}

func lit(p *gpiotest.Pin) bool {
	p.Lock()
	defer p.Unlock()
	return p.L == gpio.High
}

// pitch returns what a pin sounds at, 0 for silence.
func pitch(p *gpiotest.Pin) physic.Frequency {
	p.Lock()
	defer p.Unlock()
	if p.D == 0 {
		return 0
	}
	return p.F
}

// span is a time during which a lamp was on, and at what pitch it sounded.
type span struct {
	on, off time.Duration
	pitch   physic.Frequency
}

// watch samples a lamp and the buzzer each millisecond for a second.
func (b *board) watch(t *testing.T, lamp *gpiotest.Pin) []span {
	t.Helper()
	var spans []span
	was := false
	begin := time.Now()
	for time.Since(begin) < time.Second {
		synctest.Wait()
		now := time.Since(begin)
		switch is := lit(lamp); {
		case is && !was:
			spans = append(spans, span{on: now, pitch: pitch(b.buzzer)})
			was = true
		case !is && was:
			spans[len(spans)-1].off = now
			was = false
		}
		if sounding := pitch(b.buzzer) != 0; sounding != was {
			t.Errorf("at %v the lamp is %v and the buzzer %v", now, was, sounding)
		}
		time.Sleep(time.Millisecond)
	}
	return spans
}

func TestEachSignalHasItsRhythmPitchAndLamp(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		signal func(*board)
		lamp   func(*board) *gpiotest.Pin
		check  func([]span) error
	}{
		"accepted": {
			func(b *board) { b.Accepted() }, func(b *board) *gpiotest.Pin { return b.accept },
			func(s []span) error {
				if len(s) != 2 || s[1].pitch <= s[0].pitch {
					return errors.New("want two rising tones")
				}
				return nil
			},
		},
		"refused": {
			func(b *board) { b.Refused() }, func(b *board) *gpiotest.Pin { return b.refuse },
			func(s []span) error {
				if len(s) != 1 || s[0].off-s[0].on < 300*time.Millisecond || s[0].pitch > 300*physic.Hertz {
					return errors.New("want one long low tone")
				}
				return nil
			},
		},
		"waiting": {
			func(b *board) { b.Waiting() }, func(b *board) *gpiotest.Pin { return b.wait },
			func(s []span) error {
				if len(s) != 1 || s[0].off-s[0].on > 200*time.Millisecond {
					return errors.New("want one short tone")
				}
				return nil
			},
		},
		"fault": {
			func(b *board) { b.Fault() }, func(b *board) *gpiotest.Pin { return b.fault },
			func(s []span) error {
				if len(s) != 3 || s[0].pitch != s[2].pitch || s[0].pitch > 300*physic.Hertz {
					return errors.New("want three short low tones")
				}
				return nil
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := open(t, func(*signals.Config) {})
				c.signal(b)
				spans := b.watch(t, c.lamp(b))
				if err := c.check(spans); err != nil {
					t.Errorf("%v, got %+v", err, spans)
				}
				if last := spans[len(spans)-1].off; last == 0 || last >= 500*time.Millisecond {
					t.Errorf("ends after %v, want less than half a second", last)
				}
				for _, other := range []*gpiotest.Pin{b.accept, b.refuse, b.wait, b.fault} {
					if lit(other) {
						t.Error("a lamp stays on")
					}
				}
			})
		})
	}
}

// The next person taps while the last signal still sounds.
func TestNewSignalCutsTheOldShort(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := open(t, func(*signals.Config) {})
		b.Refused()
		synctest.Wait()
		if !lit(b.refuse) {
			t.Fatal("the refusal does not show")
		}
		b.Accepted()
		synctest.Wait()
		if lit(b.refuse) || !lit(b.accept) {
			t.Error("the refusal goes on while the next tap is accepted")
		}
	})
}

// Signals that come faster than anybody can hear must not pile up.
func TestOnlyTheLatestSignalIsKept(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := open(t, func(*signals.Config) {})
		for range 100 {
			b.Refused()
		}
		b.Waiting()
		spans := b.watch(t, b.wait)
		if len(spans) != 1 || spans[0].on > time.Millisecond {
			t.Errorf("the latest signal shows at %+v", spans)
		}
	})
}

func TestCloseSwitchesOff(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := open(t, func(*signals.Config) {})
		b.Refused()
		synctest.Wait()
		b.Close()
		b.Close()
		if lit(b.refuse) || pitch(b.buzzer) != 0 {
			t.Error("something shines or sounds after Close")
		}
		b.Accepted() // nobody is there to play it; it must not block
		b.Accepted()
	})
}

func TestQuietLeavesTheLamps(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := open(t, func(c *signals.Config) { c.Quiet = func() bool { return true } })
		b.Refused()
		synctest.Wait()
		if !lit(b.refuse) || pitch(b.buzzer) != 0 {
			t.Errorf("lamp %v, pitch %v; want light and silence", lit(b.refuse), pitch(b.buzzer))
		}
	})
}

// onOff is a pin that can make no frequency, as most can't.
type onOff struct{ *gpiotest.Pin }

func (onOff) PWM(gpio.Duty, physic.Frequency) error { return errors.New("not supported") }

func TestBuzzerOnAPinWithoutFrequency(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		buzzer, name := register(t, func(p *gpiotest.Pin) gpio.PinIO { return onOff{p} })
		s := signals.Open(signals.Config{Buzzer: name})
		defer s.Close()
		s.Refused()
		synctest.Wait()
		if !lit(buzzer) {
			t.Error("the buzzer is silent")
		}
		time.Sleep(500 * time.Millisecond)
		synctest.Wait()
		if lit(buzzer) {
			t.Error("the buzzer sounds for ever")
		}
	})
}

func TestWithoutPins(t *testing.T) {
	t.Parallel()
	for _, cfg := range []signals.Config{{}, {Accept: "NO_SUCH_PIN", Buzzer: "NOR_THIS"}} {
		s := signals.Open(cfg)
		s.Accepted()
		s.Refused()
		s.Waiting()
		s.Fault()
		s.Close()
	}
}
