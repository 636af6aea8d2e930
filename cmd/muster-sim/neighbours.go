package main

import (
	"context"
	"os"

	"muster/internal/swarm"
)

func init() {
	registerHidden("neighbours", "Be some tablets beside a drain, as told by standard input.", &neighboursCommand{})
}

// neighboursCommand is "muster-sim neighbours", which "muster-sim drain" starts.
type neighboursCommand struct{}

// Run serves until it is told to finish.
func (*neighboursCommand) Run(ctx context.Context) error {
	return swarm.ServeNeighbours(ctx, os.Stdin, os.Stdout)
}
