package letter

import "fmt"

// Places of a DIN 5008 letter of form B.
const (
	left      = 25.0
	right     = 190.0
	window    = 45.0  // top of the address field
	body      = 103.0 // top of the subject
	firstFold = 105.0
	punch     = 148.5
	lastFold  = 210.0
)

// letter draws one page.
func (s *sheet) letter(p Person) error {
	w := in(p.Language)
	s.pdf.AddPage()
	s.fill(accent)
	s.pdf.Rect(left, 16, 12, 1.6, "F")
	s.text(left, 20, right-left, 2, style{15, true, ink}, s.organisation)

	// The address field: the sender in small above, eight lines of which three
	// are used. Only what an envelope may show.
	s.text(left, window+6.5, 80, 1, style{7, false, quiet}, s.organisation)
	s.draw(line, 0.15)
	s.pdf.Line(left, window+10.8, left+80, window+10.8)
	y := s.text(left, window+13.5, 80, 1, style{9, false, quiet}, w.personal)
	y = s.text(left, y+1, 80, 2, style{12, true, ink}, p.Name)
	s.text(left, y+0.5, 80, 2, style{11, false, ink}, p.Site)

	s.draw(line, 0.2)
	for mark, length := range map[float64]float64{firstFold: 5, punch: 7, lastFold: 5} {
		s.pdf.Line(4, mark, 4+length, mark)
	}

	y = s.text(left, body, right-left, 2, style{14, true, ink}, fmt.Sprintf(w.subject, s.organisation))
	y = s.text(left, y+5, right-left, 2, style{11, false, ink}, fmt.Sprintf(w.greeting, p.Name))
	y = s.text(left, y+2, right-left, 2, style{11, false, ink}, w.opening)
	y += 6
	bottom, err := s.howTo(y, w, p)
	if err != nil {
		return err
	}
	bottom = s.panel(bottom+6, w, p)
	bottom = s.text(left, bottom+7, right-left, 3, style{10, false, ink}, w.once)
	s.text(left, bottom+2, right-left, 3, style{10, false, quiet}, w.lost)
	return nil
}

// howTo draws the numbered steps with the square beside them.
func (s *sheet) howTo(y float64, w words, p Person) (float64, error) {
	const side = 46.0
	width, bottom := right-left, y
	if p.Link != "" {
		width -= side + 8
		s.draw(line, 0.2)
		s.pdf.Rect(right-side, y, side, side, "D")
		if err := s.qr(right-side+0.5, y+0.5, side-1, p.Link); err != nil {
			return 0, err
		}
		bottom = y + side
	}
	for i, step := range w.steps(p) {
		s.fill(accent)
		s.pdf.Circle(left+3.2, y+3.2, 3.2, "F")
		n := fmt.Sprint(i + 1)
		s.use(style{9, true, colour{255, 255, 255}})
		s.pdf.Text(left+3.2-s.pdf.GetStringWidth(n)/2, y+4.35, n)
		y = s.text(left+10, y+0.7, width-10, 4, style{11, false, ink}, step) + 4.5
	}
	return max(bottom, y), nil
}

// panel draws what has to be typed, large.
func (s *sheet) panel(y float64, w words, p Person) float64 {
	const height = 30.0
	s.fill(tint)
	s.pdf.RoundedRect(left, y, right-left, height, 2.5, "1234", "F")
	x, width := left+7, right-left-14
	if p.Number != "" {
		s.text(x, y+5, 48, 1, style{9, false, quiet}, w.number)
		s.text(x, y+10, 48, 1, style{18, true, ink}, p.Number)
		x, width = x+54, width-54
	}
	if p.Code != "" {
		s.text(x, y+5, width, 1, style{9, false, quiet}, w.code)
		s.text(x, y+10, width, 1, style{20, true, ink}, p.Code)
	}
	if !p.Expires.IsZero() {
		s.text(x, y+21.5, width, 1, style{9, false, ink}, fmt.Sprintf(w.until, w.expiry(p.Expires)))
	}
	return y + height
}
