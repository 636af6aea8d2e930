package sheet

import (
	"fmt"
	"io"

	"github.com/xuri/excelize/v2"
)

// asked are the template's columns. A list with other columns is taken too.
var asked = []Field{Email, ExternalID, FirstName, LastName, Phone, Number, Sites, Language}

// words of the template, by tongue.
var (
	tabs = [3][2]string{{"People", "Instructions"}, {"Personen", "Anleitung"}, {"Люди", "Инструкция"}}

	// The "# " makes a row a remark, which an import leaves out.
	examples = [3][][]string{
		{
			{"# Example: anna.berg@example.com", "HR-0042", "Anna", "Berg", "+44 7400 123456", "1042", "North; South", "en"},
			{"# Example without email: leave empty", "HR-0043", "Ben", "Stone", "", "1043", "North", "en"},
		},
		{
			{"# Beispiel: anna.berg@example.com", "HR-0042", "Anna", "Berg", "+49 176 12345678", "1042", "Nord; Süd", "de"},
			{"# Beispiel ohne E-Mail: leer lassen", "HR-0043", "Ben", "Stein", "", "1043", "Nord", "de"},
		},
		{
			{"# Пример: anna.petrova@example.com", "HR-0042", "Анна", "Петрова", "+7 905 111-11-11", "1042", "Север; Юг", "ru"},
			{"# Пример без почты: оставьте пустым", "HR-0043", "Иван", "Щукин", "", "1043", "Север", "ru"},
		},
	}

	instructions = [3][][]string{
		{
			{"How to fill in this list", ""},
			{"", "One row is one person. Rows that begin with # are examples and are ignored; you may delete them."},
			{"", "Columns may stand in any order, and those that you don't need may go. What can't be read is shown before anything is saved."},
			{"Email", "The address at work or a private one. With neither email nor phone, an access code to hand out is made."},
			{"External ID", "What your HR system calls the person. It finds the same person again when the list is imported anew."},
			{"First name, Last name", "As they are to stand on the tablet."},
			{"Mobile phone", "With the country code: +44 7400 123456."},
			{"Muster ID", "What the person types at the tablet. Empty: one is made."},
			{"Sites", "One or more, by semicolon."},
			{"Language", "en, de or ru."},
			{"To select people", "A list with only Email or only External ID selects people that are known already."},
		},
		{
			{"So füllen Sie die Liste aus", ""},
			{"", "Eine Zeile ist eine Person. Zeilen, die mit # beginnen, sind Beispiele und werden übergangen; Sie können sie löschen."},
			{"", "Die Spalten dürfen in beliebiger Reihenfolge stehen, nicht benötigte dürfen fehlen. Was nicht gelesen werden kann, sehen Sie, bevor etwas gespeichert wird."},
			{"E-Mail", "Die dienstliche oder eine private Adresse. Ohne E-Mail und Telefon wird ein Zugangscode zum Aushändigen erzeugt."},
			{"Externe ID", "Wie Ihr Personalsystem die Person nennt. Daran wird sie beim nächsten Import wiedererkannt."},
			{"Vorname, Nachname", "So, wie sie am Tablet stehen sollen."},
			{"Mobiltelefon", "Mit Landesvorwahl: +49 176 12345678."},
			{"Muster-ID", "Was die Person am Tablet eingibt. Leer: Es wird eine erzeugt."},
			{"Standorte", "Einer oder mehrere, mit Semikolon getrennt."},
			{"Sprache", "de, en oder ru."},
			{"Personen auswählen", "Eine Liste nur mit E-Mail oder nur mit Externer ID wählt Personen aus, die es schon gibt."},
		},
		{
			{"Как заполнить список", ""},
			{"", "Одна строка — один человек. Строки, начинающиеся с #, — примеры; они пропускаются, их можно удалить."},
			{"", "Столбцы могут стоять в любом порядке, ненужные можно убрать. Всё, что не удалось прочитать, вы увидите до сохранения."},
			{"Эл. почта", "Рабочий или личный адрес. Если нет ни почты, ни телефона, создаётся код доступа для вручения."},
			{"Внешний ID", "Как человека называет ваша кадровая система. По нему он узнаётся при следующем импорте."},
			{"Имя, Фамилия", "Так, как они должны стоять на планшете."},
			{"Мобильный телефон", "С кодом страны: +7 905 111-11-11."},
			{"Muster ID", "Что человек набирает на планшете. Пусто: номер создаётся сам."},
			{"Площадки", "Одна или несколько, через точку с запятой."},
			{"Язык", "ru, de или en."},
			{"Выбор людей", "Список только с эл. почтой или только с внешним ID выбирает людей, которые уже есть."},
		},
	}
)

func titles(language string) []string {
	out := make([]string, len(asked))
	for i, f := range asked {
		out[i] = f.Title(language)
	}
	return out
}

// TemplateCSV writes an empty list with examples, to be filled in and imported.
func TemplateCSV(w io.Writer, language string) error {
	out, err := NewCSV(w, language, titles(language)...)
	if err != nil {
		return err
	}
	for _, row := range examples[tongue(language)] {
		if err := out.Row(row...); err != nil {
			return err
		}
	}
	return out.Close()
}

// TemplateXLSX writes the same as a workbook, with a second sheet that explains
// the columns.
func TemplateXLSX(w io.Writer, language string) error {
	file := excelize.NewFile()
	defer func() { _ = file.Close() }() // temporary files only
	if err := template(file, language); err != nil {
		return fmt.Errorf("write template: %w", err)
	}
	if err := file.Write(w); err != nil {
		return fmt.Errorf("write template: %w", err)
	}
	return nil
}

func template(file *excelize.File, language string) error {
	at := tongue(language)
	head, text, grey, err := styles(file)
	if err != nil {
		return err
	}
	if err := file.SetSheetName("Sheet1", tabs[at][0]); err != nil {
		return err
	}
	if _, err := file.NewSheet(tabs[at][1]); err != nil {
		return err
	}
	people, err := file.NewStreamWriter(tabs[at][0])
	if err != nil {
		return err
	}
	if err := prepare(people, titles(language), text); err != nil {
		return err
	}
	write := func(s *excelize.StreamWriter, line int, row []string, style int) error {
		values := make([]any, len(row))
		for i, cell := range row {
			values[i] = excelize.Cell{Value: cell, StyleID: style}
		}
		return s.SetRow(fmt.Sprintf("A%d", line), values)
	}
	if err := write(people, 1, titles(language), head); err != nil {
		return err
	}
	for i, row := range examples[at] {
		if err := write(people, 2+i, row, grey); err != nil {
			return err
		}
	}
	if err := people.Flush(); err != nil {
		return err
	}
	return explain(file, tabs[at][1], instructions[at], head)
}

func explain(file *excelize.File, name string, lines [][]string, head int) error {
	wrap, err := file.NewStyle(&excelize.Style{Alignment: &excelize.Alignment{WrapText: true, Vertical: "top"}})
	if err != nil {
		return err
	}
	bold, err := file.NewStyle(&excelize.Style{Font: &excelize.Font{Bold: true}, Alignment: &excelize.Alignment{WrapText: true, Vertical: "top"}})
	if err != nil {
		return err
	}
	s, err := file.NewStreamWriter(name)
	if err != nil {
		return err
	}
	if err := s.SetColWidth(1, 1, 28); err != nil {
		return err
	}
	if err := s.SetColWidth(2, 2, 90); err != nil {
		return err
	}
	for i, line := range lines {
		first, second := bold, wrap
		if i == 0 {
			first, second = head, head
		}
		row := []any{excelize.Cell{Value: line[0], StyleID: first}, excelize.Cell{Value: line[1], StyleID: second}}
		if err := s.SetRow(fmt.Sprintf("A%d", i+1), row); err != nil {
			return err
		}
	}
	return s.Flush()
}
