// Package pages is what the pages of the console and of the portal are made of:
// templates in each language, the files that they load, forms, the headers that
// protect them, sessions, and what they say of an error. It knows nothing of what
// they show.
package pages
