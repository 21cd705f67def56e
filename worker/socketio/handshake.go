package socketio

import (
	"encoding/json"
	"net"
	"net/url"
	"time"

	"github.com/ioserver/ioserver/protocol/eio"
)

// Handshake is what is known of how a socket came.
type Handshake struct {
	Headers map[string]string // names in lower case
	Time    time.Time
	Issued  int64  // the same in milliseconds of Unix time
	Address string // the client's IP, "" on a Unix socket
	XDomain bool   // the request had an Origin
	Secure  bool
	URL     string
	// Query is that of the connection's first request. For clients of protocol
	// 4 it has the namespace's own ("/admin?token=x") as well.
	Query url.Values
	// Auth is a JSON object: what a client of protocol 5 sends as auth, and the
	// namespace's query for one of protocol 4. "{}" where there is none.
	Auth json.RawMessage
}

// Handshake decodes the request that opened the connection, anew at each call.
func (s *Socket) Handshake() Handshake {
	r := s.client.session.Request()
	h := Handshake{
		Headers: r.Headers(),
		Time:    time.Unix(0, s.since),
		Issued:  s.since / int64(time.Millisecond),
		XDomain: r.Get("Origin") != "",
		Secure:  r.Secure,
		URL:     r.URI,
		Query:   r.Query(),
		Auth:    json.RawMessage("{}"),
	}
	if r.Remote != nil {
		h.Address, _, _ = net.SplitHostPort(r.Remote.String()) // nothing, where it is no IP
	}
	switch {
	case s.auth == "":
	case s.client.session.Revision() == eio.V3:
		own, _ := url.ParseQuery(s.auth) // what cannot be parsed is left out
		auth := make(map[string]string, len(own))
		for k, v := range own {
			h.Query[k] = v
			auth[k] = v[len(v)-1]
		}
		h.Auth, _ = json.Marshal(auth) // a map of strings has a JSON
	default:
		h.Auth = json.RawMessage(s.auth)
	}
	return h
}
