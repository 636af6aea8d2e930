package tablet

import (
	"errors"
	"fmt"
	"time"

	"muster/device/store"
)

// errAnew ends one identity's life, for the next.
var errAnew = errors.New("to be activated again")

// beginAnew puts a revoked tablet's data aside. Nothing is deleted: what was not
// sent can be exported out of the files that were set aside.
func (t *Tablet) beginAnew() error {
	if err := t.store.Close(); err != nil {
		return fmt.Errorf("activate again: %w", err)
	}
	t.store, t.office = nil, nil
	moved, err := store.SetAside(t.Data, time.Now())
	if err != nil {
		return fmt.Errorf("activate again: %w", err)
	}
	t.logger.Warn("set aside, to be activated again", "files", moved)
	t.stage.change(func(s *state) {
		*s = state{starting: true, reader: s.reader, detail: s.detail, noReader: s.noReader}
	})
	return nil
}
