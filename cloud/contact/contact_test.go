package contact_test

import (
	"testing"

	"muster/cloud/contact"
	"muster/invite"
)

func TestEmail(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ given, want string }{
		{"anna@firma.de", "anna@firma.de"},
		{"", ""},
		{"  ", ""},
		{"\u00a0", ""},
		{" Anna.Berg@FIRMA.de\u00a0", "Anna.Berg@firma.de"},
		{"\ufeffanna@firma.de\u200b", "anna@firma.de"},
		{"mailto:anna@firma.de?subject=x", "anna@firma.de"},
		{"Anna Berg <anna@firma.de>", "anna@firma.de"},
		{"Berg, Anna <anna@firma.de>", "anna@firma.de"},
		{"<anna@firma.de>;", "anna@firma.de"},
		{"'anna@firma.de'", "anna@firma.de"},
		{"anna+lager@firma.co.uk", "anna+lager@firma.co.uk"},
		{"o'neill@firma.ie", "o'neill@firma.ie"},
		{"anna@müller.de", "anna@xn--mller-kva.de"},
		{"anna@почта.рф", "anna@xn--80a1acny.xn--p1ai"},
		{"anna@XN--MLLER-KVA.de", "anna@xn--mller-kva.de"},
		{"anna＠firma.de", "anna@firma.de"},
		{"anna@intern.local", "anna@intern.local"},
	} {
		got, refusal := contact.Email(c.given)
		if refusal != nil || got != c.want {
			t.Errorf("Email(%q) = %q, %v, want %q", c.given, got, refusal, c.want)
		}
	}
}

func TestP11EmailRefused(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ given, suggestion string }{
		{"anna", ""},
		{"@firma.de", ""},
		{"anna@", ""},
		{"anna@firma", ""},
		{"-", ""},
		{"n/a", ""},
		{"#N/A", ""},
		{";", ""},
		{"anna@127.0.0.1", ""},
		{"anna@[127.0.0.1]", ""},
		{"anna@firma.123", ""},
		{"anna@-firma-.de", ""},
		{"anna berg@firma.de", "annaberg@firma.de"},
		{"anna@firma,de", "anna@firma.de"},
		{"anna@@firma.de", "anna@firma.de"},
		{"anna..berg@firma.de", "anna.berg@firma.de"},
		{"anna@firma..de", "anna@firma.de"},
		{"anna (at) firma.de", "anna@firma.de"},
		{"anna[at]firma[dot]de", "anna@firma.de"},
		{"anna@firma.de; bert@firma.de", "anna@firma.de"},
		{"anna@firma.de, bert@firma.de", "anna@firma.de"},
		{"anna@firma.de / bert@firma.de", "anna@firma.de"},
		{"jürgen.groß@firma.de", "juergen.gross@firma.de"},
		{"\u0430nna@firma.de", "anna@firma.de"},
		{"anna@f\u0456rma.de", "anna@firma.de"},
		{"anna@firma.de\nBcc: all@firma.de", ""},
		{"\"anna berg\"@firma.de", ""},
	} {
		got, refusal := contact.Email(c.given)
		if refusal == nil || refusal.Reason != invite.BadAddress || got != "" {
			t.Errorf("Email(%q) = %q, %v, want it refused", c.given, got, refusal)
			continue
		}
		if c.suggestion != "" && refusal.Suggestion != c.suggestion {
			t.Errorf("Email(%q) suggests %q, want %q", c.given, refusal.Suggestion, c.suggestion)
		}
	}
}

func TestTypo(t *testing.T) {
	t.Parallel()
	for given, want := range map[string]string{
		"anna@gmial.com": "anna@gmail.com", "anna@firma.con": "anna@firma.com", "anna@tonline.de": "anna@t-online.de",
		"anna@yandx.ru": "anna@yandex.ru", "anna@gmail.com": "", "anna@firma.de": "", "": "",
	} {
		if got := contact.Typo(given); got != want {
			t.Errorf("Typo(%q) = %q, want %q", given, got, want)
		}
	}
}

// P10–P13.
func TestPhone(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ given, region, want string }{
		{"", "DE", ""},
		{" ", "", ""},
		{"+49 176 12345678", "", "+4917612345678"},
		{"+49 (0) 176 / 123 456 78", "DE", "+4917612345678"},
		{"+49(0)176-12345678", "RU", "+4917612345678"},
		{"+490176 12345678", "DE", "+4917612345678"},
		{"0049 176 12345678", "DE", "+4917612345678"},
		{"0049 (0)176 12345678", "DE", "+4917612345678"},
		{"'+4917612345678", "DE", "+4917612345678"},
		{"=\"+4917612345678\"", "DE", "+4917612345678"},
		{"4917612345678", "DE", "+4917612345678"},
		{"4917612345678.0", "DE", "+4917612345678"},
		{"4917612345678,00", "DE", "+4917612345678"},
		{"4.917612345678E+12", "DE", "+4917612345678"},
		{"4,917612345678E+12", "DE", "+4917612345678"},
		{"+49\u00a0176\u200912345678", "DE", "+4917612345678"},
		{"\u202a+4917612345678\u202c", "DE", "+4917612345678"},
		{"+49–176–12345678", "DE", "+4917612345678"},
		{"tel:+49-176-12345678", "DE", "+4917612345678"},
		{"Mobil: +49 176 12345678", "DE", "+4917612345678"},
		{"+49 176 12345678 (privat)", "DE", "+4917612345678"},
		{"＋４９１７６１２３４５６７８", "DE", "+4917612345678"},
		{"79051111111", "RU", "+79051111111"},
		{"79051111111", "DE", "+79051111111"},
		{"79051111111", "", "+79051111111"},
		{"+7 (905) 111-11-11", "", "+79051111111"},
		{"+7-905-111-11-11", "RU", "+79051111111"},
		{"тел. +7 905 111 11 11", "RU", "+79051111111"},
		{"+1 (212) 555-2368", "US", "+12125552368"},
		{"1-212-736-5000", "US", "+12127365000"},
		{"+44 7400 123456", "GB", "+447400123456"},
		{"+44 (0)7400 123456", "GB", "+447400123456"},
		{"+39 06 69812345", "IT", "+390669812345"},
		{"+43 664 1234567", "AT", "+436641234567"},
		{"+41 79 123 45 67", "CH", "+41791234567"},
		{"+48 512 345 678", "PL", "+48512345678"},
		{"+380 50 123 45 67", "UA", "+380501234567"},
		{"+49 30 1234567 ext. 12", "DE", "+49301234567"},
	} {
		got, refusal := contact.Phone(c.given, c.region)
		if refusal != nil || got != c.want {
			t.Errorf("Phone(%q, %q) = %q, %v, want %q", c.given, c.region, got, refusal, c.want)
		}
	}
}

func TestP11P12PhoneRefused(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		given, region string
		reason        invite.Reason
		suggestion    string
	}{
		{"9051111111", "RU", invite.NoCountryCode, "+79051111111"}, // P12
		{"9051111111", "", invite.NoCountryCode, ""},
		{"9051111111", "DE", invite.NoCountryCode, ""},
		{"8 (905) 111-11-11", "RU", invite.NoCountryCode, "+79051111111"},
		{"0176 12345678", "DE", invite.NoCountryCode, "+4917612345678"},
		{"0176/12345678", "DE", invite.NoCountryCode, "+4917612345678"},
		{"17612345678", "DE", invite.NoCountryCode, "+4917612345678"},
		{"(212) 736-5000", "US", invite.NoCountryCode, "+12127365000"},
		{"07400 123456", "GB", invite.NoCountryCode, "+447400123456"},
		{"4951234567", "RU", invite.NoCountryCode, "+74951234567"}, // also a German number, without its plus
		{"4.91761E+12", "DE", invite.BadNumber, ""},
		{"4,91761E+12", "DE", invite.BadNumber, ""},
		{"7.90511E+10", "RU", invite.BadNumber, ""},
		{"+49 176", "DE", invite.BadNumber, ""},
		{"+49 176 1234567890123", "DE", invite.BadNumber, ""},
		{"+7 005 111 11 11", "RU", invite.BadNumber, ""},
		{"+999 123456789", "DE", invite.BadNumber, ""},
		{"+9051111111", "RU", invite.BadNumber, "+79051111111"},
		{"12345", "DE", invite.BadNumber, ""},
		{"110", "DE", invite.BadNumber, ""},
		{"+49 900 1234567", "DE", invite.BadNumber, ""}, // costs whoever sends
		{"+1 800 555 0199", "US", invite.BadNumber, ""},
		{"anna@firma.de", "DE", invite.BadNumber, ""},
		{"+49 176 FLOWERS", "DE", invite.BadNumber, ""},
		{"keine", "DE", invite.BadNumber, ""},
		{"-", "DE", invite.BadNumber, ""},
		{"0", "DE", invite.BadNumber, ""},
		{"+", "", invite.BadNumber, ""},
		{"+49 176 12345678; +49 151 12345678", "DE", invite.BadNumber, "+4917612345678"},
		{"+49 176 12345678 / +49 151 12345678", "DE", invite.BadNumber, "+4917612345678"},
		{"+49 +176 12345678", "DE", invite.BadNumber, ""},
	} {
		got, refusal := contact.Phone(c.given, c.region)
		if refusal == nil || got != "" {
			t.Errorf("Phone(%q, %q) = %q, want it refused", c.given, c.region, got)
			continue
		}
		if refusal.Reason != c.reason || refusal.Suggestion != c.suggestion || refusal.Given != c.given {
			t.Errorf("Phone(%q, %q) refused with %+v, want %s, suggesting %q", c.given, c.region, *refusal, c.reason, c.suggestion)
		}
	}
}

func TestDisplay(t *testing.T) {
	t.Parallel()
	for given, want := range map[string]string{
		"+79051111111": "+7 905 111-11-11", "+4917612345678": "+49 176 12345678", "+12127365000": "+1 212-736-5000", "x": "x", "": "",
	} {
		if got := contact.Display(given); got != want {
			t.Errorf("Display(%q) = %q, want %q", given, got, want)
		}
	}
}

func TestCheck(t *testing.T) {
	t.Parallel()
	de := contact.Policy{Region: "DE"}
	for _, c := range []struct {
		email, phone string
		policy       contact.Policy
		reasons      []invite.Reason
		doubts       []contact.Concern
	}{
		{"", "", de, []invite.Reason{invite.NoContact}, nil}, // P10
		{"anna@firma.de", "", de, nil, nil},
		{"", "+4917612345678", de, nil, nil},
		{"", "+4917612345678", contact.Policy{EmailOnly: true}, []invite.Reason{invite.EmailOnly}, nil}, // P7
		{"anna@firma", "017612345678", de, []invite.Reason{invite.BadAddress, invite.NoCountryCode}, nil},
		{"anna@gmial.com", "", de, nil, []contact.Concern{contact.LikelyTypo}},
		{"", "+49 30 1234567", de, nil, []contact.Concern{contact.Landline}},
		{"anna@firma.de", "+49 30 1234567", de, nil, nil},
	} {
		r := contact.Check(c.email, c.phone, " 0042 ", c.policy)
		if len(r.Refusals) != len(c.reasons) || len(r.Doubts) != len(c.doubts) || r.Contact.ExternalID != "0042" {
			t.Errorf("Check(%q, %q) = %+v, want %v, %v", c.email, c.phone, r, c.reasons, c.doubts)
			continue
		}
		for i, reason := range c.reasons {
			if r.Refusals[i].Reason != reason {
				t.Errorf("Check(%q, %q) refuses with %s, want %s", c.email, c.phone, r.Refusals[i].Reason, reason)
			}
		}
		for i, concern := range c.doubts {
			if r.Doubts[i].Concern != concern {
				t.Errorf("Check(%q, %q) doubts %s, want %s", c.email, c.phone, r.Doubts[i].Concern, concern)
			}
		}
	}
}
