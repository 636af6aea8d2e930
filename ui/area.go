package ui

// area is a rectangle of the screen. Screens are laid out by cutting pieces off
// it, from the outside in.
type area struct{ x, y, w, h float32 }

func (a area) inset(x, y float32) area {
	return area{a.x + x, a.y + y, max(0, a.w-2*x), max(0, a.h-2*y)}
}

func (a *area) cutTop(h float32) area {
	h = min(h, a.h)
	cut := area{a.x, a.y, a.w, h}
	a.y, a.h = a.y+h, a.h-h
	return cut
}

func (a *area) cutBottom(h float32) area {
	h = min(h, a.h)
	a.h -= h
	return area{a.x, a.y + a.h, a.w, h}
}

func (a *area) cutLeft(w float32) area {
	w = min(w, a.w)
	cut := area{a.x, a.y, w, a.h}
	a.x, a.w = a.x+w, a.w-w
	return cut
}

func (a *area) cutRight(w float32) area {
	w = min(w, a.w)
	a.w -= w
	return area{a.x + a.w, a.y, w, a.h}
}

// middle returns a rectangle of the size given in the middle of a.
func (a area) middle(w, h float32) area {
	return area{a.x + (a.w-w)/2, a.y + (a.h-h)/2, w, h}
}
