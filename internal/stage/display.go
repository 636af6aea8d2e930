package stage

import (
	"context"
	_ "embed"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// Display is a screen that exists in memory only (Xvfb).
type Display struct {
	Name string // ":7"

	server *exec.Cmd
	others []*exec.Cmd
}

// StartDisplay starts one of a size in pixels, on a free display number.
func StartDisplay(ctx context.Context, width, height int) (*Display, error) {
	r, w, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("start a display: %w", err)
	}
	defer r.Close() //nolint:errcheck // only read
	cmd := exec.Command("Xvfb", "-displayfd", "3", "-screen", "0", fmt.Sprintf("%dx%dx24", width, height), "-nolisten", "tcp", "-noreset")
	cmd.ExtraFiles = []*os.File{w}
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL, Setpgid: true}
	err = cmd.Start()
	_ = w.Close()
	if err != nil {
		return nil, fmt.Errorf("start a display: %w", err)
	}
	d := &Display{server: cmd}
	// Xvfb writes its number once it takes connections, and closes the pipe.
	if deadline, ok := ctx.Deadline(); ok {
		_ = r.SetReadDeadline(deadline)
	}
	number, err := io.ReadAll(io.LimitReader(r, 16))
	if n := strings.TrimSpace(string(number)); err == nil && n != "" {
		d.Name = ":" + n
		return d, nil
	}
	d.Stop()
	return nil, fmt.Errorf("start a display: Xvfb didn't come up (%v)", err)
}

// kioskPage shows a display through noVNC, with nothing around it.
//
//go:embed kiosk.html
var kioskPage []byte

// novnc is where Debian's package keeps noVNC.
const novnc = "/usr/share/novnc"

// Share shows the display in the browser: x11vnc and noVNC, on the loopback
// interface only. dir is an empty folder for the page. It returns at once; the
// page answers a moment later.
func (d *Display) Share(dir string, vncPort, webPort int, log io.Writer) error {
	if err := os.WriteFile(filepath.Join(dir, "index.html"), kioskPage, 0o600); err != nil {
		return fmt.Errorf("share the display: %w", err)
	}
	for _, part := range []string{"core", "vendor"} {
		if err := os.Symlink(filepath.Join(novnc, part), filepath.Join(dir, part)); err != nil {
			return fmt.Errorf("share the display: %w", err)
		}
	}
	commands := [][]string{
		{"x11vnc", "-display", d.Name, "-localhost", "-rfbport", fmt.Sprint(vncPort), "-forever", "-shared", "-nopw", "-quiet", "-noxdamage", "-nocursor"},
		{"websockify", "--web", dir, fmt.Sprintf("127.0.0.1:%d", webPort), fmt.Sprintf("127.0.0.1:%d", vncPort)},
	}
	for _, c := range commands {
		cmd := exec.Command(c[0], c[1:]...)
		cmd.Stdout, cmd.Stderr = log, log
		cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL, Setpgid: true}
		if err := cmd.Start(); err != nil {
			return fmt.Errorf("share the display: %w", err)
		}
		d.others = append(d.others, cmd)
	}
	return nil
}

// Stop ends the display and what shows it.
func (d *Display) Stop() {
	for _, cmd := range append(d.others, d.server) {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		timer := time.AfterFunc(5*time.Second, func() { _ = cmd.Process.Kill() })
		_ = cmd.Wait()
		timer.Stop()
	}
}
