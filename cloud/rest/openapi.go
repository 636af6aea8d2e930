package rest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"time"
)

// description returns the OpenAPI document of the API, indented for people.
func (a *api) description() ([]byte, error) {
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

// Description returns the OpenAPI document without an API behind it, for the
// copy in docs/openapi.json.
func Description() ([]byte, error) {
	return build(Config{Now: time.Now}, http.NewServeMux()).description()
}
