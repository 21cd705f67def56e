// Package roster tells the workers of a cluster who else is there.
//
// Every worker says once a second who it is: its node, slot and life, the key
// that its node signs session ids with, and what it holds. Whoever is silent for
// longer than Options.Silence is forgotten; whoever says goodbye, or whose
// machine reports its death, at once.
//
// # Guarantees
//
// Home says where an id leads with the key of the node that it names, so an
// invented id, and one whose node is not there any more, is told by looking and
// costs no message. It, Find, Alive and Life take no lock. Members' comings and goings are
// told in order, on one goroutine; a worker's successor comes after the worker
// has gone. While this worker itself hears nothing from its server, nobody is
// forgotten.
//
// # Non-goals
//
// The roster carries no messages for others and keeps no order with those of
// package feed, which has heartbeats of its own. Two nodes with one number are
// told (OnTaken), not kept apart.
package roster
