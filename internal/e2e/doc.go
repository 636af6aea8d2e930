// Package e2e plays the product's stories with its real programs: a cloud, a
// libnfc reader on an emulated PN532, a tablet without a window, a browser.
// Nothing is faked but the piece of plastic.
package e2e
