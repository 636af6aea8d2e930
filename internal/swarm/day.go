package swarm

import (
	"context"
	"math/rand/v2"
	"slices"
	"time"
)

// appointment is when somebody will hold a card to a reader.
type appointment struct {
	at     time.Duration // since midnight
	person int
}

// shifts are when people work, and how many of a hundred.
var shifts = []struct {
	start, hours time.Duration
	share        int
}{
	{6 * time.Hour, 8 * time.Hour, 30},
	{8*time.Hour + 30*time.Minute, 8*time.Hour + 30*time.Minute, 50},
	{14 * time.Hour, 8 * time.Hour, 15},
	{21 * time.Hour, 2 * time.Hour, 5},
}

// workingDay draws when people come, go for their break, come back and go home. Most
// come in the last ten minutes before their shift, some late; all leave within five
// minutes.
func workingDay(people int, dice *rand.Rand) []appointment {
	within := func(d time.Duration) time.Duration { return time.Duration(dice.Int64N(int64(d))) }
	var day []appointment
	for p := range people {
		at := dice.IntN(100)
		for _, s := range shifts {
			if at -= s.share; at >= 0 {
				continue
			}
			in := s.start - within(10*time.Minute)
			if dice.IntN(20) == 0 {
				in = s.start + within(time.Hour)
			}
			out := s.start + s.hours + within(5*time.Minute)
			away := s.start + s.hours/2 + within(30*time.Minute)
			back := away + 20*time.Minute + within(25*time.Minute)
			for _, t := range []time.Duration{in, away, back, out} {
				day = append(day, appointment{t, p})
			}
			break
		}
	}
	slices.SortStableFunc(day, func(a, b appointment) int { return int(a.at - b.at) })
	return day
}

// Work has people come and go for d, a day of 24 hours being pressed into the length of
// day and repeated.
func (f *Fleet) Work(ctx context.Context, d, day time.Duration) {
	dice := rand.New(rand.NewPCG(rand.Uint64(), 1))
	began := time.Now()
	for n := time.Duration(0); n*day < d; n++ {
		for _, a := range workingDay(len(f.people), dice) {
			at := n*day + time.Duration(float64(a.at)/float64(24*time.Hour)*float64(day))
			if at > d {
				return
			}
			if wait := at - time.Since(began); wait > 0 {
				pause(ctx, wait)
			}
			if ctx.Err() != nil {
				return
			}
			f.come(f.people[a.person], dice)
		}
	}
	pause(ctx, d-time.Since(began))
}

// come has somebody tap at one of the tablets of his site.
func (f *Fleet) come(p person, dice *rand.Rand) {
	first := p.site * f.PerSite
	n := min(f.PerSite, len(f.members)-first)
	// Who stands before a dark tablet goes to the next one.
	for range 3 {
		if f.members[first+dice.IntN(n)].tap(p.uid) {
			return
		}
	}
}
