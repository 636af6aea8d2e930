// Package onboarding sends what the store has queued: it takes messages on, writes
// each in its recipient's language, hands it to the provider of its channel, and
// notes how that went. Several of it may run on one store. What is killed while it
// works loses nothing and sends nothing twice: the store knows what was begun.
package onboarding
