package console

import (
	"embed"
	"html/template"
	"io/fs"
	"path"
	"regexp"
	"strings"
	"sync"

	"muster/cloud/pages"
)

// What npm brought (assets/kit) is not in the repository; without it the
// console works, unstyled.
//
//go:embed assets
var assetFiles embed.FS

// assets are the files that pages load, and icons, which are drawn into pages.
type assets struct {
	*pages.Files
	icons map[string]template.HTML
}

// fileReference finds url(kit/name.woff2) in our own style sheets.
var fileReference = regexp.MustCompile(`url\((kit/[a-z0-9.-]+)\)`)

// loadAssets reads them once: packing them takes a while.
var loadAssets = sync.OnceValues(readAssets)

func readAssets() (*assets, error) {
	root, err := fs.Sub(assetFiles, "assets")
	if err != nil {
		return nil, err
	}
	a := &assets{pages.NewFiles("/assets/"), map[string]template.HTML{}}
	var sheets []string // last, because they name other files
	err = fs.WalkDir(root, ".", func(name string, e fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case e.IsDir():
			return nil
		case strings.HasPrefix(name, "kit/icons/"):
			return a.addIcon(root, name)
		case path.Ext(name) == ".txt":
			return nil
		case path.Ext(name) == ".css" && !strings.HasPrefix(name, "kit/"):
			sheets = append(sheets, name)
			return nil
		}
		return a.add(root, name)
	})
	if err != nil {
		return nil, err
	}
	for _, name := range sheets {
		if err := a.add(root, name); err != nil {
			return nil, err
		}
	}
	return a, nil
}

func (a *assets) add(root fs.FS, name string) error {
	body, err := fs.ReadFile(root, name)
	if err != nil {
		return err
	}
	if path.Ext(name) == ".css" {
		body = fileReference.ReplaceAllFunc(body, func(ref []byte) []byte {
			return []byte("url(" + a.Path(string(ref[4:len(ref)-1])) + ")")
		})
	}
	return a.Add(name, body)
}
