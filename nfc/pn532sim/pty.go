package pn532sim

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// terminal is a pseudo-terminal: the chip's end and the path of the host's end.
type terminal struct {
	master *os.File
	slave  *os.File // held open and raw, so that a host that closes is no hang-up
	path   string
}

// openTerminal makes a pseudo-terminal. The master is opened non-blocking, so
// that the runtime's poller serves it and closing ends a pending read at once:
// only then does the host see a hang-up.
func openTerminal() (*terminal, error) {
	fd, err := unix.Open("/dev/ptmx", unix.O_RDWR|unix.O_NOCTTY|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("open a pseudo-terminal: %w", err)
	}
	master := os.NewFile(uintptr(fd), "/dev/ptmx")
	t, err := finishTerminal(master, fd)
	if err != nil {
		_ = master.Close()
		return nil, err
	}
	return t, nil
}

func finishTerminal(master *os.File, fd int) (*terminal, error) {
	n, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err != nil {
		return nil, fmt.Errorf("number of the pseudo-terminal: %w", err)
	}
	if err := unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0); err != nil {
		return nil, fmt.Errorf("unlock the pseudo-terminal: %w", err)
	}
	path := fmt.Sprintf("/dev/pts/%d", n)
	slave, err := os.OpenFile(path, os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		return nil, fmt.Errorf("open the pseudo-terminal's other end: %w", err)
	}
	if err := setRaw(slave); err != nil {
		_ = slave.Close()
		return nil, err
	}
	return &terminal{master: master, slave: slave, path: path}, nil
}

// setRaw has the terminal pass bytes as they are, as cfmakeraw does.
func setRaw(f *os.File) error {
	conn, err := f.SyscallConn()
	if err != nil {
		return fmt.Errorf("set the pseudo-terminal raw: %w", err)
	}
	var inner error
	err = conn.Control(func(fd uintptr) {
		var tio *unix.Termios
		if tio, inner = unix.IoctlGetTermios(int(fd), unix.TCGETS); inner != nil {
			return
		}
		tio.Iflag &^= unix.IGNBRK | unix.BRKINT | unix.PARMRK | unix.ISTRIP | unix.INLCR | unix.IGNCR | unix.ICRNL | unix.IXON
		tio.Oflag &^= unix.OPOST
		tio.Lflag &^= unix.ECHO | unix.ECHONL | unix.ICANON | unix.ISIG | unix.IEXTEN
		tio.Cflag = tio.Cflag&^(unix.CSIZE|unix.PARENB) | unix.CS8
		tio.Cc[unix.VMIN], tio.Cc[unix.VTIME] = 1, 0
		inner = unix.IoctlSetTermios(int(fd), unix.TCSETS, tio)
	})
	if err == nil {
		err = inner
	}
	if err != nil {
		return fmt.Errorf("set the pseudo-terminal raw: %w", err)
	}
	return nil
}

// send writes bytes to the host without ever waiting: what a host doesn't take
// in time is lost, as on a serial line.
func (t *terminal) send(b []byte) {
	conn, err := t.master.SyscallConn()
	if err != nil {
		return // closed: unplugged in this very moment
	}
	_ = conn.Write(func(fd uintptr) bool {
		for len(b) > 0 {
			n, err := unix.Write(int(fd), b)
			if err == unix.EINTR {
				continue
			}
			if err != nil {
				return true
			}
			b = b[n:]
		}
		return true
	})
}

func (t *terminal) close() {
	_ = t.slave.Close()
	_ = t.master.Close()
}
