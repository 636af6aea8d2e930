package wire

// Version is the protocol's major version, the second segment of every topic.
// It changes only when an old tablet and a new cloud can't understand each
// other; everything else is a new field or a new kind, which old readers ignore.
//
// History:
//
//	1  journal, ack, pulse, feed, capture, lock
//	1  a batch tells how the tablet stands with the cloud, an ack answers again or forked
//	   later: lanes, packed pages and terms of the feed; names of tablets in the settings; the pulse names its session;
//	   a batch tells what is confirmed behind a gap that stays
//	   later: whether a profile is asked to join the organisation
//	   later: an ack says whose rows it speaks of, by their hashes
//	   later: a profile says how somebody stands who was asked to join, rows of the kind invitation-answer say what they
//	   answered; a pulse says what of the feed the tablet can make use of
//	   later: an ack names what lies only in quarantine, and a batch what is confirmed behind a gap and pruned
//	   later: the settings say what a tablet does with taps while it has no line
//	   later: that it takes them and somebody approves them afterwards; a punch says that it was taken so
//	   later: a profile says how far its activation is and whose account of the console it is, rows of the kind
//	   invitation-order ask for messages
//	   later: a batch that asks tells what was pruned of streams that the tablet has left
const Version = "1"

// MaxMessage is the largest message that either side sends, in bytes. The
// broker's own limit is twice that, so that an honest message never meets it.
const MaxMessage = 512 << 10
