package socketio

import "github.com/ioserver/ioserver/protocol/sid"

// Adapter carries messages between the servers of a cluster. It knows homes,
// namespaces and rooms by name, and bytes, nothing of sockets or events. A
// server starts one Adapter, and closes it. [NewFeedAdapter] is the one for
// many machines; package adaptertest is what each has to pass.
//
// What servers rely on:
//   - Messages of one server reach another in the order of its calls to Publish
//     and Direct, each at most once, and none is left out while others behind
//     it arrive, but for what the adapter's documentation tells.
//   - A message arrives as it was sent. Senders may reuse their bytes when the
//     call has returned; receivers may keep theirs.
//   - Nobody hears its own messages.
//   - The Receiver is called one call at a time, and may block: messages then
//     wait, or are lost to that server alone. It may itself call Publish,
//     Direct, Peers, Want and Unwant.
//
// All methods but Start and Close may be called from any goroutine at any time
// between those two, and never wait for the network; Want and Unwant are also
// called by the event loop.
type Adapter interface {
	// Home is this server's place in the cluster, which its sockets' ids name.
	// It differs from those of all others, and does not change.
	Home() sid.Home

	// Start begins to deliver to r. It does not wait for the network. It is
	// called once, before everything but Home. What fails to start has closed
	// itself.
	Start(r Receiver) error

	// Want has messages for a room come here. The channel is closed once
	// whatever anybody publishes to it from then on arrives; while there is no
	// network, it is closed when there is one. Wants are counted: each is taken
	// back by one Unwant.
	Want(namespace, room string) (joined <-chan struct{})

	// Unwant takes a Want back. Messages may go on to arrive.
	Unwant(namespace, room string)

	// Publish sends to every other server that wants one of the rooms of the
	// namespace, at the least, and to every other server where rooms is empty.
	// Servers sort out what they hear too much of. ErrTooLarge, ErrClosed.
	Publish(namespace string, rooms []string, data []byte) error

	// Direct sends to one other server. One that does not exist is no error.
	// ErrTooLarge, ErrClosed.
	Direct(to sid.Home, data []byte) error

	// Peers are the other servers that are there, as the Receiver was told or
	// is about to be. A server is listed before its first message is delivered.
	Peers() []Peer

	// Met is closed once Peers lists all who were there when this server came;
	// while there is no network, once there has been one.
	Met() <-chan struct{}

	// Close ends the delivery, waiting for a call of the Receiver under way,
	// and tells the others. Closing again is harmless.
	Close() error
}

// Receiver is what an Adapter delivers to.
type Receiver interface {
	// Receive is given a message of another server.
	Receive(from Peer, data []byte)

	// PeerChanged is told when a server has come or gone, in order with its
	// messages: of one that has gone nothing follows, unless it comes again.
	// Who takes a server's home after it has another Life, and comes after the
	// one before has gone.
	PeerChanged(p Peer, alive bool)
}

// Peer is one life of a server: a home, and what tells it from those that had
// the same home before.
type Peer struct {
	Home sid.Home
	Life uint64
}
