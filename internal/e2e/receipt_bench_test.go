package e2e_test

import (
	"bufio"
	"database/sql"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"image/color"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/app"
	"fyne.io/fyne/v2/canvas"
	_ "github.com/mattn/go-sqlite3"

	"muster/internal/stage"
)

// frameChild in the environment makes this binary an empty window that changes
// its colour at each line on its standard input.
const frameChild = "MUSTER_E2E_FRAME"

// BenchmarkCardToReceipt takes the time from a card being put on the ideal
// reader to its receipt on the screen, with the real programs and a real window,
// beside the floor: what nobody could do without, measured in the same run.
//
//	select   libnfc's loop sees the card (the reader process alone)
//	commit   one bare FULL commit of as many bytes on the same disk
//	frame    an empty window of the same size changes its colour
func BenchmarkCardToReceipt(b *testing.B) {
	const taps = 25 // a receipt stays for three seconds
	d, err := stage.StartDisplay(b.Context(), 1280, 800)
	if err != nil {
		b.Fatal(err)
	}
	defer d.Stop()
	b.Setenv("DISPLAY", d.Name)
	for b.Loop() {
		b.StopTimer()
		whole := median(wholePath(b, d, taps))
		sel, commit, frame := median(selectAlone(b, taps)), median(commitAlone(b, taps)), median(frameAlone(b, d, taps))
		floor := sel + commit + frame
		b.ReportMetric(ms(whole), "receipt-ms")
		b.ReportMetric(ms(sel), "select-ms")
		b.ReportMetric(ms(commit), "commit-ms")
		b.ReportMetric(ms(frame), "frame-ms")
		b.ReportMetric(float64(whole)/float64(floor), "x-floor")
		b.StartTimer()
	}
	b.ReportMetric(0, "ns/op") // says nothing here
}

func median(d []time.Duration) time.Duration {
	slices.Sort(d)
	return d[len(d)/2]
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// wholePath taps with the tablet's window open and watches a corner that changes
// with the whole screen.
func wholePath(b *testing.B, d *stage.Display, taps int) []time.Duration {
	b.Helper()
	w := newWorld(b)
	for i := range taps {
		w.employee("Person", fmt.Sprint(i), uid(i+1))
	}
	r := w.reader()
	tab, err := stage.StartWindow(programs, stage.TabletOptions{
		Data: filepath.Join(w.dir, "tablet"), Cloud: w.cloud.Device, Authority: w.cloud.Authority, Connstring: r.Connstring, Log: w.log,
	})
	w.check(err)
	defer tab.Stop() //nolint:errcheck // the figures are taken
	w.known(w.activate(tab), taps)
	eye, err := d.Watch(640, 4)
	w.check(err)
	defer eye.Close()
	w.check(eye.Until(w.ctx, 0xf7f8fa, true)) // the paper of the ready screen

	var took []time.Duration
	for i := range taps {
		before, err := eye.Colour()
		w.check(err)
		start := time.Now()
		w.check(r.Put(w.ctx, uid(i+1)))
		w.check(eye.Until(w.ctx, before, false))
		took = append(took, time.Since(start))
		w.check(r.Off(w.ctx))
		w.check(eye.Until(w.ctx, 0xf7f8fa, true))
	}
	return took
}

// selectAlone runs nothing but the reader's process.
func selectAlone(b *testing.B, taps int) []time.Duration {
	b.Helper()
	w := &world{t: b, ctx: b.Context(), dir: b.TempDir(), log: &logBuffer{}}
	r := w.reader()
	child := exec.CommandContext(b.Context(), programs.Tablet, "reader-child", r.Connstring)
	_, err := child.StdinPipe() // it ends when this closes
	w.check(err)
	out, err := child.StdoutPipe()
	w.check(err)
	w.check(child.Start())
	defer func() { _ = child.Process.Kill(); _ = child.Wait() }()
	lines := make(chan string, 1000)
	go func() {
		for s := bufio.NewScanner(out); s.Scan(); {
			lines <- s.Text()
		}
		close(lines)
	}()
	var took []time.Duration
	for i := range taps {
		start := time.Now()
		w.check(r.Put(w.ctx, uid(i+1)))
		for l := range lines {
			if containsUID(l, uid(i+1)) {
				break
			}
		}
		took = append(took, time.Since(start))
		w.check(r.Off(w.ctx))
	}
	return took
}

// commitAlone inserts as many bytes as a punch has, and nothing else.
func commitAlone(b *testing.B, n int) []time.Duration {
	b.Helper()
	db, err := sql.Open("sqlite3", "file:"+filepath.Join(b.TempDir(), "bare.db")+"?_journal_mode=WAL&_synchronous=FULL")
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close() //nolint:errcheck // thrown away
	db.SetMaxOpenConns(1)
	if _, err := db.Exec(`CREATE TABLE bare (id INTEGER PRIMARY KEY, body BLOB)`); err != nil {
		b.Fatal(err)
	}
	var took []time.Duration
	body := make([]byte, 600)
	for range n {
		start := time.Now()
		if _, err := db.Exec(`INSERT INTO bare (body) VALUES (?)`, body); err != nil {
			b.Fatal(err)
		}
		took = append(took, time.Since(start))
	}
	return took
}

// frameAlone changes the colour of an empty window.
func frameAlone(b *testing.B, d *stage.Display, n int) []time.Duration {
	b.Helper()
	exe, err := os.Executable()
	if err != nil {
		b.Fatal(err)
	}
	cmd := exec.CommandContext(b.Context(), exe)
	cmd.Env = append(os.Environ(), frameChild+"=1")
	in, err := cmd.StdinPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	defer func() { _ = cmd.Process.Kill(); _ = cmd.Wait() }()
	eye, err := d.Watch(640, 4)
	if err != nil {
		b.Fatal(err)
	}
	defer eye.Close()
	if err := eye.Until(b.Context(), 0x0000ff, true); err != nil {
		b.Fatal(err)
	}
	var took []time.Duration
	for range n {
		before, err := eye.Colour()
		if err != nil {
			b.Fatal(err)
		}
		start := time.Now()
		fmt.Fprintln(in, "next")
		if err := eye.Until(b.Context(), before, false); err != nil {
			b.Fatal(err)
		}
		took = append(took, time.Since(start))
		// As far apart as people's taps: a window that has just drawn is quicker.
		time.Sleep(100 * time.Millisecond)
	}
	return took
}

// containsUID tells whether a line of the reader's process is about a card.
func containsUID(line, uid string) bool {
	b, err := hex.DecodeString(uid)
	return err == nil && strings.Contains(line, base64.StdEncoding.EncodeToString(b))
}

// runFrameChild is the empty window.
func runFrameChild() {
	a := app.New()
	w := a.NewWindow("frame")
	w.SetPadded(false)
	w.SetFullScreen(true)
	colours := []color.Color{color.NRGBA{B: 255, A: 255}, color.NRGBA{R: 255, A: 255}}
	ground := canvas.NewRectangle(colours[0])
	w.SetContent(ground)
	go func() {
		i := 0
		for s := bufio.NewScanner(os.Stdin); s.Scan(); {
			i++
			fyne.Do(func() { ground.FillColor = colours[i%2]; ground.Refresh() })
		}
		fyne.Do(a.Quit)
	}()
	w.ShowAndRun()
}
