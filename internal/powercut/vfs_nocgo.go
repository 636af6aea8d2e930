//go:build !cgo

package powercut

import "errors"

func install() error { return errors.New("listen to SQLite's writes: this needs cgo, as SQLite does") }
