// Package estate is memory in which a worker notes what is owed in its name if it dies, for the next worker of its slot.
//
// Each slot has one, a memfd that the master makes and every worker of the slot inherits (fdpass.Control.Estate): so it outlives workers,
// however many of them die at once, and ends with the machine's server. A worker writes its entries as they come and go, and beside them
// who else knows of them. The next one finds what its predecessors have left.
//
// Guarantees: an entry that Owe has noted is found by the successor, whenever its worker was killed, until it is settled; one that was
// being written is found whole or not at all. The memory is bounded (MaxBytes), and given back once all is settled.
//
// Non-goals: what entries mean, who tells them, protection of the workers from each other.
package estate
