package scim

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"muster/internal/tables"
	"muster/invite"
)

// refusedWell tells whether an error is a refusal that says what was wrong.
func refusedWell(err error) bool {
	var p *problem
	return errors.As(err, &p) && p.status == 400 && p.kind != "" && p.detail != ""
}

// Whatever comes as a filter is read or refused; nothing is found by less than it says.
func FuzzFilter(f *testing.F) {
	for _, s := range []string{
		`userName eq "anna"`, `emails[type eq "work"].value eq "x"`, `id eq "a" and (active eq true)`, `not (id eq "x")`, `members[value eq "x" or value eq "y"]`,
		strings.Repeat("(", 50), strings.Repeat(`not (`, 9) + `id pr` + strings.Repeat(")", 9), `urn:a:b:c eq 1e9`, `userName eq "\ud800"`, "\x00", `id eq "\`,
		`a.b.c[d[e eq 1]] eq null`, strings.Repeat(`id eq "x" and `, 100) + `id eq "x"`,
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		for _, known := range []map[string]invite.DirectoryField{userTerms, groupTerms} {
			all, err := terms(raw, userSchema, known)
			switch {
			case err != nil && !refusedWell(err):
				t.Fatalf("%q: %v", raw, err)
			case err == nil && len(all) == 0 && strings.TrimSpace(raw) != "":
				t.Fatalf("%q finds everybody", raw)
			case len(all) > maxTerms:
				t.Fatalf("%q has %d terms", raw, len(all))
			}
		}
	})
}

// Whatever comes as changes is carried out or refused, the same each time, and never
// touches what was there before.
func FuzzPatch(f *testing.F) {
	for _, s := range []string{
		`{"Operations":[{"op":"Replace","path":"active","value":"False"}]}`,
		`{"Operations":[{"op":"add","value":{"emails[type eq \"work\"].value":"x@y.example","name.givenName":"A"}}]}`,
		`{"operations":[{"op":"remove","path":"emails[type eq \"work\"]"},{"op":"add","path":"emails","value":{"value":"a","type":{}}}]}`,
		`{"Operations":[{"op":"replace","path":"phoneNumbers[type eq \"mobile\"].value","value":[[[{}]]]}]}`,
		`{"Operations":[{"op":"add","path":"name","value":[1,2,null]},{"op":"replace","path":"name.x","value":{}}]}`,
		`{"Operations":[{"op":"remove","path":"members[value eq \"x\"]"},{"op":"replace","path":"members","value":[]}]}`,
		`{"Operations":[{"op":"add","value":{"urn:ietf:params:scim:schemas:core:2.0:User":{"urn:x":{"y":1}}}}]}`,
		`{"Operations":[{"op":"add","path":"emails[not (type pr)].value","value":null}]}`,
	} {
		f.Add([]byte(s))
	}
	who := invite.DirectoryPerson{UserName: "anna", FirstName: "Anna", Active: true, Contact: invite.Contact{Email: "anna@acme.example", Phone: "+4915123456789", ExternalID: "1"}}
	r := reading{tables.Contacts{}, "DE"}
	f.Fuzz(func(t *testing.T, raw []byte) {
		var v any
		if len(raw) > maxUserBody || json.Unmarshal(raw, &v) != nil {
			return
		}
		v, ok := lowered(v)
		o, is := v.(object)
		if !ok || !is {
			return
		}
		for _, schema := range []string{userSchema, groupSchema} {
			all, err := operations(o, schema)
			if err != nil {
				if !refusedWell(err) {
					t.Fatalf("%s: %v", raw, err)
				}
				continue
			}
			once, errOnce := carriedOut(all, who, r)
			twice, errTwice := carriedOut(all, who, r)
			if (errOnce == nil) != (errTwice == nil) || errOnce == nil && version(once) != version(twice) {
				t.Fatalf("%s: %v, %v; %v, %v", raw, once, errOnce, twice, errTwice)
			}
			c := membership{}
			for _, one := range all {
				if one.attr == "members" {
					_ = c.members(one) //nolint:errcheck // it must only come back
				}
			}
		}
	})
}

func carriedOut(all []operation, p invite.DirectoryPerson, r reading) (invite.DirectoryPerson, error) {
	o := personObject(p)
	for _, one := range all {
		if err := one.apply(o); err != nil {
			return p, err
		}
	}
	return p, r.person(o, &p)
}
