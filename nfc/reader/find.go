package reader

import (
	"errors"
	"fmt"
	"strings"
)

// None is the connection string of a tablet that has no reader.
const None = "none"

var (
	errNoReader = errors.New("no card reader found")
	errMany     = errors.New("more than one reader; choose one by its connection string")
)

// choose picks the one reader there is: listed are those that libnfc knows of by
// itself, serial those that may be one.
func choose(listed, serial []string) (string, error) {
	candidates := listed
	if len(candidates) == 0 {
		for _, s := range serial {
			candidates = append(candidates, "pn532_uart:"+s)
		}
	}
	switch len(candidates) {
	case 0:
		return "", errNoReader
	case 1:
		return candidates[0], nil
	default:
		return "", fmt.Errorf("%w: %s", errMany, strings.Join(candidates, ", "))
	}
}
