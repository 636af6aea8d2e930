// Package scim is the address to which a company's directory (Entra ID, Okta and the
// like) tells who works there, in SCIM 2.0 (RFC 7643, RFC 7644). People are the
// roster's profiles; groups are the units that an organisation can let in. What
// happens to them is the store's to decide, by the same rules as for every other way
// in: this package only speaks the protocol.
//
// Clients are read leniently, as they are in the field: names in any case, "False" for
// false, attributes that nobody here knows. What is asked for and can't be done is
// refused, never passed over.
package scim
