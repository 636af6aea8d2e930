// Package wire is the one contract between tablet and cloud: the MQTT topics,
// the messages on them, and the requests by which a tablet is activated and
// renews its certificate. Both sides import it and nothing of each other.
//
// Messages are Protocol Buffers; muster.pb.go is generated from muster.proto by
// make generate and is committed.
package wire
