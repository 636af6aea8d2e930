package access

import "time"

// OperatorID names somebody who runs the cloud.
type OperatorID string

// Operator is somebody who runs the cloud: they give organisations licences, and
// reach nothing else that is an organisation's. An Operator is no User and no
// Actor, so that no method which takes one can be asked on behalf of the other.
type Operator struct {
	ID       OperatorID
	Email    string
	Name     string
	Language string // BCP 47; empty: the browser's

	// PasswordSet is when the password was last chosen; zero while there is none. A
	// session begun before it is no longer good.
	PasswordSet time.Time

	Origin Origin // of the request, for the audit log
}
