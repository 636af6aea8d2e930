package fleet

import "muster/cloud/ratelimit"

// guesses limits the wrong codes: for each who, and for all together. 20^8 codes,
// 5 tries a second and a day of validity leave a chance of about one in 60,000
// a day to hit a given code.
type guesses struct {
	each *ratelimit.Limiter
	all  *ratelimit.Limiter
}

// try counts a guess. Call right when it was none.
func (g guesses) try(who string) (right func(), ok bool) {
	each, ok := g.each.Take(who)
	if !ok {
		return nil, false
	}
	all, ok := g.all.Take("")
	if !ok {
		each()
		return nil, false
	}
	return func() { each(); all() }, true
}
