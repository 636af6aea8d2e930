package main

import (
	"context"
	"errors"
	"os"
	"time"

	"muster/device/doctor"
	"muster/nfc/reader"
)

type doctorCommand struct {
	options
	Headless bool `help:"The tablet is to run without a screen."`
}

// errToMend makes the exit code tell what the last line says.
var errToMend = errors.New("not in order")

// Run looks at everything that the tablet needs. It can be run beside a tablet
// that works.
func (c doctorCommand) Run(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	exe, err := os.Executable()
	if err != nil {
		return err
	}
	findings := doctor.Check(ctx, doctor.Config{
		Connstring: c.Reader, DataDir: c.Data, Cloud: c.Cloud, CloudCA: c.CloudCA,
		Display: os.Getenv("DISPLAY"), Headless: c.Headless,
		Probe: func(ctx context.Context) (string, error) {
			return reader.Probe(ctx, reader.Config{Connstring: c.Reader, Command: []string{exe, "reader-child"}})
		},
	})
	if err := doctor.Print(os.Stdout, findings); err != nil {
		return err
	}
	if !doctor.Healthy(findings) {
		return errToMend
	}
	return nil
}
