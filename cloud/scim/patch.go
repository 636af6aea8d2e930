package scim

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/scim2/filter-parser/v2"
)

// maxOperations is how many changes one request may name.
const maxOperations = 1000

// What an operation may be about, while others wait for their turn at the database:
// every value is compared with every other.
const (
	maxValues = 50   // of an attribute
	maxText   = 1000 // bytes of a text in one of them
)

// The things that an operation can do.
const (
	opAdd     = "add"
	opReplace = "replace"
	opRemove  = "remove"
)

// operation is one change of a PATCH (RFC 7644, section 3.5.2).
type operation struct {
	op    string
	attr  string            // in lower case
	sub   string            // in lower case; empty: all of the attribute
	where filter.Expression // which of its values; nil: all
	value any
}

// operations reads the changes that a request names. One without a path, whose value
// has several attributes, becomes several; what is of a schema that nobody here knows
// is left out.
func operations(o object, schema string) ([]operation, error) {
	listed, ok := o["operations"].([]any)
	if !ok {
		return nil, badRequest(invalidSyntax, "Operations must be a list.")
	}
	var all []operation
	for _, one := range listed {
		v, ok := one.(object)
		if !ok {
			return nil, badRequest(invalidSyntax, "An operation must be an object.")
		}
		op, _ := v["op"].(string)
		op = strings.ToLower(op)
		if op != opAdd && op != opReplace && op != opRemove {
			return nil, badRequest(invalidSyntax, "An operation must be add, replace or remove.")
		}
		path, err := text(v, "path", "path")
		if err != nil {
			return nil, err
		}
		found, err := expand(op, strings.TrimSpace(path), v["value"], schema)
		if err != nil {
			return nil, err
		}
		if all = append(all, found...); len(all) > maxOperations {
			return nil, badRequest(tooMany, "There are more than %d changes in one request.", maxOperations)
		}
	}
	return all, nil
}

// expand reads one operation.
func expand(op, path string, value any, schema string) ([]operation, error) {
	if path != "" && !strings.EqualFold(path, schema) {
		one, ours, err := target(op, path, value, schema)
		if err != nil || !ours {
			return nil, err
		}
		return []operation{one}, nil
	}
	of, ok := value.(object)
	switch {
	case op == opRemove:
		return nil, badRequest(noTarget, "What is to be removed must be named by a path.")
	case !ok:
		return nil, badRequest(invalidValue, "Without a path the value must be an object.")
	}
	var all []operation
	for _, name := range slices.Sorted(maps.Keys(of)) {
		v := of[name]
		if nested, is := v.(object); is && strings.HasPrefix(name, "urn:") {
			if !strings.EqualFold(name, schema) {
				continue
			}
			found, err := expand(op, "", nested, "")
			if err != nil {
				return nil, err
			}
			all = append(all, found...)
			continue
		}
		one, ours, err := target(op, name, v, schema)
		if err != nil {
			return nil, err
		}
		if ours {
			all = append(all, one)
		}
	}
	return all, nil
}

// target reads a path.
func target(op, path string, value any, schema string) (_ operation, ours bool, _ error) {
	if !shallow(path) {
		return operation{}, false, badRequest(invalidPath, "A path is too long or too deep.")
	}
	p, err := filter.ParsePathNumber([]byte(path))
	if err != nil {
		return operation{}, false, badRequest(invalidPath, "A path can't be read.")
	}
	if foreign(p.AttributePath, schema) {
		return operation{}, false, nil
	}
	one := operation{op: op, attr: strings.ToLower(p.AttributePath.AttributeName), sub: strings.ToLower(p.AttributePath.SubAttributeName()), where: p.ValueExpression, value: value}
	if sub := p.SubAttributeName(); sub != "" {
		one.sub = strings.ToLower(sub)
	}
	return one, true, nil
}

// apply carries an operation out on a resource.
func (one operation) apply(o object) error {
	if !slices.Contains(personAttributes, one.attr) {
		return nil // kept nowhere
	}
	if len(several(one.value)) > maxValues || len(several(o[one.attr])) > maxValues {
		return badRequest(tooMany, "An attribute has more than %d values.", maxValues)
	}
	if !short(one.value) {
		return badRequest(invalidValue, "A value has more than %d bytes.", maxText)
	}
	one.value = clone(one.value) // it may be carried out twice
	switch {
	case one.where != nil:
		return one.some(o)
	case one.sub != "":
		return one.within(o)
	case one.op == opRemove:
		return one.remove(o)
	}
	if one.value == nil { // null is nothing (RFC 7643, section 2.5)
		delete(o, one.attr)
		return nil
	}
	if given, is := one.value.(object); is {
		if now, is := o[one.attr].(object); is {
			maps.Copy(now, given)
			return nil
		}
	}
	if _, many := o[one.attr].([]any); many && one.op == opAdd {
		one.append(o)
		return nil
	}
	o[one.attr] = one.value
	return nil
}

// short tells whether no text in a value is too long.
func short(v any) bool {
	switch v := v.(type) {
	case string:
		return len(v) <= maxText
	case json.Number:
		return len(v) <= maxText
	case object:
		for _, of := range v {
			if !short(of) {
				return false
			}
		}
	case []any:
		return !slices.ContainsFunc(v, func(of any) bool { return !short(of) })
	}
	return true
}

// clone copies what came as JSON.
func clone(v any) any {
	switch v := v.(type) {
	case object:
		o := make(object, len(v))
		for name, of := range v {
			o[name] = clone(of)
		}
		return o
	case []any:
		all := make([]any, len(v))
		for i := range v {
			all[i] = clone(v[i])
		}
		return all
	}
	return v
}

// append adds values to those that are there. One that is the main one from now on is
// the only one.
func (one operation) append(o object) {
	var now []any
	fresh := several(one.value)
	primary := slices.ContainsFunc(fresh, isPrimary)
	for _, old := range several(o[one.attr]) {
		if primary {
			delete(old, "primary")
		}
		if !slices.ContainsFunc(fresh, func(v object) bool { return v["type"] != nil && plain(v["type"]) == plain(old["type"]) }) {
			now = append(now, old)
		}
	}
	for _, v := range fresh {
		now = append(now, v)
	}
	o[one.attr] = now
}

func isPrimary(v object) bool {
	yes, _ := truth(v["primary"])
	return yes
}

// remove takes an attribute away, or those of its values that are named.
func (one operation) remove(o object) error {
	named := several(one.value)
	if len(named) == 0 {
		delete(o, one.attr)
		return nil
	}
	var left []any
	for _, v := range several(o[one.attr]) {
		if !slices.ContainsFunc(named, func(n object) bool { return plain(n["value"]) == plain(v["value"]) }) {
			left = append(left, v)
		}
	}
	o[one.attr] = left
	return nil
}

// within changes a part of an attribute: of each of its values, where it has several.
func (one operation) within(o object) error {
	if several(o[one.attr]) == nil {
		if one.op == opRemove {
			return nil
		}
		o[one.attr] = object{}
	}
	for _, v := range several(o[one.attr]) {
		one.set(v)
	}
	return nil
}

// set changes a part of one value.
func (one operation) set(v object) {
	if one.op == opRemove || one.value == nil {
		delete(v, one.sub)
		return
	}
	v[one.sub] = one.value
}

// some changes those values of an attribute that an expression is about. Where there
// is none, and the expression says what one would be like, it is made: directories
// count on it.
func (one operation) some(o object) error {
	var now []any
	met := false
	for _, v := range several(o[one.attr]) {
		if !holds(one.where, v) {
			now = append(now, v)
			continue
		}
		met = true
		switch {
		case one.sub != "":
			one.set(v)
		case one.op == opRemove:
			continue
		default:
			for _, given := range several(one.value) {
				maps.Copy(v, given)
			}
		}
		now = append(now, v)
	}
	if !met && one.op != opRemove {
		v := object{}
		if !like(one.where, v) {
			return badRequest(noTarget, "There is no value that a path is about.")
		}
		if one.sub != "" {
			one.set(v)
		}
		for _, given := range several(one.value) {
			if one.sub == "" {
				maps.Copy(v, given)
			}
		}
		now = append(now, v)
	}
	o[one.attr] = now
	return nil
}
