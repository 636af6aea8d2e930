package edge

import (
	"context"
	"fmt"

	"github.com/nats-io/nats.go/jetstream"
)

// The streams in which the broker keeps what MQTT asks it to, see nats-server's
// server/mqtt.go. It makes those that it doesn't find when the first tablet comes, as
// files.
var streams = []jetstream.StreamConfig{
	{Name: "$MQTT_sess", Subjects: []string{"$MQTT.sess.>"}, Retention: jetstream.LimitsPolicy, MaxMsgsPerSubject: 1},
	{Name: "$MQTT_msgs", Subjects: []string{"$MQTT.msgs.>"}, Retention: jetstream.InterestPolicy},
	{Name: "$MQTT_qos2in", Subjects: []string{"$MQTT.qos2.in.>"}, Retention: jetstream.LimitsPolicy, Discard: jetstream.DiscardNew, DiscardNewPerSubject: true, MaxMsgsPerSubject: 1},
	{Name: "$MQTT_out", Subjects: []string{"$MQTT.out.>"}, Retention: jetstream.InterestPolicy},
	{Name: "$MQTT_rmsgs", Subjects: []string{"$MQTT.rmsgs.>"}, Retention: jetstream.LimitsPolicy, MaxMsgsPerSubject: 1},
}

// makeStreams makes them in memory. Nothing in them outlives the broker anyway, and one
// whose file could not be written once, because the disk was full or broken for a
// moment, takes nothing more for as long as the program runs.
func (e *Edge) makeStreams(ctx context.Context) error {
	js, err := jetstream.New(e.nc)
	if err != nil {
		return fmt.Errorf("the broker's streams: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, lookupTimeout)
	defer cancel()
	for _, s := range streams {
		s.Storage = jetstream.MemoryStorage
		if _, err := js.CreateStream(ctx, s); err != nil {
			return fmt.Errorf("the broker's stream %s: %w", s.Name, err)
		}
	}
	return nil
}
