package access

import "context"

// Origin is where a request came from, for the audit log.
type Origin struct {
	Via     string // "console", "api"; empty: the cloud itself
	Address string // of the network, without port; empty: unknown
	Token   string // the name of the token; empty: none
}

// The ways by which requests come.
const (
	ViaConsole = "console"
	ViaAPI     = "api"
)

type originKey struct{}

// WithOrigin returns a context that knows where the request came from.
func WithOrigin(ctx context.Context, o Origin) context.Context {
	return context.WithValue(ctx, originKey{}, o)
}

// OriginOf returns what WithOrigin put in; the zero Origin where nobody did.
func OriginOf(ctx context.Context) Origin {
	o, _ := ctx.Value(originKey{}).(Origin)
	return o
}
