// Command muster-sim holds the desk tools: a simulated card reader with a page to
// tap cards on, and what drives it from a shell.
//
// Each command lives in a file of its own and announces itself from an init
// function there (see register), so that commands can be added side by side.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"
)

// command is what kong runs: a struct with flags and a method
// Run(context.Context) error.
type command interface {
	Run(ctx context.Context) error
}

// commands are kong's descriptions of all commands, in the order of their files.
var commands []kong.Option

// register adds a command. Call it from init only.
func register(name, help string, c command) {
	commands = append(commands, kong.DynamicCommand(name, help, "", c))
}

// registerHidden adds a command that another one starts, and the help doesn't list.
func registerHidden(name, help string, c command) {
	commands = append(commands, kong.DynamicCommand(name, help, "", c, `hidden:""`))
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "muster-sim:", err)
		stop()
		os.Exit(1) //nolint:gocritic // stop has been called
	}
}

// run carries out one command line.
func run(ctx context.Context, args []string) error {
	options := append([]kong.Option{
		kong.Name("muster-sim"),
		kong.Description("A simulated card reader and fleet of tablets for Muster."),
		kong.UsageOnError(),
		kong.BindTo(ctx, (*context.Context)(nil)),
	}, commands...)
	parser, err := kong.New(&struct{}{}, options...)
	if err != nil {
		return fmt.Errorf("describe commands: %w", err)
	}
	chosen, err := parser.Parse(args)
	if err != nil {
		return fmt.Errorf("%w (muster-sim --help tells how)", err)
	}
	return chosen.Run()
}
