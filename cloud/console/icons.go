package console

import (
	"fmt"
	"html/template"
	"io/fs"
	"path"
	"regexp"
	"strings"
)

// svgInside takes what is between the svg tags of an icon file.
var svgInside = regexp.MustCompile(`(?s)<svg[^>]*>(.*)</svg>`)

func (a *assets) addIcon(root fs.FS, name string) error {
	body, err := fs.ReadFile(root, name)
	if err != nil {
		return err
	}
	m := svgInside.FindSubmatch(body)
	if m == nil {
		return fmt.Errorf("%s is not an icon", name)
	}
	a.icons[strings.TrimSuffix(path.Base(name), ".svg")] = template.HTML(m[1]) //nolint:gosec // from our own build
	return nil
}

// icon draws an icon of the kit. It is decoration: the word beside it, or the
// label of the button around it, says what it means.
func (a *assets) icon(name string) template.HTML {
	return `<svg class="icon" viewBox="0 0 24 24" width="24" height="24" fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true" focusable="false">` +
		a.icons[name] + `</svg>`
}

// The four states of the product have a shape each, so that nobody needs to
// tell their colours apart. They are drawn here, not taken from the kit, so that
// kiosk and console show the same.
var stateShapes = map[string]template.HTML{
	"accept": `<circle cx="12" cy="12" r="10" fill="currentColor"/><path class="glyph" d="M7.5 12.5l3 3 6-6.5"/>`,
	"refuse": `<path d="M8 2h8l6 6v8l-6 6H8l-6-6V8z" fill="currentColor"/><path class="glyph" d="M8.5 8.5l7 7m0-7l-7 7"/>`,
	"wait":   `<path d="M12 .8L23.2 12 12 23.2.8 12z" fill="currentColor"/><path class="glyph" d="M12 7.5V12l3 2"/>`,
	"fault":  `<rect x="2" y="2" width="20" height="20" rx="3" fill="currentColor"/><path class="glyph" d="M7 17l5.2-5.2m0 0a3.4 3.4 0 0 1 4.3-4.3L14.6 9.400l.0 0 1.500 1.500 1.900-1.900a3.400 3.400 0 0 1-4.300 4.300"/>`,
}

// state draws one of the four states: accept, refuse, wait or fault.
func state(name string) template.HTML {
	return `<svg class="state state-` + template.HTML(template.HTMLEscapeString(name)) + //nolint:gosec // escaped
		`" viewBox="0 0 24 24" width="24" height="24" aria-hidden="true" focusable="false">` + stateShapes[name] + `</svg>`
}
