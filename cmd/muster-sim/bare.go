package main

import (
	"context"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"syscall"

	"github.com/alecthomas/kong"

	"muster/internal/barebroker"
	"muster/internal/swarm"
)

func init() {
	commands = append(commands, kong.DynamicCommand("bare-broker", "Run a broker without a cloud, to measure it.", "", &bareCommand{}, `hidden:""`))
}

// bareCommand is "muster-sim bare-broker". It ends with its standard input.
type bareCommand struct {
	Authority string `required:"" type:"existingfile" placeholder:"FILE" help:"Who signs the clients' certificates (PEM)."`
	Scratch   string `required:"" type:"existingdir" placeholder:"FOLDER" help:"Where it keeps what it keeps."`
}

// Run serves until whoever started it is gone.
func (c *bareCommand) Run(ctx context.Context) error {
	if err := swarm.RaiseFiles(20_000); err != nil {
		fmt.Fprintln(os.Stderr, "bare broker:", err) // it may do for fewer
	}
	text, err := os.ReadFile(c.Authority)
	if err != nil {
		return err
	}
	authority := x509.NewCertPool()
	if !authority.AppendCertsFromPEM(text) {
		return fmt.Errorf("%s holds no certificate in PEM", c.Authority)
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin) // its end is all that counts
		cancel()
	}()
	return barebroker.Run(ctx, authority, c.Scratch, os.Stdout)
}

// bare is a bare broker in a process of its own.
type bare struct {
	barebroker.Ready
	cmd *exec.Cmd
	in  io.Closer
}

// startBare starts one; its folder is made inside dir.
func startBare(ctx context.Context, program []string, authority, dir string) (*bare, error) {
	scratch, err := os.MkdirTemp(dir, "bare-")
	if err != nil {
		return nil, err
	}
	args := append(program[1:len(program):len(program)], "bare-broker", "--authority", authority, "--scratch", scratch)
	b := &bare{cmd: exec.CommandContext(ctx, program[0], args...)}
	b.cmd.Stderr = os.Stderr
	b.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if b.in, err = b.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := b.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := b.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start a bare broker: %w", err)
	}
	if err := json.NewDecoder(out).Decode(&b.Ready); err != nil {
		return nil, errors.Join(fmt.Errorf("start a bare broker: %w", err), b.stop())
	}
	return b, nil
}

func (b *bare) stop() error {
	return errors.Join(b.in.Close(), b.cmd.Wait())
}
