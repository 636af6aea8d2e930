package doctor

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"golang.org/x/sys/unix"
)

// Free space in bytes. A punch takes less than a kilobyte.
const (
	leastFree = 64 << 20
	goodFree  = 512 << 20
)

// checkDisk looks whether a punch would survive in the data folder: is it there
// and writable, does a file reach the disk, is there room.
func checkDisk(dir string) []Finding {
	if dir == "" {
		return []Finding{{"disk", Broken, "no data folder is set", "Give one with --data."}}
	}
	if f := tryWrite(dir); f != nil {
		return []Finding{*f}
	}
	var st unix.Statfs_t
	if err := unix.Statfs(dir, &st); err != nil {
		return []Finding{{"disk", Broken, fmt.Sprintf("%s: %v", dir, err), ""}}
	}
	return judge(dir, int64(st.Type), st.Bavail*uint64(st.Bsize))
}

// judge says what kind of file system and how much room mean.
func judge(dir string, kind int64, free uint64) []Finding {
	var out []Finding
	if kind == unix.TMPFS_MAGIC || kind == unix.RAMFS_MAGIC {
		out = append(out, Finding{"disk", Note, dir + " lies in memory: punches are lost when the power goes", "Give a folder on a disk with --data."})
	}
	if kind == unix.NFS_SUPER_MAGIC || kind == unix.SMB2_SUPER_MAGIC || kind == unix.CIFS_SUPER_MAGIC {
		out = append(out, Finding{"disk", Broken, dir + " lies on the network: the journal's database may break", "Give a folder on a local disk with --data."})
	}
	room := fmt.Sprintf("%d MB free in %s", free>>20, dir)
	switch {
	case free < leastFree:
		out = append(out, Finding{"disk", Broken, "only " + room, "Make room: sudo journalctl --vacuum-size=50M; sudo apt clean"})
	case free < goodFree:
		out = append(out, Finding{"disk", Note, "only " + room, "Make room: sudo journalctl --vacuum-size=50M; sudo apt clean"})
	default:
		out = append(out, Finding{"disk", Fine, room + ", and what is written there is kept", ""})
	}
	return out
}

// tryWrite writes a file to the disk, syncs it and its folder, and removes it.
func tryWrite(dir string) *Finding {
	f, err := os.CreateTemp(dir, ".doctor-*")
	if err != nil {
		return cantWrite(dir, err)
	}
	defer func() { _ = os.Remove(f.Name()) }()
	_, err = f.WriteString("muster doctor\n")
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		err = syncFolder(dir)
	}
	if err != nil {
		return cantWrite(dir, err)
	}
	return nil
}

func syncFolder(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

func cantWrite(dir string, err error) *Finding {
	f := &Finding{Part: "disk", Severity: Broken, Problem: fmt.Sprintf("nothing can be stored in %s: %v", dir, err)}
	switch {
	case errors.Is(err, unix.EROFS):
		f.Mend = "The disk is mounted read-only, often because it is failing: look at sudo dmesg; then sudo mount -o remount,rw the disk."
	case errors.Is(err, fs.ErrNotExist):
		f.Mend = "mkdir -p " + dir
	case errors.Is(err, fs.ErrPermission):
		f.Mend = "sudo chown -R \"$USER\" " + dir
	case errors.Is(err, unix.ENOSPC), errors.Is(err, unix.EDQUOT):
		f.Mend = "Make room: sudo journalctl --vacuum-size=50M; sudo apt clean"
	case errors.Is(err, unix.EIO):
		f.Mend = "The disk is failing: replace it."
	}
	return f
}
