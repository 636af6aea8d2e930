package console

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"muster/access"
)

// beat is how often a live stream says that it is still there, and looks
// whether its reader still may have it; it looks before each piece of news too.
const beat = 20 * time.Second

// retry is how long browsers wait before they connect again.
const retry = 2 * time.Second

// newsItem is what News tells.
type newsItem struct{ topic, id string }

// stream is one live connection to a page (server-sent events).
type stream struct {
	*visit
	news   chan newsItem
	missed chan struct{} // holds a token when news had to be dropped
}

var errSignedOut = errors.New("signed out")

// openStream begins to answer with events and to collect news of the topics
// that want names. The caller calls the returned function when it is done.
func (v *visit) openStream(want ...string) (*stream, func(), error) {
	s := &stream{visit: v, news: make(chan newsItem, 256), missed: make(chan struct{}, 1)}
	wanted := make(map[string]bool, len(want))
	for _, topic := range want {
		wanted[topic] = true
	}
	stop, err := v.console.news.Listen(v.actor.Org, func(topic, id string) {
		switch {
		case topic == "": // other replicas could not be heard for a while
			s.lost()
		case wanted[topic]:
			s.tell(topic, id)
		}
	})
	if err != nil {
		return nil, nil, fmt.Errorf("listen for news: %w", err)
	}
	h := v.w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("X-Accel-Buffering", "no") // a proxy in front must not hold it back
	v.w.WriteHeader(http.StatusOK)
	if err := s.write(fmt.Sprintf("retry: %d\n\n", retry.Milliseconds())); err != nil {
		stop()
		return nil, nil, err
	}
	return s, stop, nil
}

// tell hands the stream a piece of news. It doesn't block: a reader who is slower
// than the news is made to begin afresh.
func (s *stream) tell(topic, id string) {
	select {
	case s.news <- newsItem{topic, id}:
	default:
		s.lost()
	}
}

// lost has the stream begin afresh.
func (s *stream) lost() {
	select {
	case s.missed <- struct{}{}:
	default:
	}
}

// send sends one event. Its data may have several lines.
func (s *stream) send(event, data string) error {
	var b strings.Builder
	fmt.Fprintf(&b, "event: %s\n", event)
	for line := range strings.Lines(data) {
		b.WriteString("data: " + strings.TrimRight(line, "\r\n") + "\n")
	}
	if data == "" {
		b.WriteString("data:\n")
	}
	return s.write(b.String() + "\n")
}

func (s *stream) write(text string) error {
	rc := http.NewResponseController(s.w)
	// A browser that has gone without a word must not hold this for ever. Where
	// the server can't set a deadline (a test's recorder), it has none.
	_ = rc.SetWriteDeadline(time.Now().Add(10 * time.Second))
	if _, err := s.w.Write([]byte(text)); err != nil {
		return err
	}
	return rc.Flush()
}

// run hands news to f until the browser goes or its session ends. begin is called
// first, and again when news was missed.
func (s *stream) run(begin func() error, f func(newsItem) error) error {
	if err := begin(); err != nil {
		return err
	}
	tick := time.NewTicker(beat)
	defer tick.Stop()
	for {
		var err error
		select {
		case <-s.r.Context().Done():
			return nil
		case item := <-s.news:
			if err = s.stillIn(); err == nil {
				err = f(item)
			}
		case <-s.missed:
			if err = s.stillIn(); err == nil {
				err = begin()
			}
		case <-tick.C:
			if err = s.stillIn(); err == nil {
				err = s.send("beat", "") // a page that hears none takes the server for hung
			}
		}
		if err != nil {
			return err
		}
	}
}

// stillIn looks the session up afresh. It gives the stream the actor as he is
// now, and errSignedOut when he is no longer there.
func (s *stream) stillIn() error {
	cookie, err := s.r.Cookie(s.sessions.Cookie.Name)
	if err != nil {
		return errSignedOut
	}
	ctx, cancel := context.WithTimeout(context.Background(), beat)
	defer cancel()
	if ctx, err = s.sessions.Load(ctx, cookie.Value); err != nil {
		return err
	}
	u, ok, err := s.signedIn(ctx)
	switch {
	case err != nil:
		return err
	case !ok:
		return errSignedOut
	}
	s.user, s.actor = u, u.Actor()
	return nil
}

// closed ends a stream. Its answer has begun, so an error can only be logged.
func (v *visit) closed(err error) error {
	switch {
	case err == nil, errors.Is(err, errSignedOut), v.r.Context().Err() != nil, errors.Is(err, access.ErrNotFound):
		return nil
	}
	v.log.Info("live page closed", "path", v.r.URL.Path, "error", err)
	return nil
}
