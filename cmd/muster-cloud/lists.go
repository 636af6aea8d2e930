package main

import "context"

// runLists imports people until ctx ends.
func (m *Main) runLists(ctx context.Context) error {
	if !m.shared {
		if err := m.store.ReleaseIntakes(ctx); err != nil {
			return err
		}
	}
	m.background.Go(func() { m.lists.Run(ctx) })
	return nil
}
