package access

// Origin is where a request came from, for the audit log.
type Origin struct {
	Via     string // "console", "api", "operator"; empty: the cloud itself
	Address string // of the network, without port; empty: unknown
	Token   string // the name of the token; empty: none
}

// The ways by which requests come.
const (
	ViaConsole = "console"
	ViaAPI     = "api"
	// ViaOperator: by whoever runs the cloud.
	ViaOperator = "operator"
)
