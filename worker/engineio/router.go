package engineio

import (
	"net"

	"github.com/ioserver/ioserver/protocol/eio"
)

// Exchange is one polling request to a session that exists: plain data, so that
// a process that the session does not live in can pass it on.
type Exchange struct {
	SID      string
	Method   string
	Revision eio.Revision
	// WebSocket says that the query named this transport though the request
	// is no upgrade.
	WebSocket bool
	// Octet says that the body's type is application/octet-stream.
	Octet bool
	Body  []byte
}

// Answer ends an Exchange or a handshake. It has no header lines: those belong
// to the process that holds the connection.
type Answer struct {
	Status      int
	ContentType string
	Body        []byte
	// Compressible says that the body is a payload.
	Compressible bool
	// Refusal is set where the request was refused.
	Refusal *RequestError
}

// Responder takes the one answer to an Exchange, on the loop.
type Responder interface {
	Respond(a *Answer)
}

// Router answers for the sessions of other processes. Its methods are called
// off the loop and may block for a bounded time, but for Elsewhere, Offer and
// Cancel.
type Router interface {
	// Elsewhere reports whether another process owns the session. It costs no
	// message. It is called on the loop too, and does not block.
	Elsewhere(sid string) bool
	// Exchange has the owner answer x, which is the router's during the call.
	// r hears exactly once, on the loop, unless the exchange was cancelled
	// before.
	Exchange(x *Exchange, r Responder)
	// Offer does the same where that takes no waiting: it is called on the loop.
	// False: nothing was done.
	Offer(x *Exchange, r Responder) bool
	// Cancel tells the owner that the client went away while r waited. Called
	// on the loop.
	Cancel(r Responder)
	// Handover passes a connection on with the bytes that were read from it,
	// for the owner to read again from the start. It takes the descriptor
	// whatever happens.
	Handover(sid string, fd int, unread []byte, remote net.Addr)
}
