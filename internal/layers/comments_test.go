package layers_test

import (
	"go/ast"
	"go/token"
	"strings"
	"testing"
)

func TestPackagesSayWhatTheyAre(t *testing.T) {
	t.Parallel()
	said := map[string]bool{}
	for _, f := range read(t) {
		if f.test {
			continue
		}
		said[f.pkg] = said[f.pkg] || f.ast.Doc.Text() != ""
	}
	for pkg, ok := range said {
		if !ok {
			t.Errorf("package %s has no comment that says what it is for", pkg)
		}
	}
}

func TestExportedNamesAreExplained(t *testing.T) {
	t.Parallel()
	for _, f := range read(t) {
		if f.test || f.made || f.ast.Name.Name == "main" {
			continue
		}
		for _, decl := range f.ast.Decls {
			for _, name := range unexplained(decl) {
				t.Errorf("%s: %s has no comment", f.path, name)
			}
		}
	}
}

// unexplained lists the exported names of a declaration that nothing is said
// about: neither at the name, nor at its line's end, nor at its group's head.
func unexplained(decl ast.Decl) []string {
	switch d := decl.(type) {
	case *ast.FuncDecl:
		if d.Name.IsExported() && d.Doc.Text() == "" && exportedReceiver(d) {
			return []string{d.Name.Name}
		}
	case *ast.GenDecl:
		if d.Tok == token.IMPORT {
			return nil
		}
		var names []string
		for _, spec := range d.Specs {
			switch s := spec.(type) {
			case *ast.TypeSpec:
				if s.Name.IsExported() && d.Doc.Text()+s.Doc.Text()+s.Comment.Text() == "" {
					names = append(names, s.Name.Name)
				}
			case *ast.ValueSpec:
				for _, n := range s.Names {
					if n.IsExported() && d.Doc.Text()+s.Doc.Text()+s.Comment.Text() == "" {
						names = append(names, n.Name)
					}
				}
			}
		}
		return names
	}
	return nil
}

func exportedReceiver(d *ast.FuncDecl) bool {
	if d.Recv == nil {
		return true
	}
	typ := d.Recv.List[0].Type
	if star, ok := typ.(*ast.StarExpr); ok {
		typ = star.X
	}
	id, ok := typ.(*ast.Ident)
	return ok && id.IsExported() && !strings.HasPrefix(id.Name, "_")
}
