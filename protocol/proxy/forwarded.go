package proxy

import (
	"bytes"
	"iter"
	"net/netip"
	"strings"
)

// ForwardedFor is the field that proxies name clients in, where nothing else is agreed.
const ForwardedFor = "X-Forwarded-For"

// MaxElement is how long one address in a field may be, in bytes: IPv6 in brackets with a port needs 53.
const MaxElement = 64

// addressFields are the fields, in small letters, whose value is addresses. Another's value is whatever it is.
var addressFields = map[string]bool{
	"x-forwarded-for": true, "x-real-ip": true, "x-client-ip": true, "x-cluster-client-ip": true,
	"true-client-ip": true, "cf-connecting-ip": true, "fastly-client-ip": true,
}

// NamesClient tells whether a field's value is addresses.
func NamesClient(name string) bool { return addressFields[strings.ToLower(name)] }

// Client returns the address that the lines of a request's head name as the client's: of all lines with that name, which are taken as
// one list, the rightmost address that is not itself trusted, since whoever added the ones to the right of it is; where all are trusted,
// the leftmost. False where there is no such field, or where what decides is no address. The port is 0 where there is none.
//
// Addresses may have a port; those of IPv6 have brackets then, and may always have them.
func (n *Networks) Client(head []byte, name string) (netip.AddrPort, bool) {
	var last netip.AddrPort
	for value := range lines(head, name) {
		for more := true; more; {
			element := value
			if i := bytes.LastIndexByte(value, ','); i >= 0 {
				element, value = value[i+1:], value[:i]
			} else {
				more = false
			}
			if element = trim(element); len(element) == 0 {
				continue
			}
			a, ok := parseElement(element)
			if !ok {
				return netip.AddrPort{}, false
			}
			if last = a; !n.Trusts(a.Addr()) {
				return a, true
			}
		}
	}
	return last, last.IsValid()
}

func parseElement(b []byte) (a netip.AddrPort, ok bool) {
	if len(b) > MaxElement {
		return a, false
	}
	s := string(b)
	ip, err := netip.ParseAddr(s)
	if inner, found := strings.CutPrefix(s, "["); found && strings.HasSuffix(s, "]") {
		ip, err = netip.ParseAddr(strings.TrimSuffix(inner, "]"))
		if err == nil && ip.Is4() {
			return a, false
		}
	}
	if err == nil {
		a = netip.AddrPortFrom(ip, 0)
	} else if a, err = netip.ParseAddrPort(s); err != nil {
		return netip.AddrPort{}, false
	}
	if a.Addr().Zone() != "" {
		return netip.AddrPort{}, false
	}
	return netip.AddrPortFrom(a.Addr().Unmap(), a.Port()), true
}

// Has tells whether the lines of a head have a field.
func Has(head []byte, name string) bool {
	for range lines(head, name) {
		return true
	}
	return false
}

// Last returns the value of the last line with that name, a part of head; nil where there is none.
func Last(head []byte, name string) []byte {
	for value := range lines(head, name) {
		return value
	}
	return nil
}

// LastToken is Last's last element of those between commas: what the nearest proxy has said.
func LastToken(head []byte, name string) string {
	value := Last(head, name)
	return string(trim(value[bytes.LastIndexByte(value, ',')+1:]))
}

// lines are the values of a field's lines, the last one first. Names are compared without case. A line that is folded is one with those
// that go on with it, which begin with a space or a tab.
func lines(head []byte, name string) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		for len(head) > 0 {
			begin := bytes.LastIndexByte(head, '\n') + 1
			for begin > 0 && begin < len(head) && (head[begin] == ' ' || head[begin] == '\t') {
				begin = bytes.LastIndexByte(head[:begin-1], '\n') + 1
			}
			line := head[begin:]
			head = head[:max(begin-1, 0)]
			if len(line) > len(name) && line[len(name)] == ':' && strings.EqualFold(string(line[:len(name)]), name) && !yield(trim(line[len(name)+1:])) {
				return
			}
		}
	}
}

func trim(b []byte) []byte { return bytes.Trim(b, " \t\r\n") }
