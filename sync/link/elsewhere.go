package link

import (
	"context"
	"crypto/tls"
	"errors"
	"slices"
	"time"
)

// broker is what a broker has proved itself to be: the certificate that it shows. Each
// cloud makes itself one when it starts, with a key of its own. So two addresses of
// one cloud (a name's old and new kind, say) are told from two clouds, whatever they
// are called and wherever they are.
type broker string

func proven(conn *tls.Conn) broker {
	shown := conn.ConnectionState().PeerCertificates
	if len(shown) == 0 {
		return ""
	}
	return broker(shown[0].Raw)
}

var errNoOther = errors.New("the same broker, or one that was left")

// elsewhere tells whether another broker than that of a session answers. Each place
// has so long for that, and the next is tried when it is over. Where it is, is noted: another
// place may be one more of the broker that is to be left.
func (l *Link) elsewhere(ctx context.Context, s *Session, with func(host string) *tls.Config, within time.Duration) bool {
	places, err := l.places(ctx)
	if err != nil {
		return false
	}
	places = slices.DeleteFunc(places, func(p place) bool { return p.address == s.place.address })
	r := newRace(ctx, places, min(l.Impatience, within), func(ctx context.Context, p place) (*tls.Conn, error) {
		ctx, cancel := context.WithTimeout(ctx, within)
		defer cancel()
		conn, err := l.connect(ctx, p, with(p.host))
		if err != nil {
			return nil, err
		}
		if other := proven(conn); other == s.broker || l.left.lately(other) {
			return nil, errors.Join(errNoOther, conn.Close())
		}
		return conn, nil
	})
	defer r.close()
	other, err := r.next()
	if err != nil {
		return false
	}
	_ = other.conn.Close() // it has answered
	s.lookout.found = other.place
	return true
}
