// Command muster-cloud is the cloud in one binary: broker, ingest, store,
// certificate authority, console and API, with nothing beside it but a folder.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"
)

// commands is the command line.
type commands struct {
	Serve serveCommand `cmd:"" default:"withargs" help:"Run the cloud until SIGTERM or Ctrl-C."`
	User  struct {
		ResetPassword resetCommand `cmd:"" help:"Print a one-time link with which an account chooses a new password."`
	} `cmd:"" help:"Accounts of the console."`
	Licence      licenceCommand      `cmd:"" help:"What organisations may use."`
	Organisation organisationCommand `cmd:"" help:"Organisations of this cloud."`
	Operator     operatorCommand     `cmd:"" help:"Those who run this cloud by its pages at /operator."`
	Verify       verifyCommand       `cmd:"" help:"Check what the tablets told: every row's hash, every link of the chains, every gap. Exit code 1 when something is broken."`
	Import       importCommand       `cmd:"" help:"Take in the rows that \"muster-tablet export\" wrote to a file."`
	Migrate      struct {
		Up     upCommand     `cmd:"" help:"Bring the schema up to what this program knows; serve does it by itself."`
		Down   downCommand   `cmd:"" help:"Take the schema back, for an older program."`
		Status statusCommand `cmd:"" help:"Show which migrations the database has."`
	} `cmd:"" help:"The database's schema. Stop every cloud that uses it first."`
	Restored restoredCommand `cmd:"" help:"Run this once after the database was restored from a backup, before the cloud starts on it: tablets may know what it has forgotten."`
	Move     moveCommand     `cmd:"" help:"Copy organisations from one database to another. Stop every cloud that uses either first."`
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	var cli commands
	k := kong.Parse(&cli, kong.Name("muster-cloud"), kong.Description("The cloud of Muster attendance tablets."), kong.UsageOnError(),
		kong.BindTo(ctx, (*context.Context)(nil)), kong.Vars{"state": stateFolder()})
	if err := k.Run(); err != nil {
		fmt.Fprintln(os.Stderr, "muster-cloud:", err)
		os.Exit(1)
	}
}
