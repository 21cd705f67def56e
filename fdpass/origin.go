package fdpass

import (
	"encoding/binary"
	"time"
)

// Origin says where a connection came from. It begins the payload of Accept and of Handover.
type Origin struct {
	Remote   Addr
	Listener uint16    // index of the listener that accepted it, in the order of Hello.Listeners
	Accepted time.Time // wall clock, nanoseconds
	Site     uint64    // what the connection counts for (Addr.Site), where connections are counted; 0: nothing
}

// originHeader is the length of an Origin's fixed part: listener, time and site.
const originHeader = 2 + 8 + 8

// AppendOrigin packs o: listener, Unix nanoseconds and site, big endian, then the address as AppendAddr packs it.
func AppendOrigin(dst []byte, o Origin) []byte {
	dst = binary.BigEndian.AppendUint16(dst, o.Listener)
	dst = binary.BigEndian.AppendUint64(dst, uint64(o.Accepted.UnixNano()))
	dst = binary.BigEndian.AppendUint64(dst, o.Site)
	return AppendAddr(dst, o.Remote)
}

// ParseOrigin unpacks what AppendOrigin packed and returns the bytes after it (of a Handover: the connection's unread bytes, a
// part of b); false when b does not begin with an Origin.
func ParseOrigin(b []byte) (o Origin, rest []byte, ok bool) {
	if len(b) < originHeader {
		return o, nil, false
	}
	o.Listener = binary.BigEndian.Uint16(b)
	o.Accepted = time.Unix(0, int64(binary.BigEndian.Uint64(b[2:])))
	o.Site = binary.BigEndian.Uint64(b[10:])
	o.Remote, rest, ok = ParseAddr(b[originHeader:])
	return o, rest, ok
}
