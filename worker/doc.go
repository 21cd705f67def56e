// Package worker is one worker process: it takes the connections of its slot
// from the master, serves them with an Engine.IO and Socket.IO server on one
// event loop, and passes on what belongs to another worker.
//
// Guarantees: a polling request whose session lives in another slot of this
// machine is answered from there, in order and whole; an upgrade's connection
// is handed to the session's worker; when the master dies, so does the worker.
//
// Not here: accepting and choosing a worker (package master), the protocols
// (engineio, socketio), travelling between machines (broker).
package worker
