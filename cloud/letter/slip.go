package letter

import "fmt"

// A page of slips: two beside each other, four below each other.
const (
	across     = 2
	down       = 4
	slipWidth  = 210.0 / across
	slipHeight = 297.0 / down
	inset      = 7.5 // what printers can't reach, and scissors may take
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
	next = s.text(x, next+0.4, textWidth, 2, style{11, true, ink}, p.Name)
	next = s.text(x, next+0.2, textWidth, 1, style{7.5, false, quiet}, p.Site)
	const height = 16.5
	top := bottom - height
	s.steps(x, next+1.2, textWidth, top-1.5, w.steps(p))

	// What has to be typed stands at the bottom, at the same place on each slip.
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

// steps draws the numbered steps in a size in which they end above the bottom.
func (s *sheet) steps(x, y, width, bottom float64, steps []string) {
	const indent, gap = 3.5, 0.4
	st := style{7.5, false, ink}
	for ; st.size > 4.5; st.size -= 0.25 {
		end := y
		for _, step := range steps {
			end += float64(len(s.wrap(width-indent, st, step)))*st.size*point*leading + gap
		}
		if end <= bottom {
			break
		}
	}
	for n, step := range steps {
		s.use(style{st.size, true, accent})
		s.pdf.Text(x, y+st.size*point*0.98, fmt.Sprint(n+1))
		y = s.text(x+indent, y, width-indent, 6, st, step) + gap
	}
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
