package scim

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"time"

	"muster/cloud/guard"
)

// The longest requests, in bytes: one person with everything that a directory may
// send along, and a group with some twenty thousand members.
const (
	maxUserBody  = 256 << 10
	maxGroupBody = 4 << 20
)

// How long a request may take to come.
const (
	personTime = 10 * time.Second
	groupTime  = time.Minute
)

// object is a JSON object as it came, but for its names, which are in lower case: to
// SCIM case means nothing in them (RFC 7643, section 2.1).
type object = map[string]any

// body reads a request's object.
func (a *act) body(most int64) (object, error) {
	if most > maxUserBody {
		guard.WithinBody(a.w, groupTime)
	}
	d := json.NewDecoder(http.MaxBytesReader(a.w, a.r.Body, most))
	d.UseNumber()
	var v any
	err := d.Decode(&v)
	if err == nil {
		if _, err = d.Token(); errors.Is(err, io.EOF) {
			err = nil
		} else if err == nil {
			err = errors.New("something follows")
		}
	}
	var large *http.MaxBytesError
	if errors.As(err, &large) {
		return nil, err
	}
	if guard.Slow(err) {
		return nil, refusal(http.StatusRequestTimeout, "", "The request took too long to come.")
	}
	if err != nil {
		return nil, badRequest(invalidSyntax, "The request is no JSON object.")
	}
	v, ok := lowered(v)
	o, is := v.(object)
	if !ok || !is {
		return nil, badRequest(invalidSyntax, "The request is no JSON object, or names something twice.")
	}
	return o, nil
}

// lowered puts names into lower case. It is not ok where two become one.
func lowered(v any) (any, bool) {
	switch v := v.(type) {
	case object:
		o := make(object, len(v))
		for name, of := range v {
			low, ok := lowered(of)
			if !ok {
				return nil, false
			}
			o[strings.ToLower(name)] = low
		}
		return o, len(o) == len(v)
	case []any:
		for i := range v {
			var ok bool
			if v[i], ok = lowered(v[i]); !ok {
				return nil, false
			}
		}
	}
	return v, true
}

// text reads a string; what is missing or null is empty.
func text(o object, name, attribute string) (string, error) {
	switch v := o[name].(type) {
	case nil:
		return "", nil
	case string:
		return v, nil
	case json.Number:
		return v.String(), nil
	}
	return "", badRequest(invalidValue, "%s must be a string.", attribute)
}

// truth reads true or false, also as Entra ID writes it: "False".
func truth(v any) (yes, ok bool) {
	switch v := v.(type) {
	case bool:
		return v, true
	case string:
		yes = strings.EqualFold(v, "true")
		return yes, yes || strings.EqualFold(v, "false")
	}
	return false, false
}

// several reads the values of an attribute that may have many. One alone may come
// without its list, and a value without its object.
func several(v any) []object {
	switch v := v.(type) {
	case object:
		return []object{v}
	case string:
		return []object{{"value": v}}
	case []any:
		var all []object
		for _, one := range v {
			all = append(all, several(one)...)
		}
		return all
	}
	return nil
}
