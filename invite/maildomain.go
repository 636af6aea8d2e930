package invite

import "strings"

// postmasters are the names at which only somebody who runs a domain reads mail.
// The list is that of certificate authorities (CA/Browser Forum, baseline
// requirements, 3.2.2.4.4): any other address may be that of any employee.
var postmasters = []string{"postmaster", "hostmaster", "webmaster", "administrator", "admin"}

// Postmasters returns the addresses of a domain to which a code that proves it may
// be sent.
func Postmasters(domain string) []string {
	all := make([]string, len(postmasters))
	for i, p := range postmasters {
		all[i] = p + "@" + domain
	}
	return all
}

// publicMail are providers whose addresses anybody can have: whoever works there
// may well run the domain, but its users are no organisation. The list is short
// on purpose, the large ones of the languages that the product speaks; it keeps
// people from a mistake. What keeps others out is the proof: nobody who doesn't
// run a domain can give it, whether the list has it or not.
var publicMail = strings.Fields(`
	gmail.com googlemail.com outlook.com hotmail.com hotmail.de live.com live.de msn.com yahoo.com yahoo.de yahoo.co.uk ymail.com
	icloud.com me.com mac.com aol.com aol.de proton.me protonmail.com pm.me zoho.com fastmail.com hey.com tutanota.com tuta.com tuta.io
	gmx.de gmx.net gmx.com gmx.at gmx.ch web.de t-online.de freenet.de mail.de posteo.de mailbox.org arcor.de online.de
	mail.ru list.ru bk.ru inbox.ru internet.ru yandex.ru yandex.com ya.ru rambler.ru mail.com bluewin.ch orange.fr free.fr wanadoo.fr
	qq.com 163.com 126.com btinternet.com comcast.net verizon.net att.net libero.it wp.pl o2.pl seznam.cz ukr.net i.ua`)

// PublicMail tells whether anybody can have an address of a domain.
func PublicMail(domain string) bool {
	for _, p := range publicMail {
		if domain == p || strings.HasSuffix(domain, "."+p) {
			return true
		}
	}
	return false
}

// DomainRecord is what the name of the TXT record of a domain begins with.
const DomainRecord = "_muster."

// DomainToken is what the TXT record holds, before the token itself.
const DomainToken = "muster-domain="
