package scim

import (
	"encoding/json"
	"regexp"
	"strings"

	"github.com/scim2/filter-parser/v2"

	"muster/invite"
)

// What is taken of filters and paths that come from outside.
const (
	maxExpression = 2000 // bytes
	maxDepth      = 10   // brackets in brackets
	maxTerms      = 20
)

// userTerms and groupTerms are what people and groups can be found by, in lower case.
var (
	userTerms = map[string]invite.DirectoryField{
		"id": invite.DirectoryID, "username": invite.DirectoryUserName, "externalid": invite.DirectoryExternalID,
		"emails": invite.DirectoryEmail, "emails.value": invite.DirectoryEmail, "active": invite.DirectoryActive,
	}
	groupTerms = map[string]invite.DirectoryField{
		"id": invite.DirectoryID, "displayname": invite.DirectoryName, "externalid": invite.DirectoryExternalID,
		"members": invite.DirectoryMemberID, "members.value": invite.DirectoryMemberID,
	}
)

// typedValue is what Entra ID puts in front of eq where the mapping names one of
// several addresses; the grammar hasn't got it.
var typedValue = regexp.MustCompile(`(?i)\bemails\[type eq "[a-z]+"\]\.value\b`)

// terms reads a filter. All of its parts must hold at once, each as it is written:
// what can't be looked for exactly is refused.
func terms(raw, schema string, known map[string]invite.DirectoryField) ([]invite.DirectoryTerm, error) {
	raw = strings.TrimSpace(raw)
	if raw == "" {
		return nil, nil
	}
	if !shallow(raw) {
		return nil, badRequest(invalidFilter, "The filter is too long or too deep.")
	}
	e, err := filter.ParseFilterNumber([]byte(typedValue.ReplaceAllString(raw, "emails.value")))
	if err != nil {
		return nil, badRequest(invalidFilter, "The filter can't be read.")
	}
	var all []invite.DirectoryTerm
	if all = termsOf(e, "", schema, known, nil); len(all) == 0 {
		return nil, badRequest(invalidFilter, "The filter asks for something that can't be looked for: these attributes can, with eq, joined by and: %s.", names(known))
	}
	if len(all) > maxTerms {
		return nil, badRequest(invalidFilter, "The filter has too many parts.")
	}
	return all, nil
}

// termsOf adds the terms of an expression to those before; nil: it has one that can't
// be looked for. Within brackets, of names the attribute.
func termsOf(e filter.Expression, of, schema string, known map[string]invite.DirectoryField, before []invite.DirectoryTerm) []invite.DirectoryTerm {
	switch e := e.(type) {
	case *filter.LogicalExpression:
		if e.Operator != filter.AND {
			return nil
		}
		left := termsOf(e.Left, of, schema, known, before)
		if left == nil {
			return nil
		}
		return termsOf(e.Right, of, schema, known, left)
	case *filter.ValuePath:
		if of != "" || foreign(e.AttributePath, schema) {
			return nil
		}
		return termsOf(e.ValueFilter, strings.ToLower(e.AttributePath.AttributeName), schema, known, before)
	case *filter.AttributeExpression:
		if e.Operator != filter.EQ || foreign(e.AttributePath, schema) {
			return nil
		}
		name := strings.ToLower(e.AttributePath.AttributeName)
		if sub := e.AttributePath.SubAttributeName(); sub != "" {
			name += "." + strings.ToLower(sub)
		}
		if of != "" {
			if name == "type" && before == nil {
				return []invite.DirectoryTerm{} // each has one value, of the one type
			}
			if name == "type" {
				return before
			}
			name = of + "." + name
		}
		field, ok := known[name]
		if !ok {
			return nil
		}
		value, ok := operand(e.CompareValue)
		if field == invite.DirectoryActive {
			var yes bool
			if yes, ok = truth(e.CompareValue); yes {
				value = "true"
			} else {
				value = "false"
			}
		}
		if !ok {
			return nil
		}
		return append(before, invite.DirectoryTerm{Field: field, Value: value})
	}
	return nil
}

// operand reads what something is compared with. The parser leaves its escapes in.
func operand(v any) (string, bool) {
	s, ok := v.(string)
	if !ok {
		return "", false
	}
	var plain string
	if err := json.Unmarshal([]byte(`"`+s+`"`), &plain); err != nil {
		return "", false
	}
	return plain, true
}

// foreign tells whether a path is into another schema than the resource's own.
func foreign(p filter.AttributePath, schema string) bool {
	return p.URI() != "" && !strings.EqualFold(p.URI(), schema)
}

// shallow tells whether an expression is short, and not so deep that reading it would
// be work.
func shallow(raw string) bool {
	if len(raw) > maxExpression {
		return false
	}
	depth, quoted := 0, false
	for i := 0; i < len(raw); i++ {
		switch c := raw[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '(' || c == '[':
			if depth++; depth > maxDepth {
				return false
			}
		case c == ')' || c == ']':
			depth--
		}
	}
	return true
}

// names lists what can be looked for, as the standard writes it.
func names(known map[string]invite.DirectoryField) string {
	if _, groups := known["displayname"]; groups {
		return "id, displayName, externalId, members"
	}
	return "id, userName, externalId, emails.value, active"
}
