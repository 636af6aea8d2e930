package inbox_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"muster/sync/inbox"
	"muster/sync/wire"
)

// The true offset is always within the uncertainty, however long question and
// answer take and however unevenly.
func TestEstimateHoldsTheTruth(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		offset := time.Duration(rapid.Int64Range(-1e9, 1e9).Draw(t, "offset µs")) * time.Microsecond
		wall := time.UnixMicro(1_800_000_000_000_000)
		mono := time.Hour
		pass := func(d time.Duration) { wall, mono = wall.Add(d), mono+d }
		delay := func(name string) time.Duration {
			return time.Duration(rapid.Int64Range(0, 2e6).Draw(t, name)) * time.Microsecond
		}
		var e inbox.Estimator
		for range rapid.IntRange(1, 12).Draw(t, "pulses") {
			sent := wall.UnixMicro()
			e.Sent(sent, mono)
			pass(delay("up"))
			received := wall.Add(offset)
			pass(delay("held"))
			replied := wall.Add(offset)
			pass(delay("down"))
			got, width, ok := e.Answered(&wire.PulseReply{SentUs: sent, ReceivedUs: received.UnixMicro(), RepliedUs: replied.UnixMicro()}, wall, mono)
			if !ok {
				t.Fatal("a good answer says nothing")
			}
			if (got - offset).Abs() > width+2*time.Microsecond {
				t.Fatalf("offset %v ± %v, in truth %v", got, width, offset)
			}
			pass(30 * time.Second)
		}
	})
}

// Somebody sets the wall clock between question and answer.
func TestEstimateAcrossAStep(t *testing.T) {
	t.Parallel()
	var e inbox.Estimator
	wall, mono := time.UnixMicro(1_800_000_000_000_000), time.Hour
	e.Sent(wall.UnixMicro(), mono)
	answer := &wire.PulseReply{
		SentUs: wall.UnixMicro(), ReceivedUs: wall.Add(time.Second).UnixMicro(), RepliedUs: wall.Add(time.Second).UnixMicro(),
	}
	offset, width, ok := e.Answered(answer, wall.Add(time.Hour), mono+20*time.Millisecond)
	want := time.Second + 10*time.Millisecond - time.Hour
	if !ok || (offset-want).Abs() > width || width > 11*time.Millisecond {
		t.Errorf("offset %v ± %v, %v; want %v", offset, width, ok, want)
	}
}

// The tablet goes from a cloud whose clock is an hour ahead to one whose clock is
// right: from the first answer on that one counts, however quick the others were.
func TestEstimateAfterAnotherCloud(t *testing.T) {
	t.Parallel()
	var e inbox.Estimator
	wall, mono := time.UnixMicro(1_800_000_000_000_000), time.Hour
	answer := func(ahead, delay time.Duration) (time.Duration, time.Duration) {
		t.Helper()
		e.Sent(wall.UnixMicro(), mono)
		at := wall.Add(ahead + delay/2).UnixMicro()
		offset, width, ok := e.Answered(&wire.PulseReply{SentUs: wall.UnixMicro(), ReceivedUs: at, RepliedUs: at}, wall.Add(delay), mono+delay)
		if !ok {
			t.Fatal("a good answer says nothing")
		}
		wall, mono = wall.Add(30*time.Second), mono+30*time.Second
		return offset, width
	}
	for range 8 {
		answer(time.Hour, time.Millisecond)
	}
	if offset, width := answer(0, 200*time.Millisecond); offset.Abs() > width || width > time.Second {
		t.Errorf("offset %v ± %v", offset, width)
	}
	if offset, width := answer(time.Millisecond, 2*time.Second); offset.Abs() > width || width > 110*time.Millisecond {
		t.Errorf("a slower answer that agrees: offset %v ± %v", offset, width)
	}
}

func TestAnswersThatSayNothing(t *testing.T) {
	t.Parallel()
	wall, mono := time.UnixMicro(1_800_000_000_000_000), time.Hour
	us := wall.UnixMicro()
	for name, r := range map[string]*wire.PulseReply{
		"never asked":         {SentUs: us + 1, ReceivedUs: us, RepliedUs: us},
		"answered backwards":  {SentUs: us, ReceivedUs: us + 10, RepliedUs: us},
		"held too long":       {SentUs: us, ReceivedUs: us, RepliedUs: us + 60_000_000},
		"no time":             {SentUs: us},
		"the end of all days": {SentUs: us, ReceivedUs: 1<<63 - 2, RepliedUs: 1<<63 - 1},
	} {
		var e inbox.Estimator
		e.Sent(us, mono)
		if offset, width, ok := e.Answered(r, wall.Add(time.Millisecond), mono+time.Millisecond); ok {
			t.Errorf("%s: offset %v ± %v", name, offset, width)
		}
	}
	var e inbox.Estimator
	e.Sent(us, mono)
	good := &wire.PulseReply{SentUs: us, ReceivedUs: us, RepliedUs: us}
	if _, _, ok := e.Answered(good, wall, mono+time.Hour); ok {
		t.Error("an answer after an hour counts")
	}
	e.Sent(us, mono)
	if _, _, ok := e.Answered(good, wall, mono+time.Millisecond); !ok {
		t.Error("a good answer doesn't count")
	}
	if _, _, ok := e.Answered(good, wall, mono+time.Millisecond); ok {
		t.Error("the same answer counts twice")
	}
}

// The feed is asked for at once, again when nothing comes, and not in a frenzy
// when what comes is of no use.
func TestPulls(t *testing.T) {
	t.Parallel()
	var p inbox.Pulls
	now := time.Unix(1000, 0)
	p.Start(now)
	if !p.Due().Equal(now) {
		t.Error("not asked at once")
	}
	p.Asked(now)
	last := time.Duration(0)
	for range 8 { // nobody answers
		wait := p.Due().Sub(now)
		if wait < last || wait > 2*time.Minute || wait < 5*time.Second {
			t.Errorf("asks again after %v", wait)
		}
		last, now = wait, p.Due()
		p.Asked(now)
	}
	p.Page(now, true, true) // a page, and more to come
	if !p.Due().Equal(now) {
		t.Error("the next page is not asked for at once")
	}
	p.Asked(now)
	p.Page(now, false, true)
	if wait := p.Due().Sub(now); wait != time.Minute {
		t.Errorf("with nothing missing asks after %v", wait)
	}
	p.Page(now, true, false) // a push that doesn't join on
	if !p.Due().Equal(now) {
		t.Error("a gap is not asked about at once")
	}
	p.Asked(now)
	for range 100 { // answers of no use
		p.Page(now, true, false)
	}
	if wait := p.Due().Sub(now); wait < 5*time.Second {
		t.Errorf("a feed of no use is asked again after %v", wait)
	}
}

// Until the first pull of a connection nothing is due that was not asked for.
func FuzzPulseReply(f *testing.F) {
	f.Add(int64(1), int64(2), int64(3))
	f.Add(int64(1), int64(1<<62), int64(1<<62))
	f.Add(int64(1), int64(-1), int64(1))
	f.Fuzz(func(t *testing.T, sent, received, replied int64) {
		var e inbox.Estimator
		e.Sent(sent, time.Hour)
		offset, width, ok := e.Answered(&wire.PulseReply{SentUs: sent, ReceivedUs: received, RepliedUs: replied}, time.Unix(1_800_000_000, 0), time.Hour+time.Second)
		if ok && (width < 0 || offset.Abs() > 200*365*24*time.Hour) {
			t.Errorf("offset %v ± %v", offset, width)
		}
	})
}
