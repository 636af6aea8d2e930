package scim

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"math"
	"net/http"
	"strconv"
	"strings"
)

// What a page has unless it is said, and at most.
const (
	usualPage = 100
	maxPage   = 200
)

// page is which part of a list is asked for (RFC 7644, section 3.4.2.4).
type page struct{ start, count int }

func (a *act) page() (page, error) {
	p := page{1, usualPage}
	for name, to := range map[string]*int{"startIndex": &p.start, "count": &p.count} {
		v := strings.TrimSpace(a.r.URL.Query().Get(name))
		if v == "" {
			continue
		}
		n, err := strconv.ParseInt(v, 10, 64)
		if err != nil && n != math.MaxInt64 && n != math.MinInt64 { // those are only beyond what fits
			return p, badRequest(invalidValue, "%s must be a number.", name)
		}
		*to = int(n)
	}
	p.start, p.count = max(p.start, 1), min(max(p.count, 0), maxPage)
	return p, nil
}

// list answers with a page.
func (a *act) list(p page, total int, all []any) error {
	shown := make([]any, len(all))
	for i, v := range all {
		var err error
		if shown[i], err = a.chosen(v); err != nil {
			return err
		}
	}
	write(a.w, http.StatusOK, struct {
		Schemas   []string `json:"schemas"`
		Total     int      `json:"totalResults"`
		Start     int      `json:"startIndex"`
		Count     int      `json:"itemsPerPage"`
		Resources []any    `json:"Resources"`
	}{[]string{listSchema}, total, p.start, len(shown), shown})
	return nil
}

// answer answers with one resource, unless whoever asks has that version of it.
func (a *act) answer(status int, version string, v any) error {
	a.w.Header().Set("ETag", version)
	if a.r.Method == http.MethodGet && among(a.r.Header.Get("If-None-Match"), version) {
		a.w.WriteHeader(http.StatusNotModified)
		return nil
	}
	shown, err := a.chosen(v)
	if err != nil {
		return err
	}
	write(a.w, status, shown)
	return nil
}

// always are the attributes that are never left out (RFC 7643, section 7).
var always = map[string]bool{"schemas": true, "id": true, "meta": true}

// chosen leaves out of a resource what wasn't asked for (RFC 7644, section 3.9).
func (a *act) chosen(v any) (any, error) {
	only, without := a.attributes("attributes"), a.attributes("excludedAttributes")
	if len(only) == 0 && len(without) == 0 {
		return v, nil
	}
	b, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	var o map[string]any
	if err := json.Unmarshal(b, &o); err != nil {
		return nil, err
	}
	for name := range o {
		low := strings.ToLower(name)
		switch {
		case always[low]:
		case len(only) > 0 && !only[low], only == nil && without[low]:
			delete(o, name)
		}
	}
	return o, nil
}

// attributes reads the names of attributes; a part of one stands for all of it.
func (a *act) attributes(parameter string) map[string]bool {
	var all map[string]bool
	for name := range strings.SplitSeq(a.r.URL.Query().Get(parameter), ",") {
		name = strings.ToLower(strings.TrimSpace(name))
		for _, schema := range []string{userSchema, groupSchema} {
			name = strings.TrimPrefix(name, strings.ToLower(schema)+":")
		}
		whole, part, _ := strings.Cut(name, ".")
		if whole == "" || part != "" && parameter == "excludedAttributes" {
			continue
		}
		if all == nil {
			all = map[string]bool{}
		}
		all[whole] = true
	}
	return all
}

// wanted tells whether an attribute is asked for at all.
func (a *act) wanted(name string) bool {
	if only := a.attributes("attributes"); only != nil {
		return only[name]
	}
	return !a.attributes("excludedAttributes")[name]
}

// version names what a thing is like now.
func version(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return "" // what is kept of a directory always marshals
	}
	sum := sha256.Sum256(b)
	return `W/"` + hex.EncodeToString(sum[:12]) + `"`
}

// among tells whether a version is in a list of them, as a header has it.
func among(header, version string) bool {
	for one := range strings.SplitSeq(header, ",") {
		if one = strings.TrimSpace(one); one == "*" || one == version {
			return true
		}
	}
	return false
}

// unchanged refuses a change of something that was changed since whoever asks has
// read it.
func (a *act) unchanged(version string) error {
	if m := a.r.Header.Get("If-Match"); m != "" && !among(m, version) {
		return refusal(http.StatusPreconditionFailed, "", "Somebody has changed it meanwhile; read it again.")
	}
	return nil
}
