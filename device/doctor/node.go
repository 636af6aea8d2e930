package doctor

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// checkNode looks at a reader's device node: is it there, may it be used, and is
// nobody else using it.
func checkNode(cfg Config, r found) []Finding {
	info, err := fs.Stat(cfg.Root, r.node)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return []Finding{{
			"reader", Broken, "/" + r.node + " is not there",
			"Plug the reader in. ls /dev/serial/by-id lists serial adapters under names that stay the same.",
		}}
	case err != nil:
		return []Finding{{"reader", Broken, "/" + r.node + " can't be looked at: " + err.Error(), ""}}
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return []Finding{{"reader", Note, "/" + r.node + " is there; nothing is known of its permissions", ""}}
	}
	if !mayUse(*cfg.User, info.Mode(), stat) {
		return []Finding{noPermission(cfg.Root, r, stat)}
	}
	if p, ok := user(cfg.Root, r.node, stat); ok {
		return []Finding{inUse(r, p)}
	}
	return []Finding{{"reader", Fine, fmt.Sprintf("%s: /%s may be used and is free", r.name, r.node), ""}}
}

// mayUse tells whether an account may read and write a node.
func mayUse(u User, mode fs.FileMode, stat *syscall.Stat_t) bool {
	const readWrite = 0o6
	perm := mode.Perm()
	switch {
	case u.UID == 0:
		return true
	case int(stat.Uid) == u.UID:
		return perm>>6&readWrite == readWrite
	case slices.Contains(u.Groups, int(stat.Gid)):
		return perm>>3&readWrite == readWrite
	default:
		return perm&readWrite == readWrite
	}
}

func noPermission(root fs.FS, r found, stat *syscall.Stat_t) Finding {
	f := Finding{Part: "reader", Severity: Broken, Problem: fmt.Sprintf("this user may not use /%s", r.node)}
	group := groupName(root, int(stat.Gid))
	switch {
	case group != "" && group != "root":
		f.Mend = "sudo usermod -aG " + group + " \"$USER\"    (and log in again)"
	case r.usb:
		f.Mend = "echo 'SUBSYSTEM==\"usb\", ATTR{idVendor}==\"072f|04cc|04e6|1fd3|054c\", MODE=\"0660\", GROUP=\"plugdev\"' | sudo tee /etc/udev/rules.d/70-muster-nfc.rules\n" +
			"sudo udevadm control --reload && sudo udevadm trigger\nsudo usermod -aG plugdev \"$USER\"    (and log in again)"
	default:
		f.Mend = "sudo chgrp dialout /" + r.node + " && sudo chmod 660 /" + r.node + "\nsudo usermod -aG dialout \"$USER\"    (and log in again)"
	}
	return f
}

// groupName finds a group's name, empty where it has none.
func groupName(root fs.FS, gid int) string {
	b, _ := fs.ReadFile(root, "etc/group") // without it groups have no names
	for line := range strings.Lines(string(b)) {
		fields := strings.Split(line, ":")
		if len(fields) >= 3 && fields[2] == strconv.Itoa(gid) {
			return fields[0]
		}
	}
	return ""
}

// process is a running program.
type process struct {
	pid  int
	name string // as the kernel knows it: at most 15 characters
}

// processes returns all that run.
func processes(root fs.FS) (out []process) {
	dirs, _ := fs.Glob(root, "proc/[0-9]*") // the only error is a bad pattern
	for _, d := range dirs {
		pid, err := strconv.Atoi(path.Base(d))
		if err != nil {
			continue
		}
		out = append(out, process{pid, readLine(root, path.Join(d, "comm"))})
	}
	return out
}

// simulator is the program that plays a reader; it holds its own line open.
const simulator = "muster-sim"

// user finds who uses a node: who holds a lock on it, or has it open.
func user(root fs.FS, node string, stat *syscall.Stat_t) (process, bool) {
	if pid, ok := lockHolder(root, stat); ok {
		return process{pid, readLine(root, fmt.Sprintf("proc/%d/comm", pid))}, true
	}
	target := "/" + resolve(root, node)
	for _, p := range processes(root) {
		if p.name == simulator {
			continue
		}
		fds, _ := fs.Glob(root, fmt.Sprintf("proc/%d/fd/*", p.pid)) // other people's are hidden; locks are not
		for _, fd := range fds {
			if to, err := fs.ReadLink(root, fd); err == nil && to == target {
				return p, true
			}
		}
	}
	return process{}, false
}

// lockHolder finds who holds a lock on a file, by /proc/locks. Its lines read
// "1: FLOCK  ADVISORY  WRITE 708 00:13:42 0 EOF": process, device in hexadecimal,
// inode.
func lockHolder(root fs.FS, stat *syscall.Stat_t) (pid int, ok bool) {
	want := fmt.Sprintf("%02x:%02x:%d", unix.Major(uint64(stat.Dev)), unix.Minor(uint64(stat.Dev)), stat.Ino)
	b, _ := fs.ReadFile(root, "proc/locks") // without it nobody holds any
	for line := range strings.Lines(string(b)) {
		fields := strings.Fields(line)
		if len(fields) < 6 || fields[1] == "->" || fields[5] != want { // "->": one who waits
			continue
		}
		if pid, err := strconv.Atoi(fields[4]); err == nil && pid > 0 {
			return pid, true
		}
	}
	return 0, false
}

// resolve follows a symbolic link to its end.
func resolve(root fs.FS, node string) string {
	for range 8 {
		to, err := fs.ReadLink(root, node)
		if err != nil {
			return node
		}
		if path.IsAbs(to) {
			node = strings.TrimPrefix(path.Clean(to), "/")
		} else {
			node = path.Join(path.Dir(node), to)
		}
	}
	return node
}

func inUse(r found, p process) Finding {
	if strings.HasPrefix(p.name, "muster-tablet") {
		return Finding{"reader", Note, fmt.Sprintf("/%s is in use by the tablet itself (process %d)", r.node, p.pid), ""}
	}
	return Finding{
		"reader", Broken, fmt.Sprintf("/%s is in use by %s (process %d)", r.node, p.name, p.pid),
		fmt.Sprintf("End it: sudo kill %d; if it comes back, it is a service: systemctl status %d", p.pid, p.pid),
	}
}
