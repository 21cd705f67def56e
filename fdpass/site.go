package fdpass

import "encoding/binary"

// Site is the part of an address that one client keeps, as a number: all of IPv4, also where it is mapped into IPv6, or the /64 of IPv6.
// No two sites are the same number, but for ::/64 and 0:0:0:1::/64, of which the second is nobody's. 0: a client of a Unix socket has
// none.
func (a Addr) Site() uint64 {
	if a.Unix() {
		return 0
	}
	ip := a.Addr().Unmap()
	if ip.Is4() {
		b := ip.As4()
		return mapped | uint64(binary.BigEndian.Uint32(b[:]))
	}
	b := ip.As16()
	return max(binary.BigEndian.Uint64(b[:]), 1)
}

// mapped begins the site of an IPv4 address: of the reserved 0000::/8 of IPv6, where no client is.
const mapped = 0xffff << 32
