package main

import (
	"os"
	"runtime"
	"strings"
)

// hardware says what this machine is, for the manager who is to approve it: the
// model and serial number that the firmware gives, or the host's name.
func hardware() string {
	var parts []string
	for _, path := range []string{"/proc/device-tree/model", "/sys/devices/virtual/dmi/id/product_name"} {
		if s := firmwareText(path); s != "" {
			parts = append(parts, s)
			break
		}
	}
	if s := firmwareText("/proc/device-tree/serial-number"); s != "" {
		parts = append(parts, "serial "+s)
	} else if host, err := os.Hostname(); err == nil {
		parts = append(parts, host)
	}
	if len(parts) == 0 {
		parts = append(parts, runtime.GOOS+" "+runtime.GOARCH)
	}
	text := strings.Join(parts, " · ")
	return strings.ToValidUTF8(text[:min(len(text), 120)], "")
}

func firmwareText(path string) string {
	b, err := os.ReadFile(path)
	if err != nil {
		return ""
	}
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return -1
		}
		return r
	}, strings.ToValidUTF8(string(b), ""))
}
