// Command muster-tablet is the agent of one attendance tablet: it reads cards,
// stores punches, tells the cloud about them when it can, and shows people what
// became of their tap.
//
// The loop that everything hangs on is in Tablet.attend.
package main
