// Package edge is where tablets reach the cloud: an embedded nats-server that
// speaks MQTT 3.1.1 over mutual TLS, and the way of the cloud's own parts to
// them and to each other.
//
// The broker is only a pipe. What it stores (sessions, retained messages) is
// thrown away at each start; a message may be lost or come twice, and the ends
// see to it with journal, acknowledgement and feed. Every replica has an edge of
// its own; they are joined as leaf nodes of a core NATS cluster.
//
// Nobody but tablets gets in: there is no NATS port, the cloud's own connection
// is in the process.
package edge
