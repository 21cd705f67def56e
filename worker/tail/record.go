package tail

import (
	"encoding/json"
	"strings"
	"time"

	"github.com/ioserver/ioserver/worker/contract"
	"github.com/ioserver/ioserver/worker/socketio"
)

// The kinds of records.
const (
	Connect    = "connect"    // a socket was let into a namespace
	Refused    = "refuse"     // or was not: see Message
	Disconnect = "disconnect" // a socket has ended: see Reason
	Event      = "event"      // a client has sent one
	Sent       = "sent"       // one was sent to clients of this worker: see Rooms and Count

	Watching = "watching" // this worker tells from now on
	Lost     = "lost"     // so many records of this worker are missing here
	Alive    = "alive"    // nothing else was to be told for a while
	End      = "end"      // the last one: see Error
)

// Record is one line of what a viewer reads. Fields without a value are left
// out, but for the first four.
type Record struct {
	Kind string `json:"kind"`
	Time string `json:"time"` // RFC 3339, with milliseconds, in UTC, by the worker's clock
	Node uint16 `json:"node"` // of the worker
	Slot uint8  `json:"slot"` // of the same

	Namespace string          `json:"namespace,omitempty"`
	ID        string          `json:"id,omitempty"`
	Address   string          `json:"address,omitempty"` // the client's IP
	Event     string          `json:"event,omitempty"`
	Args      json.RawMessage `json:"args,omitempty"`  // see [contract.EncodeArgs]; not if they are long
	Bytes     int             `json:"bytes,omitempty"` // of the arguments
	Ack       bool            `json:"ack,omitempty"`   // the client waits for an answer
	Reason    string          `json:"reason,omitempty"`
	Message   string          `json:"message,omitempty"`
	Rooms     []string        `json:"rooms,omitempty"` // whom something was sent to; none, and no id: the namespace
	Count     uint64          `json:"count,omitempty"`
	Error     *contract.Error `json:"error,omitempty"`
}

const timeForm = "2006-01-02T15:04:05.000Z07:00"

// line is a record as it travels.
func (r *Record) line() []byte {
	b, err := json.Marshal(r)
	if err != nil {
		r.Args = nil // all else has a JSON
		b, _ = json.Marshal(r)
	}
	return append(b, '\n')
}

func (h *Hub) record(kind string, at time.Time) *Record {
	return &Record{Kind: kind, Time: at.UTC().Format(timeForm), Node: h.o.Home.Node, Slot: h.o.Home.Slot}
}

// describe is what a viewer is told of a sighting.
func (h *Hub) describe(v *socketio.Sighting, args bool) *Record {
	r := h.record(kinds[v.Sight], v.Time)
	r.Namespace, r.ID, r.Address = brief(v.Namespace), v.ID, v.Address()
	switch v.Sight {
	case socketio.SightRefused:
		r.Message = brief(v.Text)
	case socketio.SightDisconnected:
		r.Reason = v.Text
	case socketio.SightSent:
		r.Count = uint64(v.Count)
		for _, room := range v.Rooms[:min(len(v.Rooms), roomsTold)] {
			r.Rooms = append(r.Rooms, brief(room))
		}
		h.event(r, v, args)
	case socketio.SightEvent:
		h.event(r, v, args)
	}
	return r
}

func (h *Hub) event(r *Record, v *socketio.Sighting, args bool) {
	r.Event, r.Ack, r.Bytes = brief(v.Event()), v.Ack(), v.Weight()
	if args && r.Bytes <= argsBytes {
		r.Args, _ = contract.EncodeArgs(v.Args(), 2*argsBytes) // nil where they get too long by it
	}
}

var kinds = [...]string{
	socketio.SightConnected: Connect, socketio.SightRefused: Refused, socketio.SightDisconnected: Disconnect, socketio.SightEvent: Event, socketio.SightSent: Sent,
}

// brief is the beginning of a name that a client may have made very long.
func brief(s string) string {
	if len(s) > nameBytes {
		return strings.ToValidUTF8(s[:nameBytes], "") + "..."
	}
	return s
}
