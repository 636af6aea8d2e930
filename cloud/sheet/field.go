package sheet

import "strings"

// Field is what a column means. Names are stored and keys of sentences: never
// rename one.
type Field string

// The columns that an import knows. Email or ExternalID alone is enough for a
// selection.
const (
	Email      Field = "email"
	ExternalID Field = "external-id"
	FirstName  Field = "first-name"
	LastName   Field = "last-name"
	Name       Field = "name" // first and last name in one cell
	Phone      Field = "phone"
	Number     Field = "number" // the Muster ID
	Sites      Field = "sites"  // one or more, see Split
	Language   Field = "language"
	Department Field = "department"
)

// Fields lists all of them, in the order of the template.
var Fields = []Field{Email, ExternalID, FirstName, LastName, Name, Phone, Number, Sites, Language, Department}

// Title is the field's header in a language: "en", "de" or "ru"; English for
// any other.
func (f Field) Title(language string) string {
	titles := map[Field][3]string{
		Email:      {"Email", "E-Mail", "Эл. почта"},
		ExternalID: {"External ID", "Externe ID", "Внешний ID"},
		FirstName:  {"First name", "Vorname", "Имя"},
		LastName:   {"Last name", "Nachname", "Фамилия"},
		Name:       {"Name", "Name", "ФИО"},
		Phone:      {"Mobile phone", "Mobiltelefon", "Мобильный телефон"},
		Number:     {"Muster ID", "Muster-ID", "Muster ID"},
		Sites:      {"Sites", "Standorte", "Площадки"},
		Language:   {"Language", "Sprache", "Язык"},
		Department: {"Department", "Abteilung", "Отдел"},
	}
	return titles[f][tongue(language)]
}

// tongue is a language's place in the lists of this package.
func tongue(language string) int {
	switch base, _, _ := strings.Cut(strings.ToLower(language), "-"); base {
	case "de":
		return 1
	case "ru":
		return 2
	default:
		return 0
	}
}

// Accepted lists the headers that a file may have, in a language, for the
// message that says so.
func Accepted(language string) []string {
	titles := make([]string, 0, len(Fields))
	for _, f := range Fields {
		titles = append(titles, f.Title(language))
	}
	return titles
}

// headers are the words that people write over their columns, folded. A mobile's
// column is preferred to one that may hold landlines.
var headers, mobiles = func() (map[string]Field, map[string]bool) {
	words := map[Field]string{
		Email: `email|e mail|mail|email address|e mail address|mail address|email adresse|e mail adresse|mailadresse|mail adresse|
			work email|business email|company email|geschäftliche e mail|dienstliche e mail|electronic mail|user principal name|userprincipalname|
			эл почта|электронная почта|почта|адрес электронной почты|адрес эл почты|емейл|имейл|мейл|эл адрес|e mail адрес|email адрес|рабочая почта`,
		ExternalID: `external id|externalid|extid|ext id|external identifier|external key|foreign id|hr id|hrid|sap id|sap nr|sap nummer|
			externe id|externe kennung|externe nummer|fremdschlüssel|id extern|
			внешний id|внешний ид|внешний идентификатор|внешний код|ид|id|guid`,
		FirstName: `first name|firstname|given name|givenname|forename|first|vorname|vornamen|rufname|имя|имя сотрудника`,
		LastName:  `last name|lastname|surname|family name|familyname|last|second name|nachname|familienname|zuname|фамилия|фамилия сотрудника`,
		Name: `name|full name|fullname|display name|displayname|employee|employee name|person|vor und nachname|vollständiger name|
			name vorname|nachname vorname|vorname nachname|mitarbeiter|mitarbeiterin|mitarbeiter in|mitarbeitername|anzeigename|фио|ф и о|полное имя|сотрудник|имя и фамилия|фамилия имя|фамилия имя отчество|имя фамилия`,
		Phone: `phone|phone number|phonenumber|telephone|telephone number|tel|tel no|tel nr|contact number|telefon|telefonnummer|telefonnr|telefon nr|rufnummer|
			телефон|номер телефона|тел|тел номер|контактный телефон|
			mobile|mobile phone|mobile number|mobile no|cell|cell phone|cellphone|cell number|sms|mobil|mobiltelefon|mobilnummer|mobilfunk|mobilfunknummer|mobil nr|handy|handynummer|handynr|handy nr|diensthandy|
			мобильный|мобильный телефон|моб телефон|моб|моб тел|мобильный номер|сотовый|сотовый телефон|номер мобильного`,
		Number: `muster id|musterid|employee number|employee no|employee id|employeenumber|employeeid|emp no|emp id|personnel number|personnel no|staff number|staff no|staff id|payroll number|badge number|number|
			muster nummer|personalnummer|personalnr|personal nr|pers nr|persnr|pnr|mitarbeiternummer|mitarbeiternr|mitarbeiter nr|mitarbeiter id|ma nr|ausweisnummer|
			табельный номер|таб номер|таб|табельный|номер сотрудника|номер|личный номер`,
		Sites: `site|sites|location|locations|branch|workplace|work location|plant|store|standort|standorte|niederlassung|werk|filiale|betriebsstätte|arbeitsort|einsatzort|
			площадка|площадки|объект|объекты|филиал|место работы|подразделение площадка`,
		Language:   `language|lang|locale|preferred language|sprache|muttersprache|язык|язык общения`,
		Department: `department|dept|division|team|unit|cost center|cost centre|abteilung|bereich|kostenstelle|отдел|подразделение|департамент|цех`,
	}
	fields, mobiles := map[string]Field{}, map[string]bool{}
	for field, list := range words {
		for word := range strings.SplitSeq(list, "|") {
			word = fold(word)
			fields[word] = field
			for _, sign := range []string{"mobil", "cell", "handy", "sms", "моб", "сот"} {
				if field == Phone && strings.Contains(word, sign) {
					mobiles[word] = true
				}
			}
		}
	}
	return fields, mobiles
}()
