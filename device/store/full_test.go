package store_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"muster/device"
	"muster/device/store"
	"muster/sync/wire"
)

// smallDisk names the environment variable that makes this test binary play the
// disk's story instead of testing: it needs a mount namespace of its own.
const smallDisk = "MUSTER_TEST_SMALL_DISK"

func init() {
	dir := os.Getenv(smallDisk)
	if dir == "" {
		return
	}
	if err := fillDisk(dir); err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	os.Exit(0)
}

// A real file system that is really full, then really read-only: what was
// accepted stays, what wasn't is refused with the right reason, and all goes on
// when there is room again.
func TestFullAndReadOnlyDisk(t *testing.T) {
	t.Parallel()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), exe)
	cmd.Env = append(os.Environ(), smallDisk+"="+t.TempDir())
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags:  syscall.CLONE_NEWUSER | syscall.CLONE_NEWNS,
		UidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}},
	}
	out, err := cmd.CombinedOutput()
	if errors.Is(err, syscall.EPERM) || errors.Is(err, syscall.EINVAL) || strings.Contains(string(out), "can't mount") {
		t.Skipf("this machine allows no file system of one's own: %v %s", err, out)
	}
	if err != nil {
		t.Errorf("%v: %s", err, out)
	}
}

func fillDisk(dir string) error {
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=1m"); err != nil {
		return fmt.Errorf("can't mount: %w", err)
	}
	ctx := context.Background()
	s, err := store.Open(ctx, dir)
	if err != nil {
		return err
	}
	defer s.Close() //nolint:errcheck // the process ends
	if err := s.Activate(ctx, grant()); err != nil {
		return err
	}
	j := journalOver(s)
	row := func() error {
		_, err := j.Append(ctx, device.KindStarted, &wire.StartedPayload{Version: strings.Repeat("v", 2000)}, device.Effect{})
		return err
	}
	var accepted uint64
	for err = row(); err == nil; err = row() {
		accepted++
	}
	if !errors.Is(err, device.ErrStorageFull) {
		return fmt.Errorf("full disk says %w, want full", err)
	}
	if err := row(); !errors.Is(err, device.ErrStorageFull) {
		return fmt.Errorf("second refusal says %w, want full", err)
	}
	if head, err := s.Head(ctx); err != nil || head.Seq != accepted || accepted == 0 {
		return fmt.Errorf("%d rows accepted, %d there (%w)", accepted, head.Seq, err)
	}
	if err := syscall.Mount("", dir, "", syscall.MS_REMOUNT, "size=4m"); err != nil {
		return err
	}
	if err := row(); err != nil {
		return fmt.Errorf("with room again: %w", err)
	}
	if head, err := s.Head(ctx); err != nil || head.Seq != accepted+1 {
		return fmt.Errorf("number %d follows %d (%w)", head.Seq, accepted, err)
	}
	if err := s.Close(); err != nil {
		return err
	}
	if err := syscall.Mount("", dir, "", syscall.MS_REMOUNT|syscall.MS_RDONLY, "size=4m"); err != nil {
		return err
	}
	if _, err := store.Open(ctx, dir); !errors.Is(err, device.ErrStorageReadOnly) {
		return fmt.Errorf("read-only disk says %w, want read-only", err)
	}
	if _, err := os.Stat(filepath.Join(dir, "tablet.db")); err != nil {
		return err
	}
	return nil
}
