// Package firmware is the vocabulary of what runs on a tablet. So far that is
// the name of a build's version; what a release is signed with and how a tablet
// takes it will be here too.
package firmware

// Development is the version of a build that was made from a work tree.
const Development = "development"

// Version returns how a build is called, given the version of its main module
// as the Go toolchain recorded it: empty or "(devel)" for a work tree.
func Version(module string) string {
	if module == "" || module == "(devel)" {
		return Development
	}
	return module
}
