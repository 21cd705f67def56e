// Package socketio is the Socket.IO server: protocols 5 and 4 for the clients
// 1.x to 4.x, namespaces, rooms, acknowledgements and binary, on top of package
// engineio, and the Go API that an application registers its handlers with.
//
// All state of the clients is plain data that one [loop.Loop] owns. Handlers
// run off the loop on a bounded pool of goroutines and may block; what they call
// becomes a task of the loop, in the order of each goroutine's calls.
//
// Guarantees:
//   - Handlers of one socket run one at a time, in the order: middleware,
//     OnConnection, the events as the client sent them, OnDisconnect. A handler
//     that blocks holds up its own socket only.
//   - Every client gets what one goroutine sends in the order of sending.
//   - OnDisconnect runs once for each socket that OnConnection ran for.
//   - A panic in a handler ends its socket, and nothing else.
//   - Every queue is bounded; see [Limits] for what happens at the bounds.
//
// Handlers belong to a [Namespace], or to a [ParentNamespace] that makes
// namespaces as clients ask for them, and are given the socket that they are
// about: there is no On of a socket, which would cost every idle client the
// memory of its handlers. An event passes, in this order, the handlers of OnAny,
// the middleware of UseEvent, and the handlers of On, which [Handle] and
// [Answer] make out of functions with types. What is not used costs nothing.
//
// Servers of several workers are joined by an [Adapter], usually over a feed:
// broadcasts reach the members of a room wherever they are, and a message for
// one socket goes straight to its home. What a [Broadcast] asks of sockets it
// asks of those of all workers; who does not answer is told by a
// [*PartialError], beside what the others have said. The workers' applications
// talk to each other with [Namespace.ServerSideEmit].
//
// What is logged has constant messages, and these attributes: sid is the id of
// the client's Engine.IO session, as in package engineio, never a socket's;
// address is the client's; namespace, event and handler say where it was;
// origin is another worker. A session's id is what a client proves itself with:
// logs are to be kept accordingly.
//
// Not here: HTTP and transports (package engineio), the bus (package broker),
// connection state recovery, compression of WebSocket messages.
package socketio
