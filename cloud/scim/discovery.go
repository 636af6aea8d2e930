package scim

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
)

// schemas describes people and groups as they are here (RFC 7643, section 7).
//
//go:embed schemas.json
var schemas []byte

// Names of the schemas of what says how this server is.
const (
	configSchema   = "urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"
	resourceSchema = "urn:ietf:params:scim:schemas:core:2.0:ResourceType"
)

// discovery says what can be done here. It is the same for everybody and takes no
// token (RFC 7644, section 4).
func (s *server) discovery(mux *http.ServeMux) error {
	var described []object
	if err := json.Unmarshal(schemas, &described); err != nil {
		return fmt.Errorf("scim: schemas: %w", err)
	}
	for _, d := range described {
		d["meta"] = object{"resourceType": "Schema", "location": s.address("Schemas", fmt.Sprint(d["id"]))}
	}
	kinds := []object{s.resourceType("User", "/Users", "People of the roster", userSchema), s.resourceType("Group", "/Groups", "Groups of the directory: units that can be let in", groupSchema)}
	mux.HandleFunc("GET /ServiceProviderConfig", func(w http.ResponseWriter, _ *http.Request) { write(w, http.StatusOK, s.config()) })
	catalogue := func(path string, all []object) {
		mux.HandleFunc("GET "+path, func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Query().Get("filter") != "" { // RFC 7644, section 4
				s.refuse(w, r, refusal(http.StatusForbidden, "", "These can't be filtered."))
				return
			}
			write(w, http.StatusOK, object{"schemas": []string{listSchema}, "totalResults": len(all), "startIndex": 1, "itemsPerPage": len(all), "Resources": all})
		})
		mux.HandleFunc("GET "+path+"/{id}", func(w http.ResponseWriter, r *http.Request) {
			i := slices.IndexFunc(all, func(o object) bool { return o["id"] == r.PathValue("id") })
			if i < 0 {
				s.refuse(w, r, refusal(http.StatusNotFound, "", "There is no such resource."))
				return
			}
			write(w, http.StatusOK, all[i])
		})
	}
	catalogue("/Schemas", described)
	catalogue("/ResourceTypes", kinds)
	return nil
}

func (s *server) resourceType(name, endpoint, description, schema string) object {
	return object{
		"schemas": []string{resourceSchema}, "id": name, "name": name, "endpoint": endpoint, "description": description, "schema": schema,
		"meta": object{"resourceType": "ResourceType", "location": s.address("ResourceTypes", name)},
	}
}

func (s *server) config() object {
	no := object{"supported": false}
	return object{
		"schemas": []string{configSchema},
		"patch":   object{"supported": true}, "filter": object{"supported": true, "maxResults": maxPage}, "etag": object{"supported": true},
		"bulk": object{"supported": false, "maxOperations": 0, "maxPayloadSize": 0}, "changePassword": no, "sort": no,
		"authenticationSchemes": []object{{
			"type": "oauthbearertoken", "name": "API token", "primary": true,
			"description": "A token of the organisation for people and accounts (accounts:manage), sent as a bearer token.",
			"specUri":     "https://www.rfc-editor.org/info/rfc6750",
		}},
		"meta": object{"resourceType": "ServiceProviderConfig", "location": s.PublicURL + Base + "/ServiceProviderConfig"},
	}
}
