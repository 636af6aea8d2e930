// Program screens makes the README's pictures: it starts the product, uses it,
// and photographs kiosk, console and portal on the way.
package main

import (
	"context"
	"flag"
	"fmt"
	"image"
	"image/png"
	"os"
	"os/signal"
	"path/filepath"
	"time"
)

func main() {
	bin := flag.String("bin", "bin", "folder of the programs")
	out := flag.String("out", "docs/pictures", "folder for the pictures")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	ctx, cancel := context.WithTimeout(ctx, 5*time.Minute)
	defer cancel()
	if err := run(ctx, *bin, *out); err != nil {
		fmt.Fprintln(os.Stderr, "screens:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, bin, out string) error {
	if err := os.MkdirAll(out, 0o755); err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "muster-screens-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir) //nolint:errcheck // a temporary folder
	s := &studio{ctx: ctx, dir: dir, out: out}
	defer s.close()
	if err := s.open(bin); err != nil {
		return err
	}
	if err := s.kiosk(); err != nil {
		return fmt.Errorf("kiosk: %w", err)
	}
	if err := s.console(); err != nil {
		return fmt.Errorf("console: %w", err)
	}
	if err := s.portal(); err != nil {
		return fmt.Errorf("portal: %w", err)
	}
	return nil
}

// save writes a picture as PNG.
func save(dir, name string, img image.Image) error {
	f, err := os.Create(filepath.Join(dir, name+".png"))
	if err != nil {
		return err
	}
	if err := (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(f, img); err != nil {
		_ = f.Close()
		return err
	}
	fmt.Println(f.Name())
	return f.Close()
}
