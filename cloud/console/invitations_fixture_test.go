package console_test

import (
	"crypto/sha256"
	"io"
	"testing"
	"time"

	"muster/attendance"
	"muster/cloud/console"
	"muster/cloud/contact"
	"muster/cloud/sheet"
	"muster/invite"
)

// joined are the neighbours that the cloud joins to the console.
type joined struct{ printed []console.Printout }

func (*joined) Open(w io.Writer, format, language, name string, titles ...string) (console.Table, error) {
	if format == "xlsx" {
		return sheet.NewXLSX(w, name, titles...)
	}
	return sheet.NewCSV(w, language, titles...)
}

func (*joined) Email(given string) (string, *invite.Refusal) { return contact.Email(given) }

func (*joined) Phone(given, region string) (string, *invite.Refusal) {
	return contact.Phone(given, region)
}

func (j *joined) Print(w io.Writer, p console.Printout) error {
	j.printed = append(j.printed, p)
	_, err := w.Write([]byte("%PDF-1.4 sheets"))
	return err
}

// checkers is the smallest square that tells dark from light.
func checkers(string) ([][]bool, error) { return [][]bool{{true, false}, {false, true}}, nil }

// reached adds somebody who can be reached.
func (w *world) reached(first, last string, c invite.Contact, sites ...attendance.SiteID) attendance.Profile {
	w.t.Helper()
	p := w.person(first, last, sites...)
	if err := w.store.SetContact(w.t.Context(), w.admin.Actor(), p.ID, c); err != nil {
		w.t.Fatal(err)
	}
	return p
}

func (w *world) smsPolicy() {
	w.t.Helper()
	policy := invite.DefaultPolicy
	policy.SMS, policy.Details = true, false
	if err := w.store.SetPolicy(w.t.Context(), w.admin.Actor(), policy); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) ask(people ...attendance.Profile) invite.Batch {
	w.t.Helper()
	ids := make([]attendance.ProfileID, len(people))
	for i, p := range people {
		ids[i] = p.ID
	}
	return must(w.store.Ask(w.t.Context(), w.admin.Actor(), invite.Order{To: invite.Selection{IDs: ids}}))(w.t)
}

// deliverAll does what the worker does with everything that waits. fail says for
// an address why it fails. The secret of a link is the address, of a chase with " again" behind it.
func (w *world) deliverAll(fail map[string]invite.Undeliverable) {
	w.t.Helper()
	ctx := w.t.Context()
	for _, j := range must(w.store.TakeOn(ctx, "w", 500, w.now().Add(time.Minute)))(w.t) {
		h := invite.Handing{ID: j.ID, Channel: invite.Email, Address: j.Contact.Email, Language: "en", Expires: w.now().Add(14 * 24 * time.Hour)}
		if h.Address == "" {
			h.Channel, h.Address = invite.SMS, j.Contact.Phone
		}
		secret := h.Address
		if j.Event == invite.Chase {
			secret += " again"
		}
		sum := sha256.Sum256([]byte(secret))
		h.Token = sum[:]
		must(w.store.Hand(ctx, "w", []invite.Handing{h}))(w.t)
		o := invite.Outcome{ID: j.ID, Receipt: invite.Receipt{Provider: "smtp", Reference: h.Address}}
		if u, ok := fail[h.Address]; ok {
			o = invite.Outcome{ID: j.ID, Failed: &u}
		}
		if err := w.store.Settle(ctx, "w", []invite.Outcome{o}); err != nil {
			w.t.Fatal(err)
		}
		w.bus.Announce(j.Org, "invitation", string(j.Person.ID))
	}
}

// gone is what a server says of a mailbox that isn't there.
var gone = invite.Undeliverable{Reason: invite.UnknownMailbox, Detail: "550 5.1.1 <nobody@example.com>: Recipient address rejected: User unknown", Permanent: true}

// crowd is a world with people in every state an invitation can be in.
func crowd(t *testing.T) (w *world, people []attendance.Profile) {
	t.Helper()
	w = newWorld(t)
	w.smsPolicy()
	names := [][2]string{
		{"Anna", "Bergmann"},
		{"Boris", "Petrow"},
		{"Chloé", "Durand"},
		{"Дмитрий", "Соколов"},
		{"Emre", "Yılmaz"},
		{"Maximiliane-Theodora", "von Habenichts-Oberschleißheim zu Donaudampfschiff"},
		{"Fatima", "El-Sayed"},
		{"Jürgen", "Groß"},
		{"Li", "Wang"},
		{"Mbali", "Nkosi"},
		{"Søren", "Ægidius"},
		{"Zoë", "O’Connor"},
	}
	for i := range 30 {
		n := names[i%len(names)]
		c := invite.Contact{Email: at("person.%02d@example.com", i)}
		switch i % 6 {
		case 3:
			c = invite.Contact{Phone: at("+49151234567%02d", i)}
		case 5:
			c = invite.Contact{ExternalID: at("SAP-%05d", 4711+i)}
		}
		if i == 0 {
			c.ExternalID = "a-very-long-external-id-of-another-system-0001"
		}
		site := w.north.ID
		if i%5 == 4 {
			site = w.south.ID
		}
		people = append(people, w.reached(n[0], n[1], c, site))
	}
	ctx, admin := t.Context(), w.admin.Actor()
	w.ask(people[12:26]...)
	full := invite.Undeliverable{Reason: invite.MailboxFull, Detail: "452 4.2.2 mailbox full"}
	w.deliverAll(map[string]invite.Undeliverable{"person.12@example.com": gone, "person.13@example.com": full, "person.14@example.com": full})
	if err := w.store.Report(ctx, []invite.Report{{Provider: "smtp", Reference: "person.16@example.com", Event: invite.Deliver, At: w.now()}}); err != nil {
		t.Fatal(err)
	}
	must(w.store.OpenLink(ctx, "person.18@example.com"))(t)
	for _, i := range []int{19, 20, 22} {
		policy := invite.DefaultPolicy
		policy.Details = i == 19 // who has begun, with something left to do
		if err := w.store.SetPolicy(ctx, admin, policy); err != nil {
			t.Fatal(err)
		}
		must(w.store.ClaimLinkWith(ctx, at("person.%02d@example.com", i), "unguessable-"+string(people[i].ID)))(t)
	}
	if err := w.store.DeactivateAccount(ctx, admin, people[22].ID); err != nil {
		t.Fatal(err)
	}
	if err := w.store.RevokeInvitation(ctx, admin, people[24].ID); err != nil {
		t.Fatal(err)
	}
	must(w.store.HandOut(ctx, admin, people[5].ID))(t)
	w.ask(people[25:28]...)
	return w, people
}
