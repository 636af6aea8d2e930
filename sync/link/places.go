package link

import (
	"cmp"
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"slices"
	"sync"
	"time"
)

// place is one address of a broker. A name can stand for several, and each may be
// another machine.
type place struct {
	host    string // as the certificate names it
	address string // "ip:port"
}

// sour are places where the tablet had no luck lately. They are tried last, so that
// whoever lost one replica goes to another at once; that is forgotten soon, or a
// replica that was away once would be nobody's first choice for good.
type sour struct {
	mu sync.Mutex
	at map[place]time.Time
}

// remembered is how long a place is tried last for having failed.
const remembered = time.Minute

func (s *sour) note(places ...place) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.at == nil {
		s.at = map[place]time.Time{}
	}
	for _, p := range places {
		s.at[p] = time.Now()
	}
}

// order shuffles places; those that failed lately come last, the latest at the end.
func (s *sour) order(places []place) {
	rand.Shuffle(len(places), func(i, j int) { places[i], places[j] = places[j], places[i] })
	s.mu.Lock()
	defer s.mu.Unlock()
	for p, at := range s.at {
		if time.Since(at) > remembered {
			delete(s.at, p)
		}
	}
	slices.SortStableFunc(places, func(a, b place) int { return s.at[a].Compare(s.at[b]) })
}

// places returns where the brokers are, in the order in which to try them. A name
// that isn't found in time is left out when another is: the next round asks again.
func (l *Link) places(ctx context.Context) ([]place, error) {
	brokers := l.Brokers()
	ctx, cancel := context.WithTimeout(ctx, dialTimeout)
	defer cancel()
	type answer struct {
		places []place
		err    error
	}
	answers := make(chan answer, len(brokers))
	for _, b := range brokers {
		go func() {
			found, err := l.find(ctx, b)
			answers <- answer{found, err}
		}()
	}
	var all []place
	var errs failures
	late := time.NewTimer(l.Impatience)
	defer late.Stop()
	for n := 0; n < len(brokers); {
		var enough <-chan time.Time
		if len(all) > 0 {
			enough = late.C
		}
		select {
		case a := <-answers:
			n++
			all = append(all, a.places...)
			if a.err != nil {
				errs = append(errs, a.err)
			}
		case <-enough:
			n = len(brokers)
		}
	}
	if len(all) == 0 {
		return nil, errs.err()
	}
	slices.SortFunc(all, func(a, b place) int { return cmp.Or(cmp.Compare(a.address, b.address), cmp.Compare(a.host, b.host)) })
	all = slices.Compact(all)
	l.sour.order(all)
	return all, nil
}

func (l *Link) find(ctx context.Context, broker string) ([]place, error) {
	host, port, err := net.SplitHostPort(broker)
	if err != nil {
		return nil, fmt.Errorf("broker address: %w", err)
	}
	if _, err := netip.ParseAddr(host); err == nil {
		return []place{{host, broker}}, nil
	}
	found, err := l.Lookup(ctx, "ip", host)
	if err != nil {
		return nil, fmt.Errorf("broker address: %w", err)
	}
	all := make([]place, len(found))
	for i, a := range found {
		all[i] = place{host, net.JoinHostPort(a.Unmap().String(), port)}
	}
	return all, nil
}
