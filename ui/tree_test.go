package ui_test

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/test"
)

// seen is one object of the tree with its place on the screen.
type seen struct {
	object fyne.CanvasObject
	at     fyne.Position
}

// tree returns every visible object, back to front.
func (s *stage) tree() []seen { return walk(nil, s.Content(), fyne.NewPos(0, 0)) }

func walk(list []seen, o fyne.CanvasObject, from fyne.Position) []seen {
	if !o.Visible() {
		return list
	}
	at := from.Add(o.Position())
	list = append(list, seen{o, at})
	switch o := o.(type) {
	case *fyne.Container:
		for _, child := range o.Objects {
			list = walk(list, child, at)
		}
	case fyne.Widget:
		for _, child := range test.WidgetRenderer(o).Objects() {
			list = walk(list, child, at)
		}
	}
	return list
}

// texts returns what can be read, in drawing order.
func (s *stage) texts() []string {
	var out []string
	for _, o := range s.tree() {
		if t, ok := o.object.(*canvas.Text); ok {
			out = append(out, t.Text)
		}
	}
	return out
}

// named is what can be touched, by the name it goes by in the tree.
type named interface {
	fyne.Tappable
	Name() string
}

// tap touches what goes by a name; it tells whether there is such a thing.
func (s *stage) tap(name string) bool {
	for _, o := range s.tree() {
		if n, ok := o.object.(named); ok && n.Name() == name {
			n.Tapped(&fyne.PointEvent{})
			return true
		}
	}
	return false
}
