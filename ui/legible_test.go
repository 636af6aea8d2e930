package ui_test

import (
	"fmt"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"

	"muster/attendance"
	"muster/ui"
)

type box struct{ x0, y0, x1, y1 float32 }

func (b box) meets(o box) bool { return b.x0 < o.x1 && o.x0 < b.x1 && b.y0 < o.y1 && o.y0 < b.y1 }

func (b box) within(o box) bool { return b.x0 >= o.x0 && b.x1 <= o.x1 && b.y0 >= o.y0 && b.y1 <= o.y1 }

func (b box) grown(by float32) box { return box{b.x0 - by, b.y0 - by, b.x1 + by, b.y1 + by} }

func outline(s seen) box {
	return box{s.at.X, s.at.Y, s.at.X + s.object.Size().Width, s.at.Y + s.object.Size().Height}
}

// ink is where a text's letters are: from the accents of capitals to the
// descenders, which is less than the line that its object covers.
func ink(s seen, t *canvas.Text) box {
	size, baseline := fyne.CurrentApp().Driver().RenderedTextSize(t.Text, t.TextSize, t.TextStyle, nil)
	y := s.at.Y + baseline
	above := float32(0.74)
	if strings.ContainsAny(t.Text, "ÄÖÜЁЙÉ") {
		above = 0.95
	}
	below := float32(0.02)
	if strings.ContainsAny(t.Text, "gjpqyJQ,;рубфцщД/") {
		below = 0.24
	}
	return box{s.at.X, y - above*t.TextSize, s.at.X + size.Width, y + below*t.TextSize}
}

// TestLegible goes through every screen in every language and size and looks
// for letters that are cut off, crossed or too small, and for things to touch
// that are too small, too close or out of reach.
func TestLegible(t *testing.T) {
	for _, e := range exhibits(t) {
		for name, size := range sizes {
			s := open(t, ui.Options{Language: e.lang}, size)
			s.show(e)
			s.check(t, fmt.Sprintf("%s %s %s", e.name, e.lang, name), size)
		}
	}
}

// TestLegibleNames does the same for names as people have them.
func TestLegibleNames(t *testing.T) {
	names := [][2]string{
		{"", ""},
		{"Bo", ""},
		{"", "Ng"},
		{"Anna", "Petrova"},
		{"Maximiliana-Theodora", "von Hohenlohe-Schillingsfürst"},
		{"Александра-Виктория", "Рождественская-Крестовоздвиженская"},
		{"Hubert Blaine", "Wolfeschlegelsteinhausenbergerdorff"},
		{"Jo", "Pneumonoultramicroscopicsilicovolcanoconiosis"},
		{"Uvuvwevwevwe", "Onyetenyevwe Ugwemubwem Osas"},
		{"María del Carmen", "García-Hernández de la Concepción y Todos los Santos"},
	}
	for _, n := range names {
		p := attendance.Profile{ID: "p", FirstName: n[0], LastName: n[1]}
		for name, size := range sizes {
			s := open(t, ui.Options{}, size)
			s.Show(ui.Result{Receipt: punch(p, attendance.In), Settings: speaking("de")})
			s.check(t, fmt.Sprintf("%s %s", p.Name(), name), size)
			all := strings.Join(s.texts(), " ")
			for _, part := range strings.Fields(p.Name()) {
				for _, word := range strings.SplitAfter(part, "-") {
					if !strings.Contains(all, word) {
						t.Errorf("%s %s: %q is cut: %s", p.Name(), name, word, all)
					}
				}
			}
			s.Show(ui.Capture{Name: p.Name()})
			s.check(t, fmt.Sprintf("capture %s %s", p.Name(), name), size)
		}
	}
}

// TestLegibleLongMessages gives the kiosk texts from elsewhere that are longer
// than anybody should write.
func TestLegibleLongMessages(t *testing.T) {
	message := strings.Repeat("Wegen der Inventur bleibt dieses Tablet geschlossen. ", 40)
	for name, size := range sizes {
		s := open(t, ui.Options{}, size)
		for _, scene := range []ui.Scene{
			ui.Locked{Message: message, Site: strings.Repeat("Werk ", 40), Device: strings.Repeat("Tor ", 40)},
			ui.Fault{Reader: "missing", Detail: message},
			ui.Ready{Settings: speaking("de")},
			ui.Activation{Step: ui.WaitingForApproval, UserCode: strings.Repeat("BCDF-", 20), URL: "https://" + strings.Repeat("muster.", 40), QR: message, Words: strings.Fields(message)},
		} {
			s.Show(scene)
			s.check(t, fmt.Sprintf("long %T %s", scene, name), size)
		}
	}
}

// check reports what a person could not read or reach.
func (s *stage) check(t *testing.T, where string, size fyne.Size) {
	t.Helper()
	all := box{0, 0, size.Width, size.Height}
	var texts []box
	var words []string
	var pads, panes, pictures []box
	inPad := map[int]int{}
	for _, o := range s.tree() {
		switch object := o.object.(type) {
		case *canvas.Text:
			b := ink(o, object)
			if !b.within(all) {
				t.Errorf("%s: %q is cut at the edge of the screen: %v", where, object.Text, b)
			}
			if object.TextSize < 8 {
				t.Errorf("%s: %q is %.1f high, which nobody can read", where, object.Text, object.TextSize)
			}
			if n := len(pads); n > 0 && pads[n-1].meets(b) {
				inPad[len(texts)] = n - 1
				if !b.within(pads[n-1]) {
					t.Errorf("%s: %q leaves its button", where, object.Text)
				}
			}
			texts, words = append(texts, b), append(words, object.Text)
		case named:
			b := outline(o)
			if w, h := b.x1-b.x0, b.y1-b.y0; w < 71.5 || h < 71.5 {
				t.Errorf("%s: %s is %.0f x %.0f, too small to touch", where, object.Name(), w, h)
			}
			if !b.within(all.grown(0.5)) {
				t.Errorf("%s: %s is out of reach: %v", where, object.Name(), b)
			}
			for _, other := range pads {
				if other.grown(-0.5).meets(b) {
					t.Errorf("%s: %s lies over another button", where, object.Name())
				}
			}
			pads = append(pads, b)
		case *canvas.Rectangle:
			_, _, _, alpha := object.FillColor.RGBA()
			if alpha == 0xFFFF {
				panes = append(panes, outline(o))
			}
		case *canvas.Image:
			b := outline(o)
			if !b.within(all.grown(1)) {
				t.Errorf("%s: a picture is cut at the edge: %v", where, b)
			}
			if len(pads) == 0 || !pads[len(pads)-1].meets(b) {
				pictures = append(pictures, b)
			}
		}
	}
	for i, a := range texts {
		for j, b := range texts[:i] {
			if a.meets(b) {
				t.Errorf("%s: %q and %q overlap", where, words[j], words[i])
			}
		}
		for j, p := range pads {
			if own, mine := inPad[i]; a.meets(p) && (!mine || own != j) {
				t.Errorf("%s: %q lies over a button", where, words[i])
			}
		}
		for _, p := range panes {
			if a.meets(p) && !a.within(p) {
				t.Errorf("%s: %q crosses an edge at %v", where, words[i], p)
			}
		}
		for _, p := range pictures {
			if a.meets(p.grown(-1)) && !initials(words[i]) {
				t.Errorf("%s: %q lies over a picture", where, words[i])
			}
		}
	}
}

func initials(s string) bool { return len([]rune(s)) <= 2 }
