package device

import (
	"time"

	"muster/attendance"
)

// Origin is what the cloud knows of a tablet that journal rows are said to come
// from.
type Origin struct {
	Org     attendance.OrgID
	Name    string
	Created time.Time
	Revoked time.Time // zero: not revoked
	Keys    [][]byte  // PKIX, DER: of all certificates it ever had
}

// Import tells what an export file holds, and what became or would become of it.
type Import struct {
	Device  attendance.DeviceID
	Name    string
	Created time.Time // by the tablet's clock
	Signed  bool      // by a key of that tablet; otherwise everything goes to quarantine
	Rows    int       // altogether
	New     int       // are taken in
	There   int       // were here already
	Broken  int       // can't be read or were changed: to quarantine
	Late    int       // of a revoked tablet, not shown to be from before: to quarantine
	From    time.Time // of the rows that can be read
	To      time.Time
}

// ReasonUnsigned is why a row lies in quarantine of which nobody knows who wrote it:
// it came in a file without a signature. It is stored: never rename it. Such a row
// takes no place in the tablet's journal, for the tablet's own may be another.
const ReasonUnsigned = "unsigned-export"
