package contract

import "encoding/json"

// Connect asks the application whether a client may join a namespace.
type Connect struct {
	ID        string    `json:"id"`        // the socket's
	Home      string    `json:"home"`      // see [HomeOf]
	Namespace string    `json:"namespace"` // begins with a slash
	Handshake Handshake `json:"handshake"`
	// Data is what the socket has been given before, by a token for instance.
	Data json.RawMessage `json:"data,omitempty"`
}

// Handshake is how the client came.
type Handshake struct {
	Headers map[string]string   `json:"headers"` // names in lower case
	Query   map[string][]string `json:"query"`
	// Auth is a JSON object: what the client sent with its CONNECT.
	Auth    json.RawMessage `json:"auth"`
	Address string          `json:"address"` // the client's IP; "" on a Unix socket
	URL     string          `json:"url"`
	Time    string          `json:"time"`   // RFC 3339, with milliseconds, in UTC
	Issued  int64           `json:"issued"` // the same in milliseconds of Unix time
	Secure  bool            `json:"secure"`
	XDomain bool            `json:"xdomain"` // the request had an Origin
}

// ConnectAnswer lets a client in, or does not: exactly one of the two is given.
type ConnectAnswer struct {
	Allow  *Allow  `json:"allow,omitempty"`
	Refuse *Refuse `json:"refuse,omitempty"`
}

// Allow is what the socket begins with.
type Allow struct {
	Rooms []string        `json:"rooms,omitempty"`
	Data  json.RawMessage `json:"data,omitempty"` // kept with the socket; nil: as it was
}

// Refuse is what the client is told, in CONNECT_ERROR.
type Refuse struct {
	Message string          `json:"message"`
	Data    json.RawMessage `json:"data,omitempty"`
}

// Event is an event of a client.
type Event struct {
	ID        string          `json:"id"`
	Home      string          `json:"home"`
	Namespace string          `json:"namespace"`
	Event     string          `json:"event"`
	Args      json.RawMessage `json:"args"` // an array; see [EncodeArgs]
	Ack       bool            `json:"ack"`  // the client waits for an answer
	Rooms     []string        `json:"rooms"`
	Data      json.RawMessage `json:"data,omitempty"`
}

// EventAnswer says that an event has been handled. Args are the client's
// acknowledgement, where it wants one; nil: without arguments.
type EventAnswer struct {
	Args json.RawMessage `json:"args,omitempty"` // an array; see [DecodeArgs]
}

// Disconnect tells that a socket that was let in has ended.
type Disconnect struct {
	ID        string          `json:"id"`
	Home      string          `json:"home"`
	Namespace string          `json:"namespace"`
	Reason    string          `json:"reason"` // in Socket.IO's words
	Rooms     []string        `json:"rooms"`  // that it was in
	Data      json.RawMessage `json:"data,omitempty"`
}
