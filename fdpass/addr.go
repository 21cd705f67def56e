package fdpass

import (
	"net/netip"
)

// Addr is a client's address: an IP address and port, or none for a client of a Unix socket. It is a net.Addr.
type Addr struct{ netip.AddrPort }

// Unix tells whether the client came over a Unix socket and so has no address.
func (a Addr) Unix() bool { return !a.IsValid() }

// Network is "tcp" or "unix".
func (a Addr) Network() string {
	if a.Unix() {
		return "unix"
	}
	return "tcp"
}

// String is "address:port", or "unix".
func (a Addr) String() string {
	if a.Unix() {
		return "unix"
	}
	return a.AddrPort.String()
}

// Tags of a packed address.
const (
	tagUnix = 0
	tagV4   = 4
	tagV6   = 6
)

// maxZone bounds the zone of a packed IPv6 address; Linux's interface names have at most 15 characters.
const maxZone = 15

// AppendAddr packs a: a tag; four or sixteen bytes and the port, big endian; for IPv6 the zone, after its length.
func AppendAddr(dst []byte, a Addr) []byte {
	switch ip := a.Addr(); {
	case !ip.IsValid():
		return append(dst, tagUnix)
	case ip.Is4():
		b := ip.As4()
		dst = append(append(dst, tagV4), b[:]...)
		return append(dst, byte(a.Port()>>8), byte(a.Port()))
	default:
		b := ip.As16()
		dst = append(append(dst, tagV6), b[:]...)
		zone := ip.Zone()[:min(len(ip.Zone()), maxZone)]
		dst = append(dst, byte(a.Port()>>8), byte(a.Port()), byte(len(zone)))
		return append(dst, zone...)
	}
}

// ParseAddr unpacks what AppendAddr packed and returns the bytes after it; false when b does not begin with a packed address.
func ParseAddr(b []byte) (a Addr, rest []byte, ok bool) {
	if len(b) == 0 {
		return a, nil, false
	}
	tag, b := b[0], b[1:]
	switch {
	case tag == tagUnix:
		return a, b, true
	case tag == tagV4 && len(b) >= 6:
		ip := netip.AddrFrom4([4]byte(b))
		return Addr{netip.AddrPortFrom(ip, port(b[4:]))}, b[6:], true
	case tag == tagV6 && len(b) >= 19:
		n := int(b[18])
		if n > maxZone || len(b) < 19+n {
			return a, nil, false
		}
		ip := netip.AddrFrom16([16]byte(b))
		if n > 0 {
			if ip.Is4In6() {
				return a, nil, false // netip drops a zone here, and the packed form would not be the same again
			}
			ip = ip.WithZone(string(b[19 : 19+n]))
		}
		return Addr{netip.AddrPortFrom(ip, port(b[16:]))}, b[19+n:], true
	}
	return a, nil, false
}

func port(b []byte) uint16 { return uint16(b[0])<<8 | uint16(b[1]) }
