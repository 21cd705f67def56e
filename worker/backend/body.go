package backend

import (
	"encoding/json"

	"github.com/ioserver/ioserver/worker/contract"
	"github.com/ioserver/ioserver/worker/socketio"
)

// lostReason is why the sockets of a worker that died have ended.
const lostReason = "transport close"

// timeFormat is RFC 3339 with milliseconds.
const timeFormat = "2006-01-02T15:04:05.000Z07:00"

func connectBody(s *socketio.Socket) *contract.Connect {
	h := s.Handshake()
	return &contract.Connect{
		ID: s.ID(), Home: contract.HomeOf(s.ID()), Namespace: s.Namespace().Name(), Data: dataOf(s),
		Handshake: contract.Handshake{
			Headers: h.Headers, Query: h.Query, Auth: h.Auth, Address: h.Address, URL: h.URL,
			Time: h.Time.UTC().Format(timeFormat), Issued: h.Time.UnixMilli(), Secure: h.Secure, XDomain: h.XDomain,
		},
	}
}

func disconnectBody(s *socketio.Socket, reason string, rooms []string) *contract.Disconnect {
	return &contract.Disconnect{
		ID: s.ID(), Home: contract.HomeOf(s.ID()), Namespace: s.Namespace().Name(),
		Reason: reason, Rooms: rooms, Data: dataOf(s),
	}
}

// dataOf is what the socket has been given; nil: nothing.
func dataOf(s *socketio.Socket) json.RawMessage {
	var data json.RawMessage
	_ = s.Data(&data) // what SetData took is JSON
	return data
}

// roomsOf are the rooms that the socket is in, or was: its id first.
func roomsOf(s *socketio.Socket) []string {
	if rooms := s.Rooms(); len(rooms) > 0 {
		return rooms
	}
	return []string{s.ID()} // it never came in
}
