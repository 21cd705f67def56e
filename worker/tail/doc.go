// Package tail shows what the clients of all workers and nodes do, while they do
// it: who comes, who is refused, what they send, who goes; and, where that is
// wanted, what they are sent.
//
// A viewer asks all workers over the bus, and goes on asking for as long as it
// looks; each sends it what its filter lets through. A worker that has not been
// asked for a while stops, so that nothing is left where a viewer died. What
// comes is read over a connection of the viewer's own: it holds up nothing else
// that travels on the bus.
//
// Guarantees:
//   - Where nobody looks it costs nothing: no goroutine, no buffer, and one
//     comparison an event.
//   - The records of one worker come in the order in which things happened.
//   - Clients never wait for a viewer. What a worker cannot get rid of in time is
//     lost, counted, and told to the viewer; a viewer that reads too slowly is
//     dropped, counted, and told why.
//   - What waits is bounded in bytes, and so are viewers and what a record holds.
//
// Non-goals: completeness, and order between workers.
package tail
