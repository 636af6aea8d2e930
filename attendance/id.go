package attendance

import (
	"fmt"

	"github.com/google/uuid"
)

// Identifiers are UUIDs in their canonical lower-case text form. Each kind has
// a type of its own, so that the compiler refuses a site where a person is meant.
type (
	// OrgID names an organisation, the tenant that owns everything else.
	OrgID string
	// SiteID names a place of work.
	SiteID string
	// DeviceID names a tablet; it is also its MQTT client id and the common name of its certificate.
	DeviceID string
	// ProfileID names a person in the roster.
	ProfileID string
	// PunchID names one punch; it is the id of the journal row that carries it.
	PunchID string
)

// NewID returns a fresh identifier. It is a UUIDv7 (RFC 9562): identifiers made
// later sort later, which keeps database indexes dense.
func NewID[T ~string]() T { return T(uuid.Must(uuid.NewV7()).String()) }

// ParseID reads an identifier that came from outside. It accepts only the
// canonical form, so that one thing never goes by two names.
func ParseID[T ~string](s string) (T, error) {
	u, err := uuid.Parse(s)
	if err != nil || u.String() != s {
		return "", fmt.Errorf("%q is not an identifier", s)
	}
	return T(s), nil
}
