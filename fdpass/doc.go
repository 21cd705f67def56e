// Package fdpass is the corridor between ioserver's processes: messages and connections over SOCK_SEQPACKET socketpairs.
//
// An inbox is one socketpair. Its write end is held by the master and by every worker, its read end by one worker and by the
// master, so that what is queued survives a worker's death and its successor reads on. A message is one kind byte, a payload,
// and exactly as many descriptors as the kind's row in the table says. A control channel is a second socketpair between the
// master and one child; it carries typed JSON messages, and its end of file means that the other side has died.
//
// Guarantees: a message arrives whole or not at all, in the order in which one sender sent it; sending never blocks and never
// closes the caller's descriptor; a received descriptor is close-on-exec and belongs to the receiver; whatever arrives beside
// what the table expects is closed before an error names it, and that error ends nothing: the next message can be received.
//
// Non-goals: acknowledgement (a message that the kernel took may die with its reader), authentication (both ends descend from
// one master), anything but Linux.
package fdpass
