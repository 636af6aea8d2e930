package main

import (
	"image/color"
	"io"

	"github.com/boombuler/barcode/qr"

	"muster/cloud/console"
	"muster/cloud/letter"
	"muster/cloud/sheet"
)

// sheets joins what prints codes to the console.
type sheets struct{}

func (sheets) Print(w io.Writer, p console.Printout) error {
	kind := letter.Letters
	if p.Slips {
		kind = letter.Slips
	}
	people := make([]letter.Person, len(p.Codes))
	for i, c := range p.Codes {
		people[i] = letter.Person{
			Name: c.Person.Name(), Number: c.Person.Number, Language: c.Language, Login: p.Start, Code: c.Code, Link: p.Start,
			Expires: c.Expires.In(c.Zone), Site: c.Site,
		}
	}
	return letter.Write(w, kind, p.Organisation, people)
}

func (sheets) Open(w io.Writer, format, language, name string, titles ...string) (console.Table, error) {
	if format == "xlsx" {
		return sheet.NewXLSX(w, name, titles...)
	}
	return sheet.NewCSV(w, language, titles...)
}

// square draws a text as a QR code: the rows of its modules, dark ones true.
func square(text string) ([][]bool, error) {
	code, err := qr.Encode(text, qr.M, qr.Auto)
	if err != nil {
		return nil, err
	}
	rows := make([][]bool, code.Bounds().Dy())
	for y := range rows {
		rows[y] = make([]bool, code.Bounds().Dx())
		for x := range rows[y] {
			rows[y][x] = color.GrayModel.Convert(code.At(x, y)).(color.Gray).Y < 128 //nolint:errcheck,forcetypeassert // the model makes no other
		}
	}
	return rows, nil
}
