package main

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"time"

	"muster/internal/stage"
	"muster/internal/swarm"
)

func init() {
	register("fleet", "Run thousands of real tablets without windows, make trouble for them, and say what was lost.", &fleetCommand{})
}

// fleetCommand is "muster-sim fleet".
type fleetCommand struct {
	Tablets int           `short:"n" default:"100" help:"How many tablets."`
	PerSite int           `default:"10" help:"Tablets of a site."`
	People  int           `default:"50" help:"People of a site."`
	For     time.Duration `default:"2m" help:"How long people work."`
	Day     time.Duration `help:"How long a working day of 24 hours takes. Default: as long as --for."`
	Dir     string        `type:"path" help:"Folder for the tablets' data. Default: a temporary one."`
	Wait    time.Duration `default:"1m" help:"How long to go on looking for a tick that is missing in the end."`
	Settle  time.Duration `default:"5m" help:"How long tablets may take to send what they have, once all is well again."`
	Keep    bool          `help:"Leave the tablets' data where it is."`
	JSON    bool          `name:"json" help:"Print the report as JSON."`

	Cloud    string `group:"The cloud" placeholder:"URL" help:"Console address of a running cloud; it gets sites, people and tablets that stay."`
	Device   string `group:"The cloud" placeholder:"URL" help:"Its device address."`
	CloudCA  string `group:"The cloud" name:"cloud-ca" type:"existingfile" placeholder:"FILE" help:"Its authority (PEM)."`
	Token    string `group:"The cloud" env:"MUSTER_TOKEN" help:"API token of an administrator."`
	OwnCloud bool   `group:"The cloud" help:"Start a cloud for this run, and kill it now and then."`
	Postgres bool   `group:"The cloud" help:"Have the own cloud keep its data in a PostgreSQL of its own."`
	Bin      string `group:"The cloud" type:"path" help:"Folder of the programs; empty: where this one is."`

	Cut     time.Duration `group:"Trouble" help:"How far apart the outages of one tablet are."`
	SiteCut time.Duration `group:"Trouble" help:"How far apart the outages of one site are."`
	Storm   time.Duration `group:"Trouble" help:"How far apart the outages of everybody are."`
	Kill    time.Duration `group:"Trouble" help:"How far apart the kills of one tablet are."`
	Full    time.Duration `group:"Trouble" help:"How far apart a tablet's disk is full."`
	Restart time.Duration `group:"Trouble" help:"How far apart the kills of the own cloud are."`
	Longest time.Duration `group:"Trouble" help:"How long a trouble lasts at most."`
	Calm    bool          `group:"Trouble" help:"No trouble but what is asked for. Otherwise everything happens."`
	Lie     bool          `hidden:"" help:"Have killed tablets forget what their disks had confirmed: the run must fail."`
}

// errBroken makes the exit code tell what the report says.
var errBroken = errors.New("the promise was not kept")

// Run runs the fleet through some working days.
func (c *fleetCommand) Run(ctx context.Context) (err error) {
	if err := swarm.RaiseFiles(uint64(c.Tablets*swarm.FilesPerTablet + 200)); err != nil {
		return err
	}
	dir, err := c.folder()
	if err != nil {
		return err
	}
	if !c.Keep {
		defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	}
	line := newProgress(os.Stderr)
	defer line.end()
	config, restart, stop, err := c.target(ctx, dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, stop()) }()
	config.Progress = line.say
	f, err := swarm.New(ctx, config)
	if err != nil {
		return err
	}
	report, err := c.work(ctx, f, restart)
	err = errors.Join(err, f.Close(c.Keep))
	line.end()
	if err != nil {
		return err
	}
	if c.JSON {
		err = json.NewEncoder(os.Stdout).Encode(report)
	} else {
		err = report.Print(os.Stdout)
	}
	if err == nil && !report.OK() {
		err = errBroken
	}
	return err
}

func (c *fleetCommand) folder() (string, error) {
	if c.Dir == "" {
		return os.MkdirTemp("", "muster-fleet-")
	}
	return c.Dir, os.MkdirAll(c.Dir, 0o700)
}

// target returns the fleet's settings, what restarts the cloud (nil: nothing), and
// what ends it.
func (c *fleetCommand) target(ctx context.Context, dir string) (config swarm.Config, restart func(context.Context) error, stop func() error, err error) {
	config = swarm.Config{
		Tablets: c.Tablets, PerSite: c.PerSite, People: c.People, Dir: filepath.Join(dir, "tablets"),
		API: &stage.API{Base: c.Cloud, Token: c.Token, Patient: true}, Device: c.Device, CA: c.CloudCA, Patience: c.Settle,
	}
	if c.Lie {
		config.Sabotage = swarm.ForgetLog
	}
	if !c.OwnCloud {
		if c.Cloud == "" || c.Device == "" || c.CloudCA == "" || c.Token == "" {
			return config, nil, nil, errors.New("say --own-cloud, or where the cloud is: --cloud, --device, --cloud-ca and --token")
		}
		return config, nil, func() error { return nil }, nil
	}
	_, own, end, err := ownCloud(ctx, dir, c.Bin, c.Postgres)
	if err != nil {
		return config, nil, nil, err
	}
	config.API, config.Device, config.CA = own.API, own.Device, own.Authority
	return config, own.Restart, end, nil
}

func (c *fleetCommand) trouble() swarm.Trouble {
	t := swarm.Usual(c.For)
	if c.Calm {
		t = swarm.Trouble{Longest: t.Longest}
	}
	for _, o := range []struct{ to, from *time.Duration }{
		{&t.Cut, &c.Cut},
		{&t.SiteCut, &c.SiteCut},
		{&t.Storm, &c.Storm},
		{&t.Kill, &c.Kill},
		{&t.Full, &c.Full},
		{&t.Restart, &c.Restart},
		{&t.Longest, &c.Longest},
	} {
		if *o.from > 0 {
			*o.to = *o.from
		}
	}
	return t
}

// settle is how long a fleet may take to become ready, and in the end to send
// what it has.
const settle = 15 * time.Minute

// work is the run from the activation to the report.
func (c *fleetCommand) work(ctx context.Context, f *swarm.Fleet, restart func(context.Context) error) (swarm.Report, error) {
	starting, cancel := context.WithTimeout(ctx, settle)
	defer cancel()
	if err := f.Start(starting); err != nil {
		return swarm.Report{}, err
	}
	day := c.Day
	if day == 0 {
		day = c.For
	}
	if err := f.Live(ctx, c.trouble(), restart, c.For, day); err != nil {
		return swarm.Report{}, err
	}
	settling, cancel := context.WithTimeout(ctx, settle)
	defer cancel()
	return f.Report(settling, c.Wait)
}
