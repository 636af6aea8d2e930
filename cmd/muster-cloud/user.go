package main

import (
	"context"
	"errors"
)

// resetCommand is "muster-cloud user reset-password".
type resetCommand struct {
	Email string `arg:"" help:"The account's address."`
	Data  string `help:"Folder of the cloud." default:"${state}" type:"path"`
}

// Run prints the link.
func (c *resetCommand) Run(context.Context) error { return errors.New("not yet") }
