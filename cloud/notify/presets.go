package notify

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"
	"sync"

	"go.yaml.in/yaml/v3"
)

//go:embed presets/*.yaml
var presetFiles embed.FS

// Preset is a provider that is known already: only the account's values are
// missing.
type Preset struct {
	Name  string `yaml:"-"` // as in "preset: twilio"
	Title string `yaml:"title"`
	Docs  string `yaml:"docs"` // the page it was written from
	// Tried tells whether somebody has sent a real SMS with it. Otherwise it was
	// only written from the documentation.
	Tried   bool                   `yaml:"tried"`
	Values  map[string]PresetValue `yaml:"values"`
	Rate    float64                `yaml:"rate"` // messages a second
	Request SMSRequest             `yaml:"request"`
	Answer  SMSAnswer              `yaml:"answer"`
}

// PresetValue is something that the provider gave the admin.
type PresetValue struct {
	About string `yaml:"about"`
}

// Presets lists the known providers, by name.
var Presets = sync.OnceValue(func() []Preset {
	entries, err := presetFiles.ReadDir("presets")
	if err != nil {
		return nil
	}
	var presets []Preset
	for _, e := range entries {
		raw, err := presetFiles.ReadFile(path.Join("presets", e.Name()))
		if err != nil {
			continue
		}
		p := Preset{Name: strings.TrimSuffix(e.Name(), ".yaml")}
		if decode(raw, &p) == nil { // a test reads each of them
			presets = append(presets, p)
		}
	}
	return presets
})

func preset(name string) (Preset, error) {
	var names []string
	for _, p := range Presets() {
		if p.Name == name {
			return p, nil
		}
		names = append(names, p.Name)
	}
	slices.Sort(names)
	return Preset{}, fmt.Errorf("unknown preset %q: use one of %s, or write request and answer", name, strings.Join(names, ", "))
}

// decode reads YAML, or JSON, which is YAML too. A name that isn't known is an
// error: it is most likely mistyped.
func decode(raw []byte, v any) error {
	d := yaml.NewDecoder(bytes.NewReader(raw))
	d.KnownFields(true)
	if err := d.Decode(v); err != nil {
		if errors.Is(err, io.EOF) {
			return errors.New("it is empty")
		}
		return err
	}
	if err := d.Decode(new(yaml.Node)); !errors.Is(err, io.EOF) {
		return errors.New("it holds more than one document")
	}
	return nil
}
