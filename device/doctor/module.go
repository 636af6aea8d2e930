package doctor

import (
	"io/fs"
	"slices"
	"strings"
)

// holders are the kernel modules that take a PN53x USB reader for themselves.
var holders = []string{"pn533_usb", "pn533"}

// helpers are programs that are known to talk to devices they don't know, by the
// name of their process, with what they take.
var helpers = map[string]string{
	"pcscd":        "takes USB readers for smart cards",
	"ModemManager": "talks to every serial adapter that is plugged in",
	"brltty":       "takes serial adapters for braille displays",
}

// checkModules looks for what may hold the reader before libnfc gets to it.
func checkModules(root fs.FS) (out []Finding) {
	loaded := map[string]bool{}
	b, _ := fs.ReadFile(root, "proc/modules") // without it there are none
	for line := range strings.Lines(string(b)) {
		if name, _, ok := strings.Cut(line, " "); ok {
			loaded[name] = true
		}
	}
	var held []string
	for _, m := range holders {
		if loaded[m] {
			held = append(held, m)
		}
	}
	if len(held) > 0 {
		remove := held
		if loaded["nfc"] {
			remove = append(slices.Clone(held), "nfc")
		}
		mend := "sudo modprobe -r " + strings.Join(remove, " ")
		if !blacklisted(root, held) {
			mend = "printf 'blacklist pn533_usb\\nblacklist pn533\\n' | sudo tee /etc/modprobe.d/muster-nfc.conf\n" + mend
		}
		out = append(out, Finding{"reader", Broken, "the kernel module " + strings.Join(held, " and ") + " holds USB readers, so libnfc can't open them", mend})
	}
	for _, p := range processes(root) {
		if why, ok := helpers[p.name]; ok {
			out = append(out, Finding{
				"reader", Note, p.name + " is running; it " + why,
				"If the reader is taken: sudo systemctl disable --now " + service(p.name),
			})
		}
	}
	return out
}

func service(process string) string {
	if process == "pcscd" {
		return "pcscd.socket pcscd.service"
	}
	return process
}

// blacklisted tells whether modprobe has been told to leave all these alone.
func blacklisted(root fs.FS, modules []string) bool {
	files, _ := fs.Glob(root, "etc/modprobe.d/*.conf") // the only error is a bad pattern
	listed := map[string]bool{}
	for _, f := range files {
		b, _ := fs.ReadFile(root, f) // one that can't be read blacklists nothing that we know of
		for line := range strings.Lines(string(b)) {
			if words := strings.Fields(line); len(words) == 2 && words[0] == "blacklist" {
				listed[words[1]] = true
			}
		}
	}
	for _, m := range modules {
		if !listed[m] {
			return false
		}
	}
	return true
}
