package ui

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"image/color"
	"io/fs"
	"maps"
	"math"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// TestContrast holds the tokens to what can be read: by WCAG 2, 7:1 for text on
// paper, 4.5:1 for secondary text and for text on a state's colour, 3:1 for the
// outline of what can be touched.
func TestContrast(t *testing.T) {
	for name, p := range map[string]palette{"light": light, "dark": dark} {
		for _, pair := range []struct {
			what  string
			a, b  color.NRGBA
			least float64
		}{
			{"ink on paper", p.ink, p.paper, 7},
			{"ink on a key", p.ink, p.card, 7},
			{"paper on ink", p.paper, p.ink, 7},
			{"text on the panel", p.panelInk, p.panel, 7},
			{"quiet on paper", p.quiet, p.paper, 4.5},
			{"quiet on a key", p.quiet, p.card, 4.5},
			{"quiet on the panel", p.panelQuiet, p.panel, 4.5},
			{"text on accept", p.onState, p.accept, 4.5},
			{"text on refuse", p.onState, p.refuse, 4.5},
			{"text on wait", p.onState, p.wait, 4.5},
			{"text on fault", p.onState, p.fault, 4.5},
			{"refuse on paper", p.refuse, p.paper, 4.5},
			{"fault on paper", p.fault, p.paper, 3},
			{"outline on paper", p.edge, p.paper, 3},
			{"outline on a key", p.edge, p.card, 3},
		} {
			if c := contrastOf(pair.a, pair.b); c < pair.least {
				t.Errorf("%s: %s has a contrast of %.2f, want %.1f", name, pair.what, c, pair.least)
			}
		}
	}
}

func contrastOf(a, b color.NRGBA) float64 {
	linear := func(v uint8) float64 {
		s := float64(v) / 255
		if s <= 0.04045 {
			return s / 12.92
		}
		return math.Pow((s+0.055)/1.055, 2.4)
	}
	luminance := func(c color.NRGBA) float64 {
		return 0.2126*linear(c.R) + 0.7152*linear(c.G) + 0.0722*linear(c.B)
	}
	x, y := luminance(a), luminance(b)
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}

// TestPersonColors wants white initials to be read on every colour that a
// person without a photo can have.
func TestPersonColors(t *testing.T) {
	for _, c := range personColors {
		if r := contrastOf(rgb(0xFFFFFF), c); r < 4.5 {
			t.Errorf("white on %v has a contrast of %.2f", c, r)
		}
	}
}

// TestIcons draws every picture: none is broken, none is empty.
func TestIcons(t *testing.T) {
	files, err := fs.Glob(iconFiles, "icons/*.svg")
	if err != nil || len(files) == 0 {
		t.Fatalf("no pictures: %v", err)
	}
	for _, file := range files {
		name := strings.TrimSuffix(strings.TrimPrefix(file, "icons/"), ".svg")
		img := drawIcon(name, 96, rgb(0xFFFFFF), rgb(0x000001))
		if img == nil {
			t.Errorf("%s can't be drawn", name)
			continue
		}
		inked := 0
		for y := range 96 {
			for x := range 96 {
				if _, _, _, a := img.At(x, y).RGBA(); a > 0x8000 {
					inked++
				}
			}
		}
		if inked < 96*96/30 {
			t.Errorf("%s has almost nothing on it: %d pixels", name, inked)
		}
	}
	if drawIcon("no such picture", 96, rgb(0), rgb(0)) != nil {
		t.Error("a picture that does not exist was drawn")
	}
}

type catalogue map[string]any

func messagesOf(t *testing.T, lang string) catalogue {
	t.Helper()
	raw, err := messageFiles.ReadFile("messages/active." + lang + ".json")
	if err != nil {
		t.Fatal(err)
	}
	var c catalogue
	if err := json.Unmarshal(raw, &c); err != nil {
		t.Fatalf("%s: %v", lang, err)
	}
	return c
}

var placeholder = regexp.MustCompile(`\{\{\.(\w+)\}\}`)

func placeholders(s string) []string {
	var names []string
	for _, m := range placeholder.FindAllStringSubmatch(s, -1) {
		names = append(names, m[1])
	}
	slices.Sort(names)
	return names
}

// TestMessagesComplete wants every message in every language, with the same
// placeholders, and with the plural forms that CLDR asks of the language.
func TestMessagesComplete(t *testing.T) {
	forms := map[string][]string{"en": {"one", "other"}, "de": {"one", "other"}, "ru": {"few", "many", "one", "other"}}
	english := messagesOf(t, "en")
	for _, lang := range Languages {
		c := messagesOf(t, lang)
		for id := range english {
			if _, ok := c[id]; !ok {
				t.Errorf("%s lacks %s", lang, id)
			}
		}
		for id, m := range c {
			switch want := english[id].(type) {
			case nil:
				t.Errorf("%s has %s, which English has not", lang, id)
			case string:
				got, _ := m.(string)
				if strings.TrimSpace(got) == "" {
					t.Errorf("%s: %s is empty", lang, id)
				}
				if a, b := placeholders(want), placeholders(got); !slices.Equal(a, b) {
					t.Errorf("%s: %s has the placeholders %v, English %v", lang, id, b, a)
				}
			case map[string]any:
				got, _ := m.(map[string]any)
				if have := slices.Sorted(maps.Keys(got)); !slices.Equal(have, forms[lang]) {
					t.Errorf("%s: %s has the plural forms %v, want %v", lang, id, have, forms[lang])
				}
			}
		}
	}
}

// TestMessagesUsed reads the package's own source: every message that is said
// exists, and every message that exists can be said.
func TestMessagesUsed(t *testing.T) {
	english := messagesOf(t, "en")
	used := map[string]bool{}
	sources, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	var prefixes []string
	for _, name := range sources {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.BasicLit:
				if s, err := strconv.Unquote(n.Value); err == nil && n.Kind == token.STRING {
					used[s] = true
					if strings.HasSuffix(s, ".") && len(s) > 3 {
						prefixes = append(prefixes, s)
					}
				}
			case *ast.CallExpr:
				f, ok := n.Fun.(*ast.SelectorExpr)
				if !ok || f.Sel.Name != "say" && f.Sel.Name != "count" || len(n.Args) == 0 {
					break
				}
				if lit, ok := n.Args[0].(*ast.BasicLit); ok {
					id, _ := strconv.Unquote(lit.Value)
					if _, there := english[id]; !there {
						t.Errorf("%s says %s, which does not exist", name, id)
					}
				}
			}
			return true
		})
	}
	for id := range english {
		known := used[id] || slices.ContainsFunc(prefixes, func(p string) bool { return strings.HasPrefix(id, p) })
		if !known {
			t.Errorf("nobody says %s", id)
		}
	}
}
