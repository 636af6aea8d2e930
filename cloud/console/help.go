package console

// helpPlaces are where the help explains a page: by its name, else by the section
// that it is in.
var helpPlaces = map[string]string{
	"overview": "signs", "quarantine": "punches", "quarantined": "punches", "approvals": "punches", "punches": "punches", "employees": "employees", "invitations": "access", "devices": "tablet", "sites": "sites",
	"launch": "launch", "policy": "policy", "welcome": "texts", "batches": "batches", "batch": "batches", "review": "batches", "mailbox": "mailbox", "mail": "mailbox",
	"membership": "membership", "users": "users", "audit": "users", "account": "users",
}

// helpOf is the address of what explains a page.
func helpOf(page, section string) string {
	for _, name := range []string{page, section} {
		if place := helpPlaces[name]; place != "" {
			return "/help#" + place
		}
	}
	return "/help"
}
