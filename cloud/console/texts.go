package console

import (
	"embed"
	"sync"

	"muster/cloud/words"
)

// What the console can say, by keys that its templates and its Go code name.
//
//go:embed words/*.json
var wordFiles embed.FS

// language is one of the console's languages.
type language = words.Language

// loadTexts reads them once.
var loadTexts = sync.OnceValues(func() (*words.Texts, error) { return words.Load(wordFiles) })
