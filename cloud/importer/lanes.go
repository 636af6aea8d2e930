package importer

import (
	"context"
	"fmt"
	"sync"
)

// lanes is how many lists are worked on at the same time. Of an organisation it is only
// ever one (TakeIntake), so that the long list of one never keeps all of them busy.
const lanes = 2

// New returns an importer that does nothing yet.
func New(c Config) *Importer {
	i := &Importer{Config: c, wake: make(chan struct{}, 1)}
	for n := 1; n < lanes; n++ {
		one := c
		one.Worker = fmt.Sprintf("%s/%d", c.Worker, n+1)
		i.beside = append(i.beside, &Importer{Config: one, wake: make(chan struct{}, 1)})
	}
	return i
}

// Run works until ctx ends. What is under way then is gone on with by whoever runs
// next.
func (i *Importer) Run(ctx context.Context) {
	var all sync.WaitGroup
	for _, one := range i.beside {
		all.Go(func() { one.lane(ctx) })
	}
	i.lane(ctx)
	all.Wait()
}
