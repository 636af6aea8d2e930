package access

// NetworkKey is the key under which a request's context has the network that it
// comes from, a string such as an IPv4 address or the /64 of one subscriber. Wrong
// passwords are held against it, and not against whoever has the account.
type NetworkKey struct{}
