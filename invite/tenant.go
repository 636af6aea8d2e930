package invite

import (
	"time"

	"muster/attendance"
)

// Tenant is an organisation as whoever runs the cloud sees it: by name and by
// numbers, without anybody in it.
type Tenant struct {
	ID      attendance.OrgID
	Name    string
	Created time.Time
	Licence Licence
	Given   bool      // false: nobody gave a licence, so that everything is allowed
	Taken   int       // seats
	Tablets int       // activated, and not revoked
	Seen    time.Time // when the cloud last heard of one of them; zero: never
	SetBack time.Time // as attendance.Organisation has it
}

// TenantQuery asks for a page of organisations, in the order of their names.
type TenantQuery struct {
	Text  string // each word is in the name; empty: all
	After string // TenantPage.Next of the page before
	Limit int    // 1 to 200; 0: 50
}

// TenantPage is one page of organisations.
type TenantPage struct {
	Tenants []Tenant
	Total   int    // that match
	Next    string // for the page after; empty: this is the last
}

// LicencePlan is what becomes of an organisation by another licence.
type LicencePlan struct {
	From, To Licence
	Given    bool // there is one that is replaced
	Taken    int
	Closed   []Way // that people come in by now, and then no more
	Opened   []Way // that people then come in by
}

// Same tells whether nothing would change.
func (p LicencePlan) Same() bool {
	return p.Given && p.From.Type == p.To.Type && p.From.Seats == p.To.Seats && p.From.Expires.Equal(p.To.Expires)
}

// Over is how many more have a seat than the licence then has. They stay.
func (p LicencePlan) Over() int {
	if p.To.Seats == 0 {
		return 0
	}
	return max(p.Taken-p.To.Seats, 0)
}
