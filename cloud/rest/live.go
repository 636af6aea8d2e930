package rest

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/sse"

	"muster/access"
	"muster/attendance"
)

// beat is how often a stream without news shows that it is alive, and makes sure
// that its token is still in force.
const beat = 20 * time.Second

// backlog is how much news may wait for a slow listener.
const backlog = 256

// still is sent when there is no news.
type still struct {
	At time.Time `json:"at"`
}

// missed is sent when there was more news than the listener took: it should read
// the lists again.
type missed struct{}

type news struct{ topic, id string }

func (a *api) live() {
	sse.Register(a.huma, huma.Operation{
		OperationID: "live", Method: http.MethodGet, Path: "/api/v1/live", Tags: []string{"Punches"},
		Summary:     "Punches and refusals as they come, as server-sent events",
		Description: "A beat comes every 20 seconds. After 'missed', read the lists again: there was more news than you took.",
		Security:    secure("live"),
		Errors:      []int{http.StatusUnauthorized},
	}, map[string]any{"punch": punch{}, "refusal": refusal{}, "beat": still{}, "missed": missed{}}, func(ctx context.Context, _ *struct{}, send sse.Sender) {
		select {
		case a.streams <- struct{}{}:
			defer func() { <-a.streams }()
		default:
			a.Logger.WarnContext(ctx, "too many live streams")
			return
		}
		if err := a.stream(ctx, send); err != nil && ctx.Err() == nil {
			a.Logger.InfoContext(ctx, "live stream ended", "err", err)
		}
	})
}

// stream sends news until the listener leaves or its token ends.
func (a *api) stream(ctx context.Context, send sse.Sender) error {
	waiting := make(chan news, backlog)
	lost := make(chan struct{}, 1)
	begin := func() {
		select {
		case lost <- struct{}{}:
		default:
		}
	}
	stop, err := a.News.Listen(userOf(ctx).Org, func(topic, id string) {
		switch topic {
		case "": // other replicas could not be heard for a while
			begin()
			return
		case "punch", "refusal":
		default:
			return
		}
		select {
		case waiting <- news{topic, id}:
		default:
			begin()
		}
	})
	if err != nil {
		return err
	}
	defer stop()
	if err := send.Data(still{At: a.Now().UTC()}); err != nil { // so that the listener knows it is listening
		return err
	}
	ticker := time.NewTicker(beat)
	defer ticker.Stop()
	for {
		var data any
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
			data = still{At: a.Now().UTC()}
		case <-lost:
			data = missed{}
		case n := <-waiting:
			if data, err = a.told(ctx, n); err != nil {
				return err
			}
		}
		if data == nil {
			continue
		}
		if _, err := a.again(ctx); err != nil {
			return err
		}
		if err := send.Data(data); err != nil {
			return err
		}
	}
}

// again returns who listens as they are now, or an error once their token is no
// longer in force.
func (a *api) again(ctx context.Context) (access.Actor, error) {
	secret, _ := ctx.Value(tokenKey).(string)
	u, err := a.Store.ByAPIToken(ctx, secret)
	return u.Actor(), err
}

// told looks up what news is about, with the listener's eyes; nil is news that is
// none of their business.
func (a *api) told(ctx context.Context, n news) (any, error) {
	actor, err := a.again(ctx)
	if err != nil {
		return nil, err
	}
	var data any
	if n.topic == "punch" {
		e, lookErr := a.Store.Punch(ctx, actor, attendance.PunchID(n.id))
		data, err = punchOut(e), lookErr
	} else {
		r, lookErr := a.Store.Refusal(ctx, actor, n.id)
		data, err = refusalOut(r), lookErr
	}
	if errors.Is(err, access.ErrNotFound) {
		return nil, nil
	}
	return data, err
}
