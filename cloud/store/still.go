package store

import "context"

// Still runs f with a store all of whose reading sees one moment of the database,
// however often f reads and whatever is changed meanwhile. What f changes it doesn't
// see. f uses it from one goroutine, and only until it returns; it holds a
// connection for as long, so it must not wait for anybody outside.
func (s *Store) Still(ctx context.Context, f func(*Store) error) error {
	t, err := s.read.begin(ctx, moment)
	if err != nil {
		return err
	}
	defer t.rollback()
	still := *s
	still.read = pool{speaker: t.speaker}
	return f(&still)
}
