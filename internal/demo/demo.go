// Package demo runs the whole product on one machine: the cloud with a small
// made-up organisation, a simulated card reader and the kiosk, in a window or in
// the browser. Nothing has to be configured and nothing is a stand-in: it starts
// the same programs that run at a customer's.
package demo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"time"

	"muster/internal/stage"
)

// Options says where the demonstration keeps its things and where its programs are.
type Options struct {
	Data   string // folder for everything it keeps; made where there is none
	Bin    string // folder of the programs
	Reader string // libnfc connection string of a real reader; empty: the simulated one
	Fresh  bool   // forget an earlier run
	Out    io.Writer
}

// Run plays the demonstration until ctx ends, then ends everything it started.
func Run(ctx context.Context, o Options) (err error) {
	if o.Fresh {
		if err := os.RemoveAll(o.Data); err != nil {
			return fmt.Errorf("forget the earlier run: %w", err)
		}
	}
	if err := os.MkdirAll(o.Data, 0o700); err != nil {
		return fmt.Errorf("make the demonstration's folder: %w", err)
	}
	log, err := os.OpenFile(filepath.Join(o.Data, "demo.log"), os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return fmt.Errorf("open the log: %w", err)
	}
	defer log.Close() //nolint:errcheck // nothing to do about it

	plan, err := loadPlan(filepath.Join(o.Data, "demo.json"))
	if err != nil {
		return err
	}
	s := &show{Options: o, plan: plan, bin: stage.In(o.Bin), log: log}
	defer func() { err = errors.Join(err, s.end()) }()
	starting, cancel := context.WithTimeout(ctx, 2*time.Minute)
	defer cancel()
	if err := s.begin(starting); err != nil {
		if ctx.Err() != nil {
			return nil // Ctrl-C while starting
		}
		return fmt.Errorf("%w\n(more in %s)", err, log.Name())
	}
	s.explain()
	var kept sync.WaitGroup
	for _, p := range []*part{s.cloud, s.tablet} {
		kept.Go(func() { p.keep(ctx) })
	}
	kept.Wait() // until Ctrl-C: what is killed meanwhile comes back
	fmt.Fprintln(o.Out, "\nEnding …")
	return nil
}

// show is everything that runs.
type show struct {
	Options
	plan plan
	bin  stage.Binaries
	log  io.Writer

	cloud   *part
	address *stage.Cloud // the first of the clouds: the others are at the same place
	reader  *stage.Reader
	display *stage.Display
	web     string // folder of the page that shows it
	tablet  *part
	desk    *desk
}

func (s *show) begin(ctx context.Context) error {
	var err error
	s.cloud, err = open(ctx, "the cloud", s.log, func(ctx context.Context) (program, error) {
		c, err := stage.StartCloud(ctx, s.bin, stage.CloudOptions{
			Data: filepath.Join(s.Data, "cloud"), HTTP: s.plan.addr(s.plan.HTTP), Device: s.plan.addr(s.plan.Device),
			MQTT: s.plan.addr(s.plan.MQTT), More: []string{"--simulator-url", "http://" + s.plan.addr(s.plan.Desk) + "/"}, Log: s.log,
		})
		if err == nil && s.address == nil {
			s.address = c
		}
		return c, err
	})
	if err != nil {
		return err
	}
	connstring := s.Reader
	if connstring == "" {
		s.reader, err = stage.StartReader(ctx, s.bin, filepath.Join(s.Data, "reader"), s.plan.addr(s.plan.ReaderPage), s.log)
		if err != nil {
			return err
		}
		connstring = s.reader.Connstring
	}
	if s.address.SetUpURL != "" {
		if err := s.seed(ctx); err != nil {
			return fmt.Errorf("fill the demonstration organisation: %w", err)
		}
	}
	more := []string{"--windowed"}
	if os.Getenv("DISPLAY") == "" {
		if s.display, err = stage.StartDisplay(ctx, 1280, 800); err != nil {
			return err
		}
		if s.web, err = os.MkdirTemp("", "muster-kiosk-"); err != nil {
			return fmt.Errorf("share the kiosk's screen: %w", err)
		}
		if err := s.display.Share(s.web, s.plan.VNC, s.plan.Kiosk, s.log); err != nil {
			return err
		}
		if err := os.Setenv("DISPLAY", s.display.Name); err != nil {
			return err
		}
		more = nil // all of its own screen
	}
	s.tablet, err = open(ctx, "the kiosk", s.log, func(context.Context) (program, error) {
		return stage.StartWindow(s.bin, stage.TabletOptions{
			Data: filepath.Join(s.Data, "tablet"), Cloud: s.address.Device, Authority: s.address.Authority,
			Connstring: connstring, More: more, Log: s.log,
		})
	})
	if err != nil {
		return err
	}
	s.desk, err = openDesk(s.plan.addr(s.plan.Desk), s.page(), map[string]*part{"cloud": s.cloud, "kiosk": s.tablet})
	return err
}

// end stops what was started, the kiosk first, so that it can still say goodbye
// to the cloud.
func (s *show) end() error {
	var errs []error
	if s.desk != nil {
		errs = append(errs, s.desk.Close())
	}
	if s.tablet != nil {
		errs = append(errs, s.tablet.end())
	}
	if s.reader != nil {
		errs = append(errs, s.reader.Stop())
	}
	if s.cloud != nil {
		errs = append(errs, s.cloud.end())
	}
	if s.display != nil {
		s.display.Stop()
	}
	if s.web != "" {
		errs = append(errs, os.RemoveAll(s.web))
	}
	return errors.Join(errs...)
}
