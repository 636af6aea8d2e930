package invite

import "muster/attendance"

// Counts says how many people each other value of a filter would show: of each
// group, what the filter says of that group itself is left aside.
type Counts struct {
	Reasons   map[Reason]int // of those whose message did not arrive
	Reachable map[Reachable]int
	Sites     map[attendance.SiteID]int // those within reach
}
