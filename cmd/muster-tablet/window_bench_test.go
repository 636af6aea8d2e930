package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/app"
	"fyne.io/fyne/v2/canvas"
)

var rest = flag.Duration("rest", 62*time.Second, "how long BenchmarkRest watches; the default sees the minute change")

// clockMain is the floor: an empty Fyne window that shows the time and does
// nothing else.
func clockMain() int {
	a := app.NewWithID("muster.clock")
	text := canvas.NewText(time.Now().Format("15:04"), nil)
	text.TextSize = 200
	w := a.NewWindow("clock")
	w.SetContent(text)
	w.SetFullScreen(true)
	a.Lifecycle().SetOnStarted(func() {
		fmt.Println("ready")
		go func() {
			for {
				now := time.Now()
				<-time.After(now.Truncate(time.Minute).Add(time.Minute).Sub(now))
				fyne.Do(func() {
					text.Text = time.Now().Format("15:04")
					text.Refresh()
				})
			}
		}()
	})
	w.ShowAndRun()
	return 0
}

// BenchmarkRest watches the kiosk's window at rest and, beside it, an empty
// window that shows a clock: processor time and resident memory, out of /proc.
func BenchmarkRest(b *testing.B) {
	ctx, cancel := context.WithTimeout(b.Context(), *rest+2*time.Minute)
	defer cancel()
	screenOfKiosk, screenOfClock := openScreen(b, ctx, "1280", "800"), openScreen(b, ctx, "1280", "800")
	kiosk := openWindow(b, ctx, "kiosk", screenOfKiosk.name)
	clock := openWindow(b, ctx, "clock", screenOfClock.name)
	kiosk.ask(b, "ready")
	if !clock.out.Scan() {
		b.Fatal("the clock did not open")
	}
	for b.Loop() {
		// Opening a window is not rest: both have a moment first.
		<-time.After(2 * time.Second)
		kiosk0, clock0 := processorTime(b, kiosk), processorTime(b, clock)
		<-time.After(*rest)
		kioskTime, clockTime := processorTime(b, kiosk)-kiosk0, processorTime(b, clock)-clock0
		kioskMemory, clockMemory := resident(b, kiosk), resident(b, clock)
		b.ReportMetric(100*kioskTime.Seconds()/rest.Seconds(), "kiosk-cpu-%")
		b.ReportMetric(100*clockTime.Seconds()/rest.Seconds(), "clock-cpu-%")
		b.ReportMetric(kioskTime.Seconds()/clockTime.Seconds(), "cpu-ratio")
		b.ReportMetric(kioskMemory/1e6, "kiosk-MB")
		b.ReportMetric(clockMemory/1e6, "clock-MB")
		b.ReportMetric(kioskMemory/clockMemory, "memory-ratio")
	}
}

// processorTime is what all threads of a process have used so far, to the
// nanosecond.
func processorTime(b *testing.B, c *child) time.Duration {
	b.Helper()
	files, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/schedstat", c.cmd.Process.Pid))
	if err != nil || len(files) == 0 {
		b.Fatalf("the kernel tells no processor times: %v", err)
	}
	var sum time.Duration
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			continue // the thread has ended
		}
		if fields := strings.Fields(string(raw)); len(fields) > 0 {
			n, err := strconv.ParseInt(fields[0], 10, 64)
			if err != nil {
				b.Fatal(err)
			}
			sum += time.Duration(n)
		}
	}
	return sum
}

// resident is the memory of a process that is in RAM and its own, in bytes.
func resident(b *testing.B, c *child) float64 {
	b.Helper()
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/smaps_rollup", c.cmd.Process.Pid))
	if err != nil {
		b.Fatal(err)
	}
	for line := range strings.Lines(string(raw)) {
		if f := strings.Fields(line); len(f) >= 2 && f[0] == "Rss:" {
			n, err := strconv.ParseFloat(f[1], 64)
			if err != nil {
				b.Fatal(err)
			}
			return n * 1024
		}
	}
	b.Fatal("the kernel tells no resident memory")
	return 0
}
