// Package inbox takes what the cloud sends: when to pull the site's feed, which
// commands to carry out, and what its clock says.
package inbox
