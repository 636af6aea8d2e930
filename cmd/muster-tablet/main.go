package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"path/filepath"
	"runtime/debug"
	"syscall"
	"time"

	"github.com/alecthomas/kong"

	"muster/device/signals"
	"muster/firmware"
	"muster/internal/tablet"
	"muster/nfc/reader"
	"muster/ui"
)

// commands is the command line.
type commands struct {
	Run         runCommand         `cmd:"" default:"withargs" help:"Be the tablet (this is what happens without a command)."`
	Doctor      doctorCommand      `cmd:"" help:"Say what stands in the tablet's way, and how to mend it."`
	Verify      verifyCommand      `cmd:"" help:"Check the journal: that no row is missing, changed or out of order."`
	Export      exportCommand      `cmd:"" help:"Write what the cloud doesn't have to a file, for a stick. The tablet may run meanwhile."`
	SetAside    setAsideCommand    `cmd:"" help:"Move the tablet's data aside and start as a new tablet. For a damaged store."`
	ReaderChild readerChildCommand `cmd:"" hidden:""`

	Version kong.VersionFlag `help:"Print the version."`
}

// place is where the tablet keeps its data.
type place struct {
	Data string `default:"${data}" type:"path" placeholder:"DIR" help:"Folder of the tablet's data."`
}

// options are what a tablet is started with.
type options struct {
	place
	Cloud   string `default:"https://127.0.0.1:8443" placeholder:"URL" help:"The cloud's device address."`
	CloudCA string `name:"cloud-ca" type:"existingfile" placeholder:"FILE" help:"The cloud's authority (PEM); nobody else is believed."`
	Reader  string `placeholder:"CONNSTRING" help:"libnfc's name of the reader, such as pn532_uart:/dev/ttyUSB0; empty: find it; none: do without."`
	pins
	Language string `placeholder:"LANG" help:"What the kiosk speaks before the site has said: en, de or ru."`
}

type runCommand struct {
	options
	Headless   bool `help:"Print what the kiosk would show, one JSON object a line, instead of drawing it."`
	Tell       bool `help:"Print it too, beside drawing it."`
	Windowed   bool `help:"Open a window instead of covering the screen."`
	Dark       bool `help:"Light text on a dark ground."`
	HideCursor bool `help:"Hide the mouse pointer, for touch screens."`
}

type readerChildCommand struct {
	Connstring string `arg:"" optional:""`
}

// Run implements the hidden command that does nothing but speak to the reader.
func (c readerChildCommand) Run(ctx context.Context) error {
	return reader.Child(ctx, c.Connstring, os.Stdout)
}

// Run is the tablet from power-on to power-off.
func (c runCommand) Run(ctx context.Context) error {
	if c.Headless {
		return c.headless(ctx)
	}
	inputs := tablet.NewIntents()
	var failed error
	done := make(chan struct{})
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	// The window outlives the tablet: Fyne takes nothing to show while it closes.
	open, shut := context.WithCancel(context.WithoutCancel(ctx))
	defer shut()
	err := runWindow(open, windowOptions{
		UI:      ui.Options{Language: c.Language, Dark: c.Dark, HideCursor: c.HideCursor},
		Intents: inputs, FullScreen: !c.Windowed,
	}, func(window *ui.Kiosk) {
		var k tablet.Kiosk = window
		if c.Tell {
			k = told{window, newPrinter(os.Stdout)}
		}
		go func() {
			defer close(done)
			defer shut()
			failed = runTablet(ctx, c.options, k, inputs)
		}()
	})
	cancel()
	if err != nil {
		return err
	}
	<-done
	return failed
}

func (c runCommand) headless(ctx context.Context) error {
	inputs := tablet.NewIntents()
	k := newPrinter(os.Stdout)
	go readIntents(os.Stdin, inputs)
	return runTablet(ctx, c.options, k, inputs)
}

// runTablet runs one tablet until ctx ends.
func runTablet(ctx context.Context, o options, k tablet.Kiosk, inputs *tablet.Intents) error {
	lamps := signals.Open(signals.Config{
		Accept: o.LampAccept, Refuse: o.LampRefuse, Wait: o.LampWait, Fault: o.LampFault, Buzzer: o.Buzzer, Logger: slog.Default(),
	})
	defer lamps.Close()
	roots, err := readAuthority(o.CloudCA)
	if err != nil {
		return err
	}
	exe, err := os.Executable()
	if err != nil {
		return fmt.Errorf("find this program: %w", err)
	}
	t, err := tablet.Open(tablet.Config{
		Data: o.Data, Cloud: o.Cloud, Roots: roots, NoReader: o.Reader == reader.None,
		Reader: reader.New(reader.Config{
			Connstring: o.Reader, Command: []string{exe, "reader-child"},
			Debounce: func() time.Duration { return reReadPause }, Logger: slog.Default(),
		}),
		Kiosk: &signalled{Kiosk: k, lamps: lamps}, Intents: inputs, Hardware: hardware(), Version: version(),
	})
	if err != nil {
		return err
	}
	err = t.Run(ctx)
	if errors.Is(err, context.Canceled) {
		err = nil
	}
	return errors.Join(err, t.Close())
}

// reReadPause is how long a card must have been away for the reader to report it
// again. The site's debounce time is the time clock's business: it has an answer
// for somebody who taps twice.
const reReadPause = 400 * time.Millisecond

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	var c commands
	cmd := kong.Parse(&c, kong.Name("muster-tablet"), kong.Description("The agent of one attendance tablet."),
		kong.UsageOnError(), kong.Vars{"data": dataDir(), "version": version()},
		kong.BindTo(ctx, (*context.Context)(nil)))
	slog.SetDefault(slog.New(slog.NewTextHandler(os.Stderr, nil)))
	if err := cmd.Run(); err != nil {
		fmt.Fprintln(os.Stderr, "muster-tablet:", err)
		os.Exit(1)
	}
}

// dataDir is where a tablet keeps its data unless told otherwise, by the XDG
// base directory specification.
func dataDir() string {
	base := os.Getenv("XDG_STATE_HOME")
	if base == "" {
		home, err := os.UserHomeDir()
		if err != nil {
			return "muster-tablet"
		}
		base = filepath.Join(home, ".local", "state")
	}
	return filepath.Join(base, "muster-tablet")
}

// version is what the build knows about itself.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	return firmware.Version(info.Main.Version)
}
