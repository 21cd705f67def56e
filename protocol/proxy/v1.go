package proxy

import (
	"bytes"
	"net/netip"
	"strconv"
	"strings"
)

const (
	v1Signature = "PROXY "
	// v1Longest is the longest line of version 1, with its CRLF.
	v1Longest = 107
)

// parseV1 reads "PROXY TCP4 source destination port port\r\n", or TCP6, or UNKNOWN with anything behind it.
func parseV1(b []byte) (h Header, whole bool, err error) {
	room := b[:min(len(b), v1Longest)]
	end := bytes.IndexAny(room, "\r\n")
	switch {
	case end < 0 && len(room) == v1Longest, end == v1Longest-1:
		return h, false, malformed("a line of more than 107 bytes")
	case end < 0, end == len(room)-1 && room[end] == '\r':
		return h, false, nil
	case room[end] != '\r' || room[end+1] != '\n':
		return h, false, malformed("a line that does not end in CRLF")
	}
	h.Length = end + 2
	kind, rest, _ := strings.Cut(string(room[len(v1Signature):end]), " ")
	switch kind {
	case "UNKNOWN":
		return h, true, nil
	case "TCP4", "TCP6":
		if h.Client, err = v1Client(rest, kind == "TCP4"); err != nil {
			return Header{}, false, err
		}
		return h, true, nil
	}
	return Header{}, false, malformed("neither TCP4, TCP6 nor UNKNOWN")
}

// v1Client takes source and destination, and their ports, with one space between each.
func v1Client(s string, v4 bool) (netip.AddrPort, error) {
	fields := strings.Split(s, " ")
	if len(fields) != 4 {
		return netip.AddrPort{}, malformed("not two addresses and two ports")
	}
	for _, field := range fields[:2] {
		a, err := netip.ParseAddr(field)
		if err != nil || a.Is4() != v4 || a.Zone() != "" {
			return netip.AddrPort{}, malformed("an address that is not of its family")
		}
	}
	for _, field := range fields[2:] {
		if n, err := strconv.ParseUint(field, 10, 16); err != nil || strconv.FormatUint(n, 10) != field {
			return netip.AddrPort{}, malformed("a port out of range")
		}
	}
	a, _ := netip.ParseAddr(fields[0])
	port, _ := strconv.ParseUint(fields[2], 10, 16)
	return netip.AddrPortFrom(a.Unmap(), uint16(port)), nil
}
