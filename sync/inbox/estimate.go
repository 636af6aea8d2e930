package inbox

import (
	"slices"
	"time"

	"muster/sync/wire"
)

// Estimator compares the tablet's clock with the cloud's out of pulses and their
// answers, after RFC 5905: of the last eight exchanges the quickest counts. It
// reads no clock.
type Estimator struct {
	sent    map[int64]time.Duration // by Pulse.sent_us: the monotonic clock then
	samples []sample
}

type sample struct {
	at          time.Duration // monotonic
	cloud       time.Duration // cloud time minus monotonic time, as microseconds since 1970 in a Duration
	uncertainty time.Duration
}

// width is how wide the estimate of a sample has become.
func (s sample) width(mono time.Duration) time.Duration {
	return s.uncertainty + time.Duration(float64(mono-s.at)*ageing)
}

const (
	maxSamples = 8
	maxSent    = 16
	maxDelay   = 10 * time.Second // a slower exchange says too little
	ageing     = 50e-6            // what a sample loses per second: two cheap quartzes
)

// Sent takes note of a pulse: its sent_us and the monotonic clock when it left.
func (e *Estimator) Sent(sentUS int64, mono time.Duration) {
	if e.sent == nil || len(e.sent) >= maxSent {
		e.sent = map[int64]time.Duration{}
	}
	e.sent[sentUS] = mono
}

// Answered takes an answer at a moment of both the tablet's clocks, and returns
// the offset (cloud minus wall) with half its width; ok is false when the answer
// says nothing. Setting the wall clock between question and answer does no harm:
// the exchange is timed with the other clock.
func (e *Estimator) Answered(r *wire.PulseReply, wall time.Time, mono time.Duration) (offset, uncertainty time.Duration, ok bool) {
	left, asked := e.sent[r.GetSentUs()]
	if !asked {
		return 0, 0, false
	}
	delete(e.sent, r.GetSentUs())
	held := time.Duration(r.GetRepliedUs()-r.GetReceivedUs()) * time.Microsecond
	delay := mono - left - held
	if r.GetReceivedUs() <= 0 || r.GetRepliedUs() > 1<<52 || held < 0 || delay < 0 || delay > maxDelay {
		return 0, 0, false
	}
	middle := (left + mono) / 2
	cloud := time.Duration((r.GetReceivedUs()+r.GetRepliedUs())/2)*time.Microsecond - middle
	newest := sample{at: mono, cloud: cloud, uncertainty: delay/2 + time.Microsecond}
	// What contradicts the newest was another cloud's clock, or the same before
	// somebody set it.
	e.samples = slices.DeleteFunc(e.samples, func(s sample) bool { return (s.cloud - newest.cloud).Abs() > s.width(mono)+newest.uncertainty })
	e.samples = append(e.samples, newest)
	if len(e.samples) > maxSamples {
		e.samples = e.samples[1:]
	}
	best, width := e.samples[0], time.Duration(1<<62)
	for _, s := range e.samples {
		if w := s.width(mono); w <= width {
			best, width = s, w
		}
	}
	now := time.UnixMicro((best.cloud + mono).Microseconds())
	return now.Sub(wall.Round(0)), width, true
}
