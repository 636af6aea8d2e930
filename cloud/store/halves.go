package store

import "sync"

// inHalves calls f once for each of n things, on two processors where that is worth
// it: f writes only what is of its thing.
func inHalves(n int, f func(i int)) {
	half := n / 2
	if n < 100 {
		half = n
	}
	var other sync.WaitGroup
	if half < n {
		other.Go(func() {
			for i := half; i < n; i++ {
				f(i)
			}
		})
	}
	for i := range half {
		f(i)
	}
	other.Wait()
}
