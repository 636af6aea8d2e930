package portal

import (
	"embed"
	"io/fs"

	"muster/cloud/pages"
)

// The portal's own style sheet and script. Everything else comes from the console.
//
//go:embed assets
var assetFiles embed.FS

func loadFiles() (*pages.Files, error) {
	f := pages.NewFiles("/my/assets/")
	entries, err := fs.ReadDir(assetFiles, "assets")
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		body, err := assetFiles.ReadFile("assets/" + e.Name())
		if err != nil {
			return nil, err
		}
		if err := f.Add(e.Name(), body); err != nil {
			return nil, err
		}
	}
	return f, nil
}
