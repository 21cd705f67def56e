// Package turnstile is memory in which each worker notes what becomes of the client connections that were put into its slot's inbox, for
// the master to count by: it passes descriptors away, and sees nothing of their ends.
//
// Each slot has a ring of events of its own, written by the slot's worker alone and read by the master alone, whenever it wants to know.
// Nobody is woken, nobody waits, and nothing is shared but the ring's two ends. What finds a ring full waits in its worker, in order,
// until there is room.
//
// The memory is a memfd that the master makes, sealed at its size, and that workers inherit (fdpass.Control.Turnstile). There is none
// where nothing is counted.
//
// Guarantees: events arrive once and in the order in which one worker noted them; what a worker noted before it died can still be read.
// The master takes nothing from a ring on trust that could harm itself: an event that cannot be is skipped, a ring whose ends make no
// sense is emptied.
//
// Non-goals: what the events mean for any limit, protection of the workers from each other.
package turnstile
