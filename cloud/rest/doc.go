// Package rest is the cloud's HTTP API, version 1: everything that the console
// can do, for programs. It is described by OpenAPI 3.1, generated from the code
// and served at /api/openapi.json; the copy in docs/openapi.json is kept current
// by a test.
//
// Programs sign in with a bearer token, which acts as the user who made it. Every
// refusal is a problem document (RFC 9457) with a stable code and, for bad input,
// the fields that are meant. The package checks no permission itself: it hands
// the actor to the stores, which do.
package rest
