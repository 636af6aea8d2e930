// Package fleet is how tablets come in and are ruled: activation (the shape of
// RFC 8628), the certificate authority, renewal, revocation, and the commands
// that managers give.
//
// Tablets reach it on the device address, over HTTPS and without a session.
// Managers reach it through console and API, as an access.Actor whose reach the
// store enforces.
package fleet
