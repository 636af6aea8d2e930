package store

import (
	"context"
	"fmt"
)

// Quota bounds the database's file as a disk that is full does: with 0 it takes
// no page more than it has, with more it may grow to so many pages of 4 KiB. It
// lasts for as long as the store is open. It is there to try what a full disk
// does without filling one.
func (s *Store) Quota(ctx context.Context, pages uint32) error {
	var now uint32
	if err := s.write.QueryRowContext(ctx, fmt.Sprintf(`PRAGMA max_page_count = %d`, max(pages, 1))).Scan(&now); err != nil {
		return wrap("bound the store", err)
	}
	return nil
}

// Unbounded is the quota of a store that may grow.
const Unbounded = 1<<32 - 2
