package layers_test

import (
	"slices"
	"strings"
	"testing"

	"muster/internal/layers"
)

func layerOf(pkg string) (layers.Layer, bool) {
	for _, r := range layers.House {
		if pkg == r.Path && !r.Below || r.Below && strings.HasPrefix(pkg, r.Path+"/") {
			return r.Layer, true
		}
	}
	return 0, false
}

func TestEveryPackageHasItsPlace(t *testing.T) {
	t.Parallel()
	for _, f := range read(t) {
		if _, ok := layerOf(f.pkg); !ok {
			t.Errorf("%s: package %q is in no layer of the house", f.path, f.pkg)
		}
	}
}

func TestImportsPointDown(t *testing.T) {
	t.Parallel()
	for _, f := range read(t) {
		if f.test {
			continue // a test may bring in a real neighbour to talk to
		}
		from, _ := layerOf(f.pkg)
		for _, imp := range f.imports {
			to, found := strings.CutPrefix(imp, module)
			if !found {
				continue
			}
			layer, _ := layerOf(to)
			switch {
			case layer > from:
				t.Errorf("%s imports %s, which is above it", f.path, to)
			case layer == from && (from == layers.Web || from == layers.Machinery):
				t.Errorf("%s imports its neighbour %s; join them above", f.path, to)
			}
		}
	}
}

func TestVocabularyIsPure(t *testing.T) {
	t.Parallel()
	for _, f := range read(t) {
		if layer, _ := layerOf(f.pkg); layer > layers.Wire || f.test || f.made {
			continue
		}
		for _, imp := range f.imports {
			if strings.HasPrefix(imp, module) || slices.Contains(layers.PureImports, imp) || owned(imp, layers.VocabularyLibraries) {
				continue
			}
			t.Errorf("%s: the vocabulary imports %q", f.path, imp)
		}
	}
}

func TestLibrariesHaveOneOwner(t *testing.T) {
	t.Parallel()
	for _, f := range read(t) {
		if f.test {
			continue
		}
		for _, imp := range f.imports {
			var owners []string
			longest := ""
			for lib, who := range layers.Owners {
				if owned(imp, []string{lib}) && len(lib) > len(longest) {
					longest, owners = lib, who
				}
			}
			if longest != "" && !slices.Contains(owners, f.pkg) {
				t.Errorf("%s imports %s, which belongs to %v", f.path, imp, owners)
			}
		}
	}
}

// The standard library has a sync of its own: a package of that name here
// would be imported by mistake one day.
func TestNamespacesHoldNoCode(t *testing.T) {
	t.Parallel()
	for _, f := range read(t) {
		if f.pkg == "sync" || f.pkg == "cloud" {
			t.Errorf("%s: %s/ is a namespace and holds no Go file", f.path, f.pkg)
		}
	}
}

func TestNoGrabBags(t *testing.T) {
	t.Parallel()
	for _, f := range read(t) {
		for _, part := range strings.Split(f.pkg, "/") {
			if slices.Contains([]string{"util", "utils", "common", "helper", "helpers", "misc", "shared"}, part) {
				t.Errorf("%s: %q says nothing about what is in it", f.path, part)
			}
		}
	}
}

// A file that grows past this holds more than one idea.
func TestFilesStaySmall(t *testing.T) {
	t.Parallel()
	const most = 400
	for _, f := range read(t) {
		if !f.made && f.lines > most {
			t.Errorf("%s has %d lines, more than %d", f.path, f.lines, most)
		}
	}
}

func owned(imp string, libs []string) bool {
	return slices.ContainsFunc(libs, func(lib string) bool { return imp == lib || strings.HasPrefix(imp, lib+"/") })
}
