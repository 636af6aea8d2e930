package letter

import "fmt"

// A page of slips: two beside each other, four below each other.
const (
	across     = 2
	down       = 4
	slipWidth  = 210.0 / across
	slipHeight = 297.0 / down
	inset      = 9.0 // what printers can't reach, and scissors may take
)

// slip draws the i-th of all people into its place.
func (s *sheet) slip(i int, p Person) error {
	w := in(p.Language)
	place := i % (across * down)
	if place == 0 {
		s.pdf.AddPage()
		s.cutMarks()
	}
	x := float64(place%across)*slipWidth + inset
	y := float64(place/across)*slipHeight + inset
	width := slipWidth - 2*inset
	bottom := y + slipHeight - 2*inset
	const side = 30.0

	s.fill(accent)
	s.pdf.Rect(x, y, 7, 1, "F")
	textWidth := width
	if p.Link != "" {
		textWidth -= side + 3
		if err := s.qr(x+width-side+2.4, y-2.4, side, p.Link); err != nil {
			return err
		}
	}
	next := s.text(x, y+2, textWidth, 1, style{7.5, false, quiet}, s.organisation)
	next = s.text(x, next+0.4, textWidth, 2, style{12, true, ink}, p.Name)
	next = s.text(x, next+0.2, textWidth, 1, style{7.5, false, quiet}, p.Site)
	next += 1.2
	for n, step := range w.steps(p) {
		s.use(style{7, true, accent})
		s.pdf.Text(x, next+7*point*0.98, fmt.Sprint(n+1))
		next = s.text(x+3.5, next, textWidth-3.5, 4, style{7, false, ink}, step) + 0.4
	}

	// What has to be typed stands at the bottom, at the same place on each slip.
	const height = 16.5
	top := bottom - height
	s.fill(tint)
	s.pdf.RoundedRect(x-2, top, width+4, height, 1.5, "1234", "F")
	at, room := x+1, width-2
	if p.Number != "" {
		s.text(at, top+1.8, 24, 1, style{6.5, false, quiet}, w.number)
		s.text(at, top+4.8, 24, 1, style{12, true, ink}, p.Number)
		at, room = at+27, room-27
	}
	if p.Code != "" {
		s.text(at, top+1.8, room, 1, style{6.5, false, quiet}, w.code)
		s.text(at, top+4.8, room, 1, style{13, true, ink}, p.Code)
	}
	if !p.Expires.IsZero() {
		s.text(at, top+11.6, room, 1, style{6.5, false, ink}, fmt.Sprintf(w.until, w.expiry(p.Expires)))
	}
	return nil
}

// cutMarks draws thin broken lines between the slips, and firm ones at the
// page's edge to lay a ruler to.
func (s *sheet) cutMarks() {
	const firm = 6.0
	for i := 1; i < across; i++ {
		x := float64(i) * slipWidth
		s.cutLine(x, 0, x, 297, firm)
	}
	for i := 1; i < down; i++ {
		y := float64(i) * slipHeight
		s.cutLine(0, y, 210, y, firm)
	}
}

func (s *sheet) cutLine(x1, y1, x2, y2, firm float64) {
	s.draw(line, 0.1)
	s.pdf.SetDashPattern([]float64{1, 1.5}, 0)
	s.pdf.Line(x1, y1, x2, y2)
	s.pdf.SetDashPattern(nil, 0)
	s.draw(ink, 0.2)
	if x1 == x2 {
		s.pdf.Line(x1, y1, x2, y1+firm)
		s.pdf.Line(x1, y2-firm, x2, y2)
		return
	}
	s.pdf.Line(x1, y1, x1+firm, y2)
	s.pdf.Line(x2-firm, y1, x2, y2)
}
