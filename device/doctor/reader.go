package doctor

import (
	"context"
	"fmt"
	"io/fs"
	"path"
	"strings"

	"muster/nfc"
)

// usbReaders are the USB readers that libnfc drives itself, by vendor and product.
var usbReaders = map[string]string{
	"04cc:0531": "NXP PN531", "054c:0193": "Sony PN531", "04cc:2533": "NXP PN533",
	"04e6:5591": "SCM SCL3711", "04e6:5594": "SCM SCL3712", "1fd3:0608": "ASK LoGO",
	"072f:2200": "ACS ACR122U", "072f:90cc": "Touchatag", "072f:2214": "ACS ACR1222",
}

// found is a reader, or something that may be one.
type found struct {
	name string // for a person
	node string // below "/", without it: "dev/ttyUSB0"
	usb  bool
}

// checkReader looks for the reader and for what keeps libnfc from it.
func checkReader(ctx context.Context, cfg Config) []Finding {
	if cfg.Connstring == "none" {
		return []Finding{{Part: "reader", Severity: Note, Problem: "switched off; nobody can tap a card"}}
	}
	readers, missing := findReaders(cfg)
	out := checkModules(cfg.Root)
	if missing != nil {
		return append(out, *missing)
	}
	for _, r := range readers {
		out = append(out, checkNode(cfg, r)...)
	}
	if cfg.Probe == nil || !Healthy(out) {
		return out
	}
	name, err := cfg.Probe(ctx)
	if err != nil {
		return append(out, Finding{
			"reader", Broken, "it does not answer: " + err.Error(),
			"Check cable and power; on a serial reader, the switches for HSU (UART) mode and that TX and RX are crossed.\nUnplug it and plug it in again.",
		})
	}
	return append(out, Finding{"reader", Fine, name + " answers", ""})
}

// findReaders returns the readers to look at, or why there is none to look at.
func findReaders(cfg Config) (readers []found, missing *Finding) {
	if node, ok := nfc.Port(cfg.Connstring); ok {
		return []found{{name: node, node: strings.TrimPrefix(node, "/")}}, nil
	}
	usb := findUSB(cfg.Root)
	if cfg.Connstring != "" || len(usb) > 0 {
		if len(usb) == 0 {
			return nil, &Finding{
				"reader", Broken, "no USB reader that libnfc knows is plugged in, and " + cfg.Connstring + " names one",
				"Plug it in; lsusb lists what is there.",
			}
		}
		return several(usb, cfg.Connstring == "")
	}
	var serial []found
	entries, _ := fs.ReadDir(cfg.Root, "dev") // what can't be listed is as good as not there
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	for _, node := range nfc.SerialCandidates(names) {
		serial = append(serial, found{name: node, node: strings.TrimPrefix(node, "/")})
	}
	if len(serial) == 0 {
		return nil, &Finding{
			"reader", Broken, "no card reader is plugged in",
			"Plug it in. One on a serial port of the board is not guessed: name it, as in --reader pn532_uart:/dev/ttyS0.",
		}
	}
	return several(serial, true)
}

// several refuses to guess between readers.
func several(readers []found, guess bool) ([]found, *Finding) {
	if !guess || len(readers) == 1 {
		return readers, nil
	}
	names := make([]string, len(readers))
	for i, r := range readers {
		names[i] = r.name
	}
	return nil, &Finding{
		"reader", Broken, "more than one may be the reader: " + strings.Join(names, ", "),
		"Say which, as in --reader pn532_uart:" + names[0] + ".",
	}
}

// findUSB looks through the USB devices for readers.
func findUSB(root fs.FS) (out []found) {
	devices, _ := fs.Glob(root, "sys/bus/usb/devices/*") // the only error is a bad pattern
	for _, d := range devices {
		id := readLine(root, path.Join(d, "idVendor")) + ":" + readLine(root, path.Join(d, "idProduct"))
		name, ok := usbReaders[id]
		if !ok {
			continue
		}
		var bus, dev int
		_, _ = fmt.Sscan(readLine(root, path.Join(d, "busnum")), &bus) // a zero shows as a missing node
		_, _ = fmt.Sscan(readLine(root, path.Join(d, "devnum")), &dev)
		out = append(out, found{name: name, node: fmt.Sprintf("dev/bus/usb/%03d/%03d", bus, dev), usb: true})
	}
	return out
}
