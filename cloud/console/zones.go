package console

import (
	_ "embed"
	"strings"
)

//go:embed zones.txt
var zoneList string

// zoneNames are suggested for a site's time zone.
var zoneNames = func() []string {
	var names []string
	for line := range strings.Lines(zoneList) {
		if name := strings.TrimSpace(line); name != "" && !strings.HasPrefix(name, "#") {
			names = append(names, name)
		}
	}
	return names
}()
