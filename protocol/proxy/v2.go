package proxy

import (
	"encoding/binary"
	"net/netip"
)

const (
	v2Signature = "\r\n\r\n\x00\r\nQUIT\n"
	// v2Fixed is the part before the addresses: signature, version and command, family and transport, length of what follows.
	v2Fixed = len(v2Signature) + 4
)

// Commands, families and transports of version 2.
const (
	v2Local = 0
	v2Proxy = 1

	familyNone  = 0
	familyIPv4  = 1
	familyIPv6  = 2
	familyUnix  = 3
	notAFamily  = 4
	stream      = 1
	noTransport = 3
)

// v2Addresses is how long the two addresses of a family are, with their ports.
var v2Addresses = [notAFamily]int{familyNone: 0, familyIPv4: 2*4 + 2*2, familyIPv6: 2*16 + 2*2, familyUnix: 2 * 108}

// parseV2 reads the binary header. What follows the addresses (TLVs) is skipped, and so is all that follows LOCAL: a connection of the
// proxy's own, to see whether we live. Families other than TCP's name nobody.
func parseV2(b []byte) (h Header, whole bool, err error) {
	if len(b) < v2Fixed {
		return h, false, v2Early(b)
	}
	if err := v2Early(b); err != nil {
		return h, false, err
	}
	local, family, transport := b[12]&0xf == v2Local, b[13]>>4, b[13]&0xf
	length := int(binary.BigEndian.Uint16(b[14:]))
	switch {
	case v2Fixed+length > MaxHeader:
		return h, false, malformed("longer than 4096 bytes")
	case !local && length < v2Addresses[family]:
		return h, false, malformed("shorter than its addresses")
	case len(b) < v2Fixed+length:
		return h, false, nil
	}
	h.Length = v2Fixed + length
	if local || transport != stream {
		return h, true, nil
	}
	switch rest := b[v2Fixed:]; family {
	case familyIPv4:
		h.Client = netip.AddrPortFrom(netip.AddrFrom4([4]byte(rest)), binary.BigEndian.Uint16(rest[8:]))
	case familyIPv6:
		h.Client = netip.AddrPortFrom(netip.AddrFrom16([16]byte(rest)).Unmap(), binary.BigEndian.Uint16(rest[32:]))
	}
	return h, true, nil
}

// v2Early refuses what can be refused before all of the fixed part is there.
func v2Early(b []byte) error {
	switch {
	case len(b) > 12 && b[12]>>4 != 2:
		return malformed("a version other than 2")
	case len(b) > 12 && b[12]&0xf > v2Proxy:
		return malformed("neither LOCAL nor PROXY")
	case len(b) > 13 && (b[13]>>4 >= notAFamily || b[13]&0xf >= noTransport):
		return malformed("an unknown family or transport")
	}
	return nil
}
