// Package console is the web console: pages rendered on the server, made live
// by server-sent events, that work without JavaScript all the same.
//
// Handlers hold no rules of their own. What somebody may see or do is decided
// by the stores, which are given the actor; a page only leaves out what the
// actor could not do anyway. Texts come from words/, never from a template.
package console
