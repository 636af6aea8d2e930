package console

import "html/template"

// Kit is what the cloud's other pages look like the console with: the files that
// the console serves, its icons and the four states.
type Kit struct{ assets *assets }

// LoadKit returns it.
func LoadKit() (Kit, error) {
	a, err := loadAssets()
	return Kit{a}, err
}

// Asset returns the path of a file, such as "tokens.css", for browsers.
func (k Kit) Asset(name string) string { return k.assets.Path(name) }

// Icon draws an icon of assets/icons.txt.
func (k Kit) Icon(name string) template.HTML { return k.assets.icon(name) }

// State draws one of the four states: accept, refuse, wait or fault.
func (k Kit) State(name string) template.HTML { return state(name) }
