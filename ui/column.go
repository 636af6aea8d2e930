package ui

import "fyne.io/fyne/v2"

// column stacks text and other things one under the other. Heights count from
// the tops of capitals to baselines.
type column struct {
	f      *frame
	width  float32
	scale  float32 // what everything is shrunk by so that the whole fits
	items  []item
	height float32
	ok     bool // nothing is wider than the column
}

type item struct {
	top  float32
	h    float32
	draw func(area)
}

// column draws what build puts into it, within a: at the top, in the middle
// (0.5) or at the foot (1). Where it is too high, all of it shrinks alike, so
// build may be called several times. It returns the part of a that was used.
func (f *frame) column(a area, at float32, build func(c *column)) area {
	var c *column
	for scale := float32(1); ; scale *= 0.95 {
		c = &column{f: f, width: a.w, scale: scale, ok: true}
		build(c)
		if (c.ok && c.height <= a.h) || scale < 0.3 {
			break
		}
	}
	y := a.y + max(0, a.h-c.height)*at
	for _, it := range c.items {
		it.draw(area{a.x, y + it.top, a.w, it.h})
	}
	return area{a.x, y, a.w, c.height}
}

// gap leaves room, in pixels of the design.
func (c *column) gap(v float32) { c.height += c.f.px(v) * c.scale }

// text adds a paragraph.
func (c *column) text(s string, t lettering) {
	if s == "" {
		return
	}
	size := c.f.px(t.size) * c.scale
	least := size / 2
	if t.least > 0 {
		least = min(size, c.f.px(t.least)*c.scale)
	}
	lines, used, ok := fit(s, t, size, least, c.width)
	c.ok = c.ok && ok
	pitch := used * lineStep
	c.put(float32(len(lines)-1)*pitch+used*capHeight, func(a area) {
		for i, line := range lines {
			c.f.glyphs(area{a.x, a.y + float32(i)*pitch, a.w, used}, line, used, t)
		}
	})
}

// thing adds something of a height given in pixels of the design.
func (c *column) thing(h float32, draw func(area)) { c.put(c.f.px(h)*c.scale, draw) }

func (c *column) put(h float32, draw func(area)) {
	c.items = append(c.items, item{top: c.height, h: h, draw: draw})
	c.height += h
}

// maxName is how much of a name is shown, in letters.
const maxName = 120

const (
	leading  = fyne.TextAlignLeading
	centre   = fyne.TextAlignCenter
	trailing = fyne.TextAlignTrailing
)
