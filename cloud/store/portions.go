package store

import "iter"

// portions cuts things into pieces of a few sizes, the largest first, and the rest
// one by one: a statement that takes a piece has as many forms as there are sizes,
// and each is compiled once.
func portions[T any](all []T, sizes ...int) iter.Seq[[]T] {
	return func(yield func([]T) bool) {
		for _, size := range append(sizes, 1) {
			for len(all) >= size {
				if !yield(all[:size:size]) {
					return
				}
				all = all[size:]
			}
		}
	}
}
