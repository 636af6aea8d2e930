package console

import (
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
)

// auditActions are what the store writes into the audit log, out of its source.
// Names that are composed there are listed.
func auditActions() []string {
	files, err := filepath.Glob("../store/*.go")
	if err != nil {
		panic(err)
	}
	found := map[string]bool{}
	for _, a := range []string{
		"hand-out", "approve-punch", "reject-punch", "reset", "revoke-account", "deactivate-account", "reactivate-account", "block-card", "unblock-card", "lock-tablet", "unlock-tablet",
		"rename-tablet", "revoke-tablet", "export", "test-template",
		"decline-face-id", "withdraw-face-id", "purge-face-id", "open-way", "close-way", "join-by-link", "join-by-key", "join-by-domain",
	} {
		found[a] = true
	}
	written := regexp.MustCompile(`\.audit\(ctx, [^"\n]*, "([a-z-]+)",`)
	for _, name := range files {
		b, err := os.ReadFile(name)
		if err != nil {
			panic(err)
		}
		for _, m := range written.FindAllStringSubmatch(string(b), -1) {
			found[m[1]] = true
		}
	}
	return slices.Sorted(maps.Keys(found))
}
