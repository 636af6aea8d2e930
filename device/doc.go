// Package device is the vocabulary of one tablet: who it is, what its site has
// set, the rows of its journal and how well it is.
//
// It is pure: the machinery that stores and sends these lives in its subfolders.
package device
