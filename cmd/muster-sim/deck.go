package main

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"muster/nfc/pn532sim"
)

// plan describes one card of a deck, as a cards file holds it:
//
//	[{"name": "anna", "person": "Anna Example", "kind": "classic", "uid": "3a01a7c4"}]
type plan struct {
	Name   string `json:"name"`             // how commands call it
	Person string `json:"person,omitempty"` // whose it is, for the page
	Note   string `json:"note,omitempty"`   // anything else the page should say
	Kind   string `json:"kind"`             // classic, ntag, smartcard, phone
	UID    string `json:"uid,omitempty"`    // hexadecimal; none for a phone
}

// entry is a card that can be put on the reader.
type entry struct {
	plan
	card *pn532sim.Card
}

// defaultDeck are the demo's people. The demo organisation assigns the first
// four cards by these UIDs; Dora's is reported lost; the last belongs to nobody.
var defaultDeck = []plan{
	{Name: "anna", Person: "Anna Berger", Kind: "classic", UID: "3a01a7c4"},
	{Name: "boris", Person: "Boris Petrow", Kind: "ntag", UID: "04b0715a6e2980"},
	{Name: "chen", Person: "Chen Wei", Kind: "smartcard", UID: "04c4e71b905c81"},
	{Name: "dora", Person: "Dora Klein", Note: "reported lost", Kind: "classic", UID: "5d02b16f"},
	{Name: "phone", Person: "A phone", Note: "new number each time", Kind: "phone"},
	{Name: "unknown", Person: "Unknown card", Note: "belongs to nobody", Kind: "smartcard", UID: "04e1d2c3b4a59687f011"},
}

var errNoCard = errors.New("no such card")

// deck holds the cards by name; cards made up by UID join it without a plan.
type deck struct {
	entries []entry
	strays  map[string]*pn532sim.Card // by UID in hexadecimal
}

// loadDeck reads a cards file; an empty path gives the default deck.
func loadDeck(path string) (*deck, error) {
	plans := defaultDeck
	if path != "" {
		b, err := os.ReadFile(path)
		if err != nil {
			return nil, fmt.Errorf("read cards: %w", err)
		}
		plans = nil
		if err := json.Unmarshal(b, &plans); err != nil {
			return nil, fmt.Errorf("read cards from %s: %w", path, err)
		}
	}
	d := &deck{strays: map[string]*pn532sim.Card{}}
	for i, p := range plans {
		card, err := p.make()
		if err != nil {
			return nil, fmt.Errorf("card %d, %q: %w", i+1, p.Name, err)
		}
		if p.Name == "" || slices.ContainsFunc(d.entries, func(e entry) bool { return e.Name == p.Name }) {
			return nil, fmt.Errorf("card %d: the name %q is empty or taken", i+1, p.Name)
		}
		d.entries = append(d.entries, entry{p, card})
	}
	return d, nil
}

func (p plan) make() (*pn532sim.Card, error) {
	badge := &pn532sim.Badge{Number: p.Name}
	if p.Kind == "phone" {
		return pn532sim.Phone(badge), nil
	}
	uid, err := parseUID(p.UID)
	if err != nil {
		return nil, err
	}
	switch p.Kind {
	case "classic":
		return pn532sim.Classic(uid)
	case "ntag":
		return pn532sim.NTAG(uid)
	case "smartcard":
		return pn532sim.SmartCard(uid, badge)
	default:
		return nil, fmt.Errorf("kind %q is none of classic, ntag, smartcard, phone", p.Kind)
	}
}

// parseUID reads hexadecimal digits, perhaps with spaces or colons between.
func parseUID(s string) ([]byte, error) {
	uid, err := hex.DecodeString(strings.NewReplacer(" ", "", ":", "").Replace(s))
	if err != nil {
		return nil, fmt.Errorf("%q is no hexadecimal number", s)
	}
	return uid, nil
}

// named finds a card by its name.
func (d *deck) named(name string) (*pn532sim.Card, error) {
	for _, e := range d.entries {
		if strings.EqualFold(e.Name, name) {
			return e.card, nil
		}
	}
	return nil, fmt.Errorf("%w: %q", errNoCard, name)
}

// withUID finds a card by its UID or makes one up.
func (d *deck) withUID(s string) (*pn532sim.Card, error) {
	uid, err := parseUID(s)
	if err != nil {
		return nil, err
	}
	key := hex.EncodeToString(uid)
	for _, e := range d.entries {
		if e.Kind != "phone" && hex.EncodeToString(e.card.UID()) == key {
			return e.card, nil
		}
	}
	if card, ok := d.strays[key]; ok {
		return card, nil
	}
	card, err := pn532sim.SmartCard(uid, &pn532sim.Badge{})
	if err != nil {
		return nil, err
	}
	d.strays[key] = card
	return card, nil
}

// name says how a card is called: by its name, or by its UID.
func (d *deck) name(card *pn532sim.Card, uid []byte) string {
	for _, e := range d.entries {
		if e.card == card {
			return e.Name
		}
	}
	return hex.EncodeToString(uid)
}
