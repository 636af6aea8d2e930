package letter

import (
	"fmt"
	"strings"
	"time"
)

// words are all that is printed in one language.
type words struct {
	personal, subject, greeting, opening string
	scan, scanOr, open, enter, enterBoth string
	choose                               string
	number, code, until                  string
	once, lost                           string
	months                               [12]string
	date                                 func(t time.Time, month string) string
}

// in picks a language; English for one that has no words here.
func in(language string) words {
	switch base, _, _ := strings.Cut(strings.ToLower(language), "-"); base {
	case "de":
		return german
	case "ru":
		return russian
	default:
		return english
	}
}

func (w words) expiry(t time.Time) string {
	text := w.date(t, w.months[t.Month()-1])
	if zone := t.Format("MST"); zone != "" && zone[0] >= 'A' {
		text += " (" + zone + ")"
	}
	return text
}

var (
	english = words{
		personal: "Personal", subject: "Your access to Muster at %s", greeting: "Hello %s,",
		opening: "Your account is ready for you. This is how you open it:",
		scan:    "Scan the square with your phone's camera.", scanOr: "Scan the square with your phone's camera, or open %s in a browser.",
		open: "Open %s in a browser.", enter: "Enter the code below.", enterBoth: "Enter your Muster ID and the code below.",
		choose: "Choose a password of your own.",
		number: "Muster ID", code: "One-time code", until: "Valid until %s",
		once: "The code works once. Whoever has it can open your account, so please keep it to yourself.",
		lost: "Too late, or lost? Ask your manager for a new one. This sheet is then worth nothing.",
		months: [12]string{
			"January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December",
		},
		date: func(t time.Time, month string) string {
			return fmt.Sprintf("%d %s %d, %s", t.Day(), month, t.Year(), t.Format("15:04"))
		},
	}
	german = words{
		personal: "Persönlich", subject: "Ihr Zugang zu Muster bei %s", greeting: "Guten Tag %s,",
		opening: "Ihr Konto ist für Sie vorbereitet. So öffnen Sie es:",
		scan:    "Scannen Sie das Quadrat mit der Kamera Ihres Telefons.", scanOr: "Scannen Sie das Quadrat mit der Kamera Ihres Telefons oder öffnen Sie %s im Browser.",
		open: "Öffnen Sie %s im Browser.", enter: "Geben Sie den Code unten ein.", enterBoth: "Geben Sie Ihre Muster-ID und den Code unten ein.",
		choose: "Wählen Sie ein eigenes Passwort.",
		number: "Muster-ID", code: "Einmalcode", until: "Gültig bis %s",
		once: "Der Code gilt einmal. Wer ihn hat, kann Ihr Konto öffnen: Bitte behalten Sie ihn für sich.",
		lost: "Zu spät oder verloren? Ihre Führungskraft gibt Ihnen einen neuen. Dieses Blatt ist dann wertlos.",
		months: [12]string{
			"Januar", "Februar", "März", "April", "Mai", "Juni", "Juli", "August", "September", "Oktober", "November", "Dezember",
		},
		date: func(t time.Time, month string) string {
			return fmt.Sprintf("%d. %s %d, %s Uhr", t.Day(), month, t.Year(), t.Format("15:04"))
		},
	}
	russian = words{
		personal: "Лично", subject: "Ваш доступ к Muster: %s", greeting: "Здравствуйте, %s!",
		opening: "Ваша учётная запись готова. Вот как её открыть:",
		scan:    "Наведите камеру телефона на квадрат.", scanOr: "Наведите камеру телефона на квадрат или откройте %s в браузере.",
		open: "Откройте %s в браузере.", enter: "Введите код, указанный ниже.", enterBoth: "Введите свой Muster ID и код, указанные ниже.",
		choose: "Придумайте свой пароль.",
		number: "Muster ID", code: "Одноразовый код", until: "Действует до: %s",
		once: "Код действует один раз. Тот, у кого он есть, может открыть вашу учётную запись, поэтому никому его не показывайте.",
		lost: "Не успели или потеряли? Руководитель выдаст вам новый код, а этот лист станет недействительным.",
		months: [12]string{
			"января", "февраля", "марта", "апреля", "мая", "июня", "июля", "августа", "сентября", "октября", "ноября", "декабря",
		},
		date: func(t time.Time, month string) string {
			return fmt.Sprintf("%d %s %d г., %s", t.Day(), month, t.Year(), t.Format("15:04"))
		},
	}
)

// steps are what the person does, in order.
func (w words) steps(p Person) []string {
	var out []string
	// People type an address without its scheme.
	login := strings.TrimSuffix(strings.TrimPrefix(p.Login, "https://"), "/")
	switch {
	case p.Link != "" && login != "":
		out = append(out, fmt.Sprintf(w.scanOr, login))
	case p.Link != "":
		out = append(out, w.scan)
	case login != "":
		out = append(out, fmt.Sprintf(w.open, login))
	}
	switch {
	case p.Code != "" && p.Number != "":
		out = append(out, w.enterBoth)
	case p.Code != "":
		out = append(out, w.enter)
	}
	return append(out, w.choose)
}
