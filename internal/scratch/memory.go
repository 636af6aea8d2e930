package scratch

import "golang.org/x/sys/unix"

// memory is where Linux keeps files in memory.
const memory = "/dev/shm"

// Memory is Folder in memory, where nothing waits for a disk, if the machine has
// that and so many bytes of it are free; otherwise it is on the disk.
func Memory(name string, room uint64) (path string, remove func() error, err error) {
	var has unix.Statfs_t
	if unix.Statfs(memory, &has) == nil && has.Bavail*uint64(has.Bsize) >= room { //nolint:gosec // a size is not negative
		if path, remove, err = Folder(memory, name); err == nil {
			return path, remove, nil
		}
	}
	return Folder("", name)
}
