package portal

import (
	"embed"

	"muster/cloud/words"
)

// What the portal can say, by keys that its templates and its Go code name.
//
//go:embed words/*.json
var wordFiles embed.FS

// language is one of the portal's languages.
type language = words.Language
