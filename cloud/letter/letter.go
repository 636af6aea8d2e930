package letter

import (
	_ "embed"
	"errors"
	"fmt"
	"io"
	"time"

	"codeberg.org/go-pdf/fpdf"
)

// Kind is how the sheets are laid out.
type Kind int

const (
	// Letters: one A4 page a person, the name where the window of a DIN 5008
	// envelope is.
	Letters Kind = iota
	// Slips: eight people on an A4 page, with marks to cut along.
	Slips
)

// Person is whom a sheet is for. Fields that are empty are not printed.
type Person struct {
	Name     string
	Number   string // the Muster ID
	Language string // BCP 47; English where there are no words for it
	Login    string // the address to type, such as https://muster.example/start
	Code     string // the one-time code; spaces and hyphens are only for reading
	Link     string // what the QR code opens
	// Expires is when the code ends, shown in its own location; zero: not said.
	Expires time.Time
	Site    string
}

// Most is how many people one file may have: it is made in memory.
const Most = 5000

// ErrTooMany is the error for more people than that.
var ErrTooMany = errors.New("too many people for one file")

//go:embed fonts/regular.ttf
var regular []byte

//go:embed fonts/bold.ttf
var bold []byte

const family = "Inter"

// Write makes one PDF for all of them, in their order, and writes it to w. The
// file has people's secrets: it is for whoever asked, and for no cache.
func Write(w io.Writer, kind Kind, organisation string, people []Person) error {
	if len(people) > Most {
		return fmt.Errorf("print %d: %w", len(people), ErrTooMany)
	}
	s, err := newSheet(tidy(organisation))
	if err != nil {
		return err
	}
	for i, p := range people {
		p = p.tidied()
		switch kind {
		case Slips:
			err = s.slip(i, p)
		default:
			err = s.letter(p)
		}
		if err != nil {
			return fmt.Errorf("print person %d: %w", i+1, err)
		}
	}
	if len(people) == 0 {
		s.pdf.AddPage()
	}
	if err := s.pdf.Output(w); err != nil {
		return fmt.Errorf("write pdf: %w", err)
	}
	return nil
}

// sheet is the document while it grows. Lengths are millimetres from the page's
// top left corner, font sizes are points.
type sheet struct {
	pdf          *fpdf.Fpdf
	organisation string
}

func newSheet(organisation string) (*sheet, error) {
	pdf := fpdf.New("P", "mm", "A4", "")
	pdf.AddUTF8FontFromBytes(family, "", regular)
	pdf.AddUTF8FontFromBytes(family, "B", bold)
	pdf.SetAutoPageBreak(false, 0)
	pdf.SetMargins(0, 0, 0)
	pdf.SetTitle(organisation, true)
	pdf.SetProducer("Muster", false)
	if err := pdf.Error(); err != nil {
		return nil, fmt.Errorf("start pdf: %w", err)
	}
	return &sheet{pdf: pdf, organisation: organisation}, nil
}

// colour is a token of the product's look, as printed.
type colour [3]int

var (
	ink    = colour{0x12, 0x18, 0x1f}
	quiet  = colour{0x5a, 0x66, 0x73}
	accent = colour{0x0b, 0x6e, 0x99}
	tint   = colour{0xee, 0xf4, 0xf8}
	line   = colour{0xc3, 0xcc, 0xd4}
)
