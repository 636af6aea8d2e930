//go:build !cgo

package reader

import (
	"context"
	"errors"
	"io"
)

// Child can't do anything in a program built without cgo.
func Child(_ context.Context, _ string, w io.Writer) error {
	err := errors.New("built without cgo: no libnfc")
	_ = event{Kind: kindFailing, Detail: err.Error()}.write(w)
	return err
}
