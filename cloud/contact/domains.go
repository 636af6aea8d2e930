package contact

import (
	"context"
	"errors"
	"net"
	"strings"
	"sync"
	"time"

	"muster/invite"
)

// Resolver asks the domain name system; *net.Resolver is one.
type Resolver interface {
	LookupMX(ctx context.Context, name string) ([]*net.MX, error)
	LookupHost(ctx context.Context, name string) ([]string, error)
}

// Domains tells whether mail can go to a domain at all. It remembers answers, so
// that a list of a thousand colleagues asks once. Safe for concurrent use.
type Domains struct {
	resolver Resolver
	timeout  time.Duration

	mu    sync.Mutex
	known map[string]*lookup
}

type lookup struct {
	done    chan struct{}
	unknown bool
}

// mostDomains bounds the memory of one Domains; past it, it forgets.
const mostDomains = 10_000

// NewDomains asks resolver and waits at most timeout for a domain.
func NewDomains(resolver Resolver, timeout time.Duration) *Domains {
	return &Domains{resolver: resolver, timeout: timeout, known: map[string]*lookup{}}
}

// Check refuses an address that Email made when no server takes mail for its
// domain. Trouble in asking refuses nobody: the result is nil then, and when ctx
// ends.
func (d *Domains) Check(ctx context.Context, email string) *invite.Refusal {
	at := strings.LastIndexByte(email, '@')
	if at < 0 {
		return nil
	}
	domain := email[at+1:]
	d.mu.Lock()
	asked, ok := d.known[domain]
	if !ok {
		if len(d.known) >= mostDomains {
			clear(d.known)
		}
		asked = &lookup{done: make(chan struct{})}
		d.known[domain] = asked
	}
	d.mu.Unlock()
	if ok {
		select {
		case <-asked.done:
		case <-ctx.Done():
			return nil
		}
	} else {
		var sure bool
		asked.unknown, sure = d.ask(ctx, domain)
		if !sure { // ask again next time
			d.mu.Lock()
			if d.known[domain] == asked {
				delete(d.known, domain)
			}
			d.mu.Unlock()
		}
		close(asked.done)
	}
	if !asked.unknown {
		return nil
	}
	return &invite.Refusal{Reason: invite.UnknownDomain, Given: email, Suggestion: Typo(email)}
}

// ask tells whether the domain takes no mail, and whether that is an answer or
// only trouble.
func (d *Domains) ask(ctx context.Context, domain string) (unknown, sure bool) {
	ctx, cancel := context.WithTimeout(ctx, d.timeout)
	defer cancel()
	name := domain + "." // never the search list of this machine
	servers, err := d.resolver.LookupMX(ctx, name)
	for _, s := range servers {
		if s.Host != "." && s.Host != "" {
			return false, true
		}
	}
	if err == nil && len(servers) > 0 {
		return true, true // a null MX: the domain says that it takes none
	}
	if err != nil && !notFound(err) {
		return false, false
	}
	hosts, err := d.resolver.LookupHost(ctx, name)
	switch {
	case err == nil:
		return len(hosts) == 0, true
	case notFound(err):
		return true, true
	default:
		return false, false
	}
}

func notFound(err error) bool {
	var dns *net.DNSError
	return errors.As(err, &dns) && dns.IsNotFound
}
