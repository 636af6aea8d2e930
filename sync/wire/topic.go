package wire

import (
	"fmt"
	"strings"

	"muster/attendance"
)

// Leaf is the last segment of a topic: what kind of message it carries.
type Leaf string

// What a tablet sends.
const (
	UpJournal  Leaf = "journal"
	UpPull     Leaf = "pull"
	UpPulse    Leaf = "pulse"
	UpPresence Leaf = "presence"
)

// What the cloud sends.
const (
	DownAck     Leaf = "ack"
	DownPulse   Leaf = "pulse"
	DownFeed    Leaf = "feed"
	DownCommand Leaf = "command"
)

// Address names one tablet on the broker.
type Address struct {
	Org    attendance.OrgID
	Device attendance.DeviceID
}

// base is muster/<version>/<org>/<device>.
func (a Address) base() string {
	return "muster/" + Version + "/" + string(a.Org) + "/" + string(a.Device)
}

// Up returns the topic on which the tablet publishes.
func (a Address) Up(l Leaf) string { return a.base() + "/up/" + string(l) }

// Down returns the topic on which the tablet listens.
func (a Address) Down(l Leaf) string { return a.base() + "/down/" + string(l) }

// DownAll returns the filter that covers everything for this tablet.
func (a Address) DownAll() string { return a.base() + "/down/#" }

// ParseUp takes apart a topic that a tablet published on.
func ParseUp(topic string) (Address, Leaf, error) { return parse(topic, "up") }

// ParseDown takes apart a topic that the cloud published on.
func ParseDown(topic string) (Address, Leaf, error) { return parse(topic, "down") }

func parse(topic, way string) (Address, Leaf, error) {
	s := strings.Split(topic, "/")
	if len(s) != 6 || s[0] != "muster" || s[1] != Version || s[4] != way || s[5] == "" {
		return Address{}, "", fmt.Errorf("topic %q is not muster/%s/<org>/<device>/%s/<leaf>", topic, Version, way)
	}
	org, err := attendance.ParseID[attendance.OrgID](s[2])
	if err != nil {
		return Address{}, "", fmt.Errorf("topic %q: organisation: %w", topic, err)
	}
	dev, err := attendance.ParseID[attendance.DeviceID](s[3])
	if err != nil {
		return Address{}, "", fmt.Errorf("topic %q: device: %w", topic, err)
	}
	return Address{Org: org, Device: dev}, Leaf(s[5]), nil
}
