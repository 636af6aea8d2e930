package access

// Origin is where a request came from, for the audit log.
type Origin struct {
	Via     string // "console", "api", "tablet", "operator"; empty: the cloud itself
	Address string // of the network, without port; empty: unknown
	Token   string // the name of the token, or of the tablet; empty: none
}

// The ways by which requests come.
const (
	ViaConsole = "console"
	ViaAPI     = "api"
	// ViaTablet: by somebody whose card was held at a tablet.
	ViaTablet = "tablet"
	// ViaOperator: by whoever runs the cloud.
	ViaOperator = "operator"
)
