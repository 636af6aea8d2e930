package protocol_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// TestPure reads the source of what decides about the protocol: it starts no
// goroutine, waits on no channel, reads no clock and reaches for no file, network
// or database by itself. Only so can every order of events be tried on it.
func TestPure(t *testing.T) {
	t.Parallel()
	clock := []string{"Now", "Since", "Until", "After", "AfterFunc", "Sleep", "Tick", "NewTimer", "NewTicker"}
	outside := []string{"os", "net", "io", "database", "syscall", "sync", "golang.org", "math/rand", "bufio"}
	for _, dir := range []string{".", "../../sync/outbox", "../../sync/inbox"} {
		paths, err := filepath.Glob(filepath.Join(dir, "*.go"))
		if err != nil || len(paths) == 0 {
			t.Fatalf("%s: %v, %d files", dir, err, len(paths))
		}
		for _, path := range paths {
			if strings.HasSuffix(path, "_test.go") {
				continue
			}
			files := token.NewFileSet()
			f, err := parser.ParseFile(files, path, nil, parser.SkipObjectResolution)
			if err != nil {
				t.Fatal(err)
			}
			for _, imp := range f.Imports {
				name, err := strconv.Unquote(imp.Path.Value)
				if err != nil || slices.ContainsFunc(outside, func(o string) bool { return name == o || strings.HasPrefix(name, o+"/") }) {
					t.Errorf("%s imports %s", path, imp.Path.Value)
				}
			}
			ast.Inspect(f, func(n ast.Node) bool {
				where := func() token.Position { return files.Position(n.Pos()) }
				switch n := n.(type) {
				case *ast.GoStmt:
					t.Errorf("%s starts a goroutine", where())
				case *ast.SelectStmt, *ast.SendStmt, *ast.ChanType:
					t.Errorf("%s has to do with channels", where())
				case *ast.SelectorExpr:
					if x, ok := n.X.(*ast.Ident); ok && x.Name == "time" && slices.Contains(clock, n.Sel.Name) {
						t.Errorf("%s reads the clock", where())
					}
				}
				return true
			})
		}
	}
}
