package layers_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"
)

// file is one Go file of the module.
type file struct {
	path    string // from the module's root, with slashes
	pkg     string // the folder
	test    bool
	made    bool // generated
	lines   int
	ast     *ast.File
	imports []string
}

const module = "muster/"

// read parses every Go file of the module, once for all tests.
func read(t *testing.T) []file {
	t.Helper()
	root := os.DirFS(filepath.Join("..", ".."))
	var files []file
	fset := token.NewFileSet()
	err := fs.WalkDir(root, ".", func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if base := d.Name(); p != "." && (strings.HasPrefix(base, ".") || base == "node_modules" || base == "testdata") {
				return fs.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(p, ".go") {
			return nil
		}
		src, err := fs.ReadFile(root, p)
		if err != nil {
			return err
		}
		tree, err := parser.ParseFile(fset, p, src, parser.ParseComments)
		if err != nil {
			return err
		}
		f := file{
			path: p, pkg: path.Dir(p), test: strings.HasSuffix(p, "_test.go"), made: ast.IsGenerated(tree),
			lines: strings.Count(string(src), "\n"), ast: tree,
		}
		for _, i := range tree.Imports {
			f.imports = append(f.imports, strings.Trim(i.Path.Value, `"`))
		}
		files = append(files, f)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(files) < 10 {
		t.Fatalf("read %d files only: these tests look at the wrong place", len(files))
	}
	return files
}

// tests are the names of the tests in a file.
func (f file) tests() []string {
	var names []string
	for _, decl := range f.ast.Decls {
		if d, ok := decl.(*ast.FuncDecl); ok && d.Recv == nil && strings.HasPrefix(d.Name.Name, "Test") {
			names = append(names, d.Name.Name)
		}
	}
	return names
}
