package doctor

import (
	"context"
	"io/fs"
	"os"
	"time"
)

// Config says what the tablet is meant to use.
type Config struct {
	// Connstring is the reader's, as libnfc names it; empty: whichever there is;
	// "none": no reader is wanted.
	Connstring string
	// Probe asks the reader itself for a sign of life, once nothing else is found
	// wrong with it; it returns the reader's name. nil: the reader is not asked.
	Probe func(ctx context.Context) (name string, err error)
	// DataDir is where the journal lies.
	DataDir string
	// Cloud is the cloud's address, "https://host:port"; empty: not looked at.
	Cloud string
	// CloudCA is a file with the certificate that vouches for Cloud; empty: the
	// system's.
	CloudCA string
	// Display is $DISPLAY. Headless: none is needed.
	Display  string
	Headless bool
	// Root is the file system below "/"; nil: this machine's.
	Root fs.FS
	// User is who the tablet runs as; nil: who runs this process.
	User *User
	// Clock tells whether the system's clock is kept right by somebody; nil asks
	// the kernel.
	Clock func() (synchronised bool, err error)
	// Now is the time; nil: time.Now.
	Now func() time.Time
}

// User is an account, as far as permissions go.
type User struct {
	UID    int
	Groups []int // the primary one too
}

// Check looks at everything, in the order in which a technician would mend it. It
// takes a few seconds at most and stops early when ctx ends.
func Check(ctx context.Context, cfg Config) []Finding {
	if cfg.Root == nil {
		cfg.Root = os.DirFS("/")
	}
	if cfg.User == nil {
		groups, _ := os.Getgroups() // fails on no Linux
		cfg.User = &User{UID: os.Geteuid(), Groups: append(groups, os.Getegid())}
	}
	if cfg.Clock == nil {
		cfg.Clock = kernelClock
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	var all []Finding
	all = append(all, checkReader(ctx, cfg)...)
	all = append(all, checkDisplay(ctx, cfg)...)
	all = append(all, checkClock(cfg)...)
	all = append(all, checkDisk(cfg.DataDir)...)
	all = append(all, checkCloud(ctx, cfg)...)
	return all
}

// readLine returns the first line of a small file of /sys or /proc, empty where
// it can't be read.
func readLine(root fs.FS, name string) string {
	b, err := fs.ReadFile(root, name)
	if err != nil {
		return ""
	}
	for i, c := range b {
		if c == '\n' {
			return string(b[:i])
		}
	}
	return string(b)
}
