package invite

import "time"

// Outage is that a provider takes no messages, from anybody. They wait, however
// long it lasts, and go when it is back.
type Outage struct {
	Channel Channel
	Since   time.Time
	Reason  Reason // ProviderDown, or ProviderRefused
	Detail  string // the provider's own words
}
