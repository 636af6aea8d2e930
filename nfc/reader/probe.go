package reader

import (
	"context"
	"errors"
	"fmt"

	"muster/device"
)

// Probe asks the reader for one sign of life, for somebody who wants to know what
// is wrong. It returns the reader's connection string.
func Probe(ctx context.Context, cfg Config) (name string, err error) {
	r := New(cfg)
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan error, 1)
	go func() { done <- r.Run(ctx) }()
	defer func() {
		cancel()
		<-done
	}()
	for {
		select {
		case s := <-r.States():
			switch s.Reader {
			case device.ReaderReady:
				return s.Detail, nil
			case device.ReaderMissing, device.ReaderFailing:
				return "", errors.New(s.Detail)
			}
		case <-ctx.Done():
			return "", fmt.Errorf("no answer: %w", context.Cause(ctx))
		}
	}
}
