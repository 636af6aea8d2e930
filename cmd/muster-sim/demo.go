package main

import (
	"context"
	"os"
	"path/filepath"

	"muster/internal/demo"
)

func init() {
	register("demo", "Run the whole product on this machine, with a made-up organisation.", &demoCommand{})
}

// demoCommand is what make run starts.
type demoCommand struct {
	Data   string `help:"Folder for everything it keeps." default:".run" type:"path"`
	Bin    string `help:"Folder of the programs; empty: where this one is." type:"path"`
	Reader string `help:"libnfc connection string of a real reader, such as pn532_uart:/dev/ttyUSB0; empty: the simulated one."`
	Fresh  bool   `help:"Forget an earlier run."`
}

// Run plays the demonstration until it is interrupted.
func (d *demoCommand) Run(ctx context.Context) error {
	bin := d.Bin
	if bin == "" {
		self, err := os.Executable()
		if err != nil {
			return err
		}
		bin = filepath.Dir(self)
	}
	return demo.Run(ctx, demo.Options{Data: d.Data, Bin: bin, Reader: d.Reader, Fresh: d.Fresh, Out: os.Stdout})
}
