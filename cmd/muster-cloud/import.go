package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"muster/attendance"
	"muster/device"
	"muster/sync/bundle"
)

// importCommand is "muster-cloud import". It works beside a running cloud.
type importCommand struct {
	where
	File   string `arg:"" type:"existingfile" help:"What \"muster-tablet export\" wrote."`
	Device string `help:"The tablet that a file without a signature is to be taken for; everything in it goes to quarantine." placeholder:"ID"`
	Look   bool   `help:"Only say what the file holds."`
}

// Run takes in the rows of a file.
func (c *importCommand) Run(ctx context.Context) (err error) {
	_, s, err := c.Store.unhurried().connect(c.Data, time.Now)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	f, err := os.Open(c.File)
	if err != nil {
		return fmt.Errorf("import: %w", err)
	}
	defer f.Close() //nolint:errcheck // it is only read
	r := bundle.Receiver{Store: s, Now: time.Now}
	take := r.Take
	if c.Look {
		take = r.Look
	}
	v, err := take(ctx, f, "", attendance.DeviceID(c.Device))
	if err != nil {
		return err
	}
	return tellImport(v)
}

func tellImport(v device.Import) error {
	_, err := fmt.Printf("%s (%s), written %s: %d rows, %s to %s\n  new %d, already there %d, broken or unsigned (to quarantine) %d, after the revocation (to quarantine) %d\n",
		v.Name, v.Device, v.Created.Format(time.RFC3339), v.Rows, v.From.Format(time.RFC3339), v.To.Format(time.RFC3339), v.New, v.There, v.Broken, v.Late)
	return err
}
