package doctor_test

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"maps"
	"strings"
	"syscall"
	"testing"
	"testing/fstest"
	"time"

	"muster/device/doctor"
)

const (
	dialout = 20
	plugdev = 46
)

// machine is a made-up computer.
type machine fstest.MapFS

func text(s string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(s)} }

// tty is a device node that belongs to root and a group.
func tty(group uint32, mode fs.FileMode, inode uint64) *fstest.MapFile {
	return &fstest.MapFile{Mode: mode | fs.ModeDevice | fs.ModeCharDevice, Sys: &syscall.Stat_t{Gid: group, Dev: 0x05, Ino: inode}}
}

func link(to string) *fstest.MapFile {
	return &fstest.MapFile{Mode: fs.ModeSymlink | 0o777, Data: []byte(to)}
}

// with returns a machine with one serial reader in good order, and changes.
func with(changes machine) machine {
	m := machine{
		"dev/ttyUSB0":  tty(dialout, 0o660, 77),
		"etc/group":    text("root:x:0:\ntty:x:5:\ndialout:x:20:someone\nplugdev:x:46:\n"),
		"proc/modules": text("usbserial 69632 1 ch341, Live 0x0000000000000000\n"),
		"proc/1/comm":  text("systemd\n"),
		"proc/locks":   text("1: POSIX  ADVISORY  WRITE 300 08:01:1 0 EOF\n"),
	}
	maps.Copy(m, changes)
	maps.DeleteFunc(m, func(_ string, f *fstest.MapFile) bool { return f == nil })
	return m
}

func usb(vendor, product string) machine {
	return machine{
		"dev/ttyUSB0":                        nil,
		"dev/bus/usb/001/004":                tty(plugdev, 0o664, 78),
		"sys/bus/usb/devices/1-1/idVendor":   text(vendor + "\n"),
		"sys/bus/usb/devices/1-1/idProduct":  text(product + "\n"),
		"sys/bus/usb/devices/1-1/busnum":     text("1\n"),
		"sys/bus/usb/devices/1-1/devnum":     text("4\n"),
		"sys/bus/usb/devices/usb1/idVendor":  text("1d6b\n"),
		"sys/bus/usb/devices/usb1/idProduct": text("0002\n"),
		"sys/bus/usb/devices/1-1:1.0/bogus":  text(""),
	}
}

func check(t *testing.T, m machine, change func(*doctor.Config)) []doctor.Finding {
	t.Helper()
	cfg := doctor.Config{
		DataDir: t.TempDir(), Headless: true, Root: fstest.MapFS(m),
		User:  &doctor.User{UID: 1000, Groups: []int{1000, dialout, plugdev}},
		Clock: func() (bool, error) { return true, nil },
	}
	if change != nil {
		change(&cfg)
	}
	return doctor.Check(t.Context(), cfg)
}

// of returns the findings about one part.
func of(part string, all []doctor.Finding) (out []doctor.Finding) {
	for _, f := range all {
		if f.Part == part {
			out = append(out, f)
		}
	}
	return out
}

func TestReader(t *testing.T) {
	t.Parallel()
	uart := func(c *doctor.Config) { c.Connstring = "pn532_uart:/dev/ttyUSB0:115200" }
	stranger := func(c *doctor.Config) { c.User = &doctor.User{UID: 1000, Groups: []int{1000}} }
	for _, c := range []struct {
		name     string
		machine  machine
		change   func(*doctor.Config)
		severity doctor.Severity
		problem  string
		mend     string
	}{
		{"in order", with(nil), uart, doctor.Fine, "may be used and is free", ""},
		{"found by itself", with(nil), nil, doctor.Fine, "/dev/ttyUSB0", ""},
		{"none wanted", with(nil), func(c *doctor.Config) { c.Connstring = "none" }, doctor.Note, "switched off", ""},
		{"not plugged in", with(machine{"dev/ttyUSB0": nil}), uart, doctor.Broken, "/dev/ttyUSB0 is not there", "Plug the reader in"},
		{"none at all", with(machine{"dev/ttyUSB0": nil}), nil, doctor.Broken, "no card reader is plugged in", "--reader"},
		{"two", with(machine{"dev/ttyACM0": tty(dialout, 0o660, 79)}), nil, doctor.Broken, "/dev/ttyACM0, /dev/ttyUSB0", "--reader pn532_uart:/dev/ttyACM0"},
		{"not in the group", with(nil), stranger, doctor.Broken, "may not use /dev/ttyUSB0", "usermod -aG dialout"},
		{"closed to the group", with(machine{"dev/ttyUSB0": tty(dialout, 0o600, 77)}), nil, doctor.Broken, "may not use", "dialout"},
		{"group of root", with(machine{"dev/ttyUSB0": tty(0, 0o660, 77)}), nil, doctor.Broken, "may not use", "chgrp dialout"},
		{"open to all", with(machine{"dev/ttyUSB0": tty(0, 0o666, 77)}), stranger, doctor.Fine, "may be used", ""},
		{"root", with(nil), func(c *doctor.Config) { c.User = &doctor.User{} }, doctor.Fine, "may be used", ""},
		{
			"locked", with(machine{
				"proc/locks":    text("1: FLOCK  ADVISORY  WRITE 708 00:05:77 0 EOF\n1: -> FLOCK  ADVISORY  WRITE 709 00:05:77 0 EOF\n"),
				"proc/708/comm": text("minicom\n"),
			}), uart, doctor.Broken, "in use by minicom (process 708)", "kill 708",
		},
		{
			"open elsewhere", with(machine{"proc/900/comm": text("screen\n"), "proc/900/fd/3": link("/dev/ttyUSB0")}),
			uart, doctor.Broken, "in use by screen (process 900)", "kill 900",
		},
		{
			"open elsewhere, named by a link", with(machine{
				"dev/serial/by-id/usb-reader": link("../../ttyUSB0"),
				"proc/900/comm":               text("screen\n"), "proc/900/fd/3": link("/dev/ttyUSB0"),
			}), func(c *doctor.Config) { c.Connstring = "pn532_uart:/dev/serial/by-id/usb-reader" }, doctor.Broken, "in use by screen", "kill 900",
		},
		{
			"used by the tablet", with(machine{"proc/900/comm": text("muster-tablet\n"), "proc/900/fd/3": link("/dev/ttyUSB0")}),
			uart, doctor.Note, "in use by the tablet itself", "",
		},
		{
			"simulated", with(machine{"proc/900/comm": text("muster-sim\n"), "proc/900/fd/3": link("/dev/ttyUSB0")}),
			uart, doctor.Fine, "is free", "",
		},
		{"by USB", with(usb("072f", "2200")), nil, doctor.Fine, "ACS ACR122U: /dev/bus/usb/001/004", ""},
		{"by USB, named", with(usb("04cc", "2533")), func(c *doctor.Config) { c.Connstring = "pn53x_usb:001:004" }, doctor.Fine, "NXP PN533", ""},
		{"by USB, another device", with(usb("abcd", "0001")), func(c *doctor.Config) { c.Connstring = "pn53x_usb" }, doctor.Broken, "no USB reader", "lsusb"},
		{"by USB, not in the group", with(usb("072f", "2200")), stranger, doctor.Broken, "may not use /dev/bus/usb/001/004", "usermod -aG plugdev"},
		{
			"by USB, no rule", func() machine {
				m := with(usb("072f", "2200"))
				m["dev/bus/usb/001/004"] = tty(0, 0o664, 78)
				return m
			}(), nil, doctor.Broken, "may not use", "udev/rules.d",
		},
		{
			"module", with(machine{"proc/modules": text("pn533_usb 20480 0 - Live 0x0\npn533 49152 1 pn533_usb, Live 0x0\nnfc 131072 1 pn533, Live 0x0\n")}),
			nil, doctor.Broken, "kernel module pn533_usb and pn533 holds", "modprobe.d/muster-nfc.conf\nsudo modprobe -r pn533_usb pn533 nfc",
		},
		{
			"module, blacklisted already", with(machine{
				"proc/modules":              text("pn533_usb 20480 0 - Live 0x0\n"),
				"etc/modprobe.d/local.conf": text("# readers\nblacklist pn533_usb\n"),
			}), nil, doctor.Broken, "kernel module pn533_usb holds", "sudo modprobe -r pn533_usb",
		},
		{"nfc alone holds nothing", with(machine{"proc/modules": text("nfc 131072 0 - Live 0x0\n")}), nil, doctor.Fine, "free", ""},
		{"meddler", with(machine{"proc/55/comm": text("ModemManager\n")}), nil, doctor.Note, "ModemManager is running", "disable --now ModemManager"},
		{
			"answers", with(nil), func(c *doctor.Config) {
				c.Probe = func(context.Context) (string, error) { return "pn532_uart:/dev/ttyUSB0", nil }
			}, doctor.Fine, "pn532_uart:/dev/ttyUSB0 answers", "",
		},
		{
			"does not answer", with(nil), func(c *doctor.Config) {
				c.Probe = func(context.Context) (string, error) { return "", errors.New("timeout") }
			}, doctor.Broken, "does not answer: timeout", "cable",
		},
		{
			"not asked when it can't", with(machine{"dev/ttyUSB0": tty(dialout, 0o600, 77)}), func(c *doctor.Config) {
				c.Probe = func(context.Context) (string, error) { panic("asked") }
			}, doctor.Broken, "may not use", "",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			all := check(t, c.machine, c.change)
			for _, f := range of("reader", all) {
				if f.Severity == c.severity && strings.Contains(f.Problem, c.problem) && strings.Contains(f.Mend, c.mend) {
					if doctor.Healthy(all) != (c.severity != doctor.Broken) {
						t.Errorf("Healthy = %v with %+v", doctor.Healthy(all), all)
					}
					return
				}
			}
			t.Errorf("no finding %v %q, mend %q in %+v", c.severity, c.problem, c.mend, all)
		})
	}
}

// A technician who has blacklisted the module is not told to do so again.
func TestBlacklistIsNotAskedForTwice(t *testing.T) {
	t.Parallel()
	for _, f := range check(t, with(machine{
		"proc/modules":              text("pn533_usb 20480 0 - Live 0x0\n"),
		"etc/modprobe.d/local.conf": text("blacklist pn533_usb\n"),
	}), nil) {
		if strings.Contains(f.Mend, "blacklist") {
			t.Errorf("asked again: %q", f.Mend)
		}
	}
}

func TestClock(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name     string
		change   func(*doctor.Config)
		severity doctor.Severity
		problem  string
	}{
		{"in order", func(*doctor.Config) {}, doctor.Fine, "synchronised"},
		{"nobody sets it", func(c *doctor.Config) { c.Clock = func() (bool, error) { return false, nil } }, doctor.Note, "nobody keeps the clock right"},
		{"not to be asked", func(c *doctor.Config) { c.Clock = func() (bool, error) { return false, errors.New("no") } }, doctor.Note, "no"},
		{"1970", func(c *doctor.Config) { c.Now = func() time.Time { return time.Unix(0, 0) } }, doctor.Broken, "1970-01-01"},
	} {
		got := of("clock", check(t, with(nil), c.change))
		if len(got) != 1 || got[0].Severity != c.severity || !strings.Contains(got[0].Problem, c.problem) {
			t.Errorf("%s: %+v, want %v %q", c.name, got, c.severity, c.problem)
		}
	}
	if got := of("clock", check(t, with(nil), func(c *doctor.Config) { c.Clock = nil })); len(got) != 1 || got[0].Severity == doctor.Broken {
		t.Errorf("the kernel's own clock: %+v", got)
	}
}

func TestPrint(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		findings []doctor.Finding
		want     string
	}{
		{
			[]doctor.Finding{{"clock", doctor.Fine, "synchronised", ""}},
			"ok    clock    synchronised\n\nNothing to mend.\n",
		},
		{
			[]doctor.Finding{{"reader", doctor.Broken, "held", "do this\nthen that"}, {"clock", doctor.Note, "drifts", ""}},
			"MEND  reader   held\n                 do this\n                 then that\nnote  clock    drifts\n\nOne thing to mend.\n",
		},
		{
			[]doctor.Finding{{"reader", doctor.Broken, "a", ""}, {"disk", doctor.Broken, "b", ""}},
			"MEND  reader   a\nMEND  disk     b\n\n2 things to mend.\n",
		},
	} {
		var b bytes.Buffer
		if err := doctor.Print(&b, c.findings); err != nil {
			t.Fatal(err)
		}
		if b.String() != c.want {
			t.Errorf("printed\n%s\nwant\n%s", b.String(), c.want)
		}
	}
}
