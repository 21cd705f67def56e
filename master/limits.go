package master

import "time"

// Every bound of the master is here.
const (
	// maxWaiting is how many connections wait in the master for one slot whose inbox is full.
	maxWaiting = 1024
	// maxWaitingTotal is how many wait in the master altogether: each holds a descriptor.
	maxWaitingTotal = 4096
	// maxWaitingAge is how long a connection waits in the master, and how long a slot may be without a serving worker before
	// what is queued for it is answered with 503.
	maxWaitingAge = 5 * time.Second
	// retryAfter is what a 503 tells the client to wait.
	retryAfter = 1 * time.Second

	// crowdedFrom is how many sessions and connections a slot holds at least, and crowdedShare how many hundredths of the serving slots'
	// mean it holds more than, before new connections of its addresses spill to other slots.
	crowdedFrom  = 256
	crowdedShare = 125

	// maxLine is how many connections wait to be let in by Limits.AcceptRate, each with a descriptor, and maxLineAge for how long.
	maxLine    = 4096
	maxLineAge = 10 * time.Second
	// rateBurst and rateTurns are parts of a second: what comes together in the first may come in at once after a quiet time, and
	// those that wait are let in by groups of what comes together in the second.
	rateBurst = 10
	rateTurns = 100

	// maxPeeking is how many connections of trusted proxies are looked at before a slot is chosen for them, each with a descriptor;
	// maxPeekAge is for how long, and maxPeeks how often: a client that sends byte by byte gets no more of the master's time.
	maxPeeking = 4096
	maxPeekAge = 5 * time.Second
	maxPeeks   = 256
	// maxHead is how much of a request is looked at for its header, in bytes: what workers take.
	maxHead = 16 << 10
	// peekBatch is how many of them are looked at in one turn.
	peekBatch = 64

	// heldShare is the part of the master's descriptors, one in so many, that each of maxWaitingTotal, maxLine and maxPeeking may take:
	// what remains of them is for listeners, inboxes and the starts of workers.
	heldShare = 4

	// acceptBatch is how many connections are accepted before they are handed on.
	acceptBatch = 64
	// acceptPauseMin and acceptPauseMax bound the pause after accept failed for want of descriptors or memory; it doubles.
	acceptPauseMin = 5 * time.Millisecond
	acceptPauseMax = 1 * time.Second

	// settledAfter is how long a child must have served for its death not to count as a failure to start.
	settledAfter = 1 * time.Second
	// respawnPauseMin and respawnPauseMax bound the pause before a child that failed to start twice in a row is tried again; it
	// doubles.
	respawnPauseMin = 100 * time.Millisecond
	respawnPauseMax = 10 * time.Second

	// watchEvery is how often the master looks whether serving workers have measured themselves since, and measures itself.
	watchEvery = 1 * time.Second
	// stalledAfter is how long a serving worker may go without before it is given no more connections that others could have, and
	// killAfter how long before it is killed and replaced. Only time in which the master itself was awake counts, a look at most
	// twice watchEvery: a machine that was suspended, or a group of processes that was stopped, has no stalled workers.
	stalledAfter = 10 * time.Second
	killAfter    = 20 * time.Second

	// replaceTime is what a worker is given to end when only its place is wanted for a successor, and replaceKill when it is killed:
	// its clients wait in the slot's inbox meanwhile.
	replaceTime = 4 * time.Second
	replaceKill = 5 * time.Second

	// leaveTime is how long a child may live after it has closed its control channel: it has a log to write.
	leaveTime = 2 * time.Second

	// maxConfig is how long a child's configuration may be, in bytes of JSON: it travels in one control message.
	maxConfig = 64 << 10

	// workersShare and killShare divide the time of an orderly end, in tenths: workers are asked to be done after the first,
	// and killed after the second; what remains is the bus server's.
	workersShare = 8
	killShare    = 9
)
