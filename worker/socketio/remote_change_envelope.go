package socketio

import "strings"

// changeEnvelope does something to sockets of other workers, without an answer:
//
//	version 1 | kind 4 (change) | what | namespace | sender | rooms | except | names
//
// Parts are written as an [envelope]'s are. Names are those of the rooms to
// leave, and otherwise none.
type changeEnvelope struct {
	kind      changeKind
	close     bool
	namespace string
	target    target
	names     []string
}

const (
	changeLeave      byte = 1
	changeDisconnect byte = 2
	changeClose      byte = 3
)

func (e *changeEnvelope) append(dst []byte) []byte {
	what := changeLeave
	switch {
	case e.kind == endSockets && e.close:
		what = changeClose
	case e.kind == endSockets:
		what = changeDisconnect
	}
	dst = append(dst, envelopeVersion, kindChange, what)
	dst = appendBytes(dst, e.namespace)
	return appendList(e.target.append(dst), e.names)
}

// parseChange checks everything.
func parseChange(b []byte, maxRooms int) (*changeEnvelope, error) {
	r, what, err := opened(b, kindChange)
	if err != nil {
		return nil, err
	}
	e := &changeEnvelope{kind: endSockets, close: what == changeClose}
	switch what {
	case changeLeave:
		e.kind = leaveRooms
	case changeDisconnect, changeClose:
	default:
		r.fail(errVersion)
	}
	e.namespace = string(r.bytes())
	e.target = r.target(maxRooms)
	e.names = r.names(maxRooms)
	if err := r.done(); err != nil {
		return nil, err
	}
	if !strings.HasPrefix(e.namespace, "/") || e.kind == endSockets && len(e.names) > 0 {
		return nil, errDiffer
	}
	return e, nil
}
