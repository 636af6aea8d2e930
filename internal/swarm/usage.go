package swarm

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Usage is what a process takes of the machine.
type Usage struct {
	RSS, PSS uint64        // bytes in memory; PSS counts a page that is shared in parts
	Peak     uint64        // bytes of RSS at most, since the last ForgetPeak
	CPU      time.Duration // in all, user and system
}

// UsageOf reads what a process takes now (proc(5): smaps_rollup, status, stat).
func UsageOf(pid int) (u Usage, err error) {
	if u.RSS, err = kilobytes(pid, "smaps_rollup", "Rss:"); err != nil {
		return u, err
	}
	if u.PSS, err = kilobytes(pid, "smaps_rollup", "Pss:"); err != nil {
		return u, err
	}
	if u.Peak, err = kilobytes(pid, "status", "VmHWM:"); err != nil {
		return u, err
	}
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return u, err
	}
	// The second field, a name in brackets, may hold spaces and brackets.
	fields := strings.Fields(string(text[strings.LastIndexByte(string(text), ')')+1:]))
	const user, system = 11, 12 // from the third field on
	if len(fields) <= system {
		return u, fmt.Errorf("stat of process %d has %d fields", pid, len(fields))
	}
	for _, f := range []string{fields[user], fields[system]} {
		ticks, err := strconv.ParseInt(f, 10, 64)
		if err != nil {
			return u, fmt.Errorf("stat of process %d: %w", pid, err)
		}
		u.CPU += time.Duration(ticks) * jiffy
	}
	return u, nil
}

// jiffy is the unit of times in proc(5): USER_HZ, 100 on every Linux that Go runs on.
const jiffy = time.Second / 100

// ForgetPeak has a process's peak counted from now on.
func ForgetPeak(pid int) error {
	return os.WriteFile(fmt.Sprintf("/proc/%d/clear_refs", pid), []byte("5"), 0)
}

// kilobytes reads a line "Name:   123 kB" of a file of a process, in bytes.
func kilobytes(pid int, file, name string) (uint64, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/%s", pid, file))
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(text)) {
		if rest, ok := strings.CutPrefix(line, name); ok {
			kb, err := strconv.ParseUint(strings.TrimSuffix(strings.TrimSpace(rest), " kB"), 10, 64)
			return kb << 10, err
		}
	}
	return 0, fmt.Errorf("%s of process %d has no %s", file, pid, name)
}

// Rest is what a process takes while nothing happens.
type Rest struct {
	RSS, PSS uint64  // bytes, medians of the samples
	CPU      float64 // seconds a minute
	Samples  int
}

// AtRest watches a process for a time and says what it takes.
func AtRest(ctx context.Context, pid int, d time.Duration) (Rest, error) {
	const samples = 12
	first, err := UsageOf(pid)
	if err != nil {
		return Rest{}, err
	}
	began := time.Now()
	rss, pss := []uint64{first.RSS}, []uint64{first.PSS}
	last := first
	for range samples {
		if pause(ctx, d/samples); ctx.Err() != nil {
			return Rest{}, ctx.Err()
		}
		if last, err = UsageOf(pid); err != nil {
			return Rest{}, err
		}
		rss, pss = append(rss, last.RSS), append(pss, last.PSS)
	}
	slices.Sort(rss)
	slices.Sort(pss)
	return Rest{rss[len(rss)/2], pss[len(pss)/2], (last.CPU - first.CPU).Seconds() / time.Since(began).Minutes(), len(rss)}, nil
}
