// Package inmemory joins Socket.IO servers of one process, each with a loop of
// its own: a cluster without a network. It is also the shortest example of a
// [socketio.Adapter].
//
// Guarantees: those of [socketio.Adapter], without exceptions but one: what a
// server has not received yet is bounded (QueueMessages, QueueBytes). Over it
// messages to that server are dropped, and counted, until it has caught up with
// half of them.
//
// Not here: other processes. For these there is [socketio.NewFeedAdapter].
package inmemory
