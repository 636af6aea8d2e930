package rest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
)

// description returns the OpenAPI document of the API, indented for people.
func (a *api) description() ([]byte, error) {
	a.openAnswers()
	raw, err := json.Marshal(a.huma.OpenAPI())
	if err != nil {
		return nil, fmt.Errorf("write the OpenAPI document: %w", err)
	}
	var b bytes.Buffer
	if err := json.Indent(&b, raw, "", "  "); err != nil {
		return nil, fmt.Errorf("write the OpenAPI document: %w", err)
	}
	b.WriteByte('\n')
	return b.Bytes(), nil
}

// openAnswers lets answers have more fields than the document lists: there will
// be more one day, and a client that was made from an older copy must not mind.
// What requests may have stays as it is.
func (a *api) openAnswers() {
	all := a.huma.OpenAPI()
	asked := map[string]bool{}
	for _, path := range all.Paths {
		for _, o := range []*huma.Operation{path.Post, path.Put, path.Patch} {
			if o == nil || o.RequestBody == nil {
				continue
			}
			for _, content := range o.RequestBody.Content {
				asked[content.Schema.Ref] = true
			}
		}
	}
	for name, schema := range all.Components.Schemas.Map() {
		if !asked["#/components/schemas/"+name] {
			schema.AdditionalProperties = nil
		}
	}
}

// Description returns the OpenAPI document without an API behind it, for the
// copy in docs/openapi.json.
func Description() ([]byte, error) {
	return build(Config{Now: time.Now}, http.NewServeMux()).description()
}
