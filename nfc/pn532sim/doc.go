// Package pn532sim is a PN532 on a pseudo-terminal: the real libnfc opens it with
// pn532_uart and sees the cards that are put on it.
//
// Chip is the pure core: bytes from the host in, bytes to the host out, with no
// I/O, no clock and no goroutine of its own. Reader puts a Chip behind a
// pseudo-terminal and lets it be unplugged. Faults of a broken reader, cable or
// card can be injected.
//
// It answers as the PN532 User Manual (NXP UM0701-02) describes as far as libnfc
// 1.8.0 uses it, at once and without the delays of a radio and a serial line.
// ISO/IEC 14443 type A only.
package pn532sim
