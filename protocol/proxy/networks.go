package proxy

import (
	"fmt"
	"net/netip"
)

// unixPeer is how a list names the peers of Unix sockets, which have no address.
const unixPeer = "unix"

// Networks are the proxies that are trusted. Nil trusts nobody. It does not change, and any goroutine may use it.
type Networks struct {
	prefixes []netip.Prefix
	unix     bool
}

// ParseNetworks takes networks in CIDR notation, single addresses, and "unix" for the peers of Unix sockets.
func ParseNetworks(list []string) (*Networks, error) {
	n := new(Networks)
	for _, s := range list {
		if s == unixPeer {
			n.unix = true
			continue
		}
		p, err := parseNetwork(s)
		if err != nil {
			return nil, fmt.Errorf("trusted proxy %q: %w", s, err)
		}
		n.prefixes = append(n.prefixes, p)
	}
	return n, nil
}

func parseNetwork(s string) (netip.Prefix, error) {
	p, err := netip.ParsePrefix(s)
	if err != nil {
		a, addrErr := netip.ParseAddr(s)
		if addrErr != nil || a.Zone() != "" {
			return p, err
		}
		p = netip.PrefixFrom(a, a.BitLen())
	}
	const mapped = 128 - 32 // ::ffff:0:0/96 is where IPv6 has the addresses of IPv4
	if p.Addr().Is4In6() && p.Bits() >= mapped {
		p = netip.PrefixFrom(p.Addr().Unmap(), p.Bits()-mapped)
	}
	return p.Masked(), nil
}

// None tells whether nobody is trusted.
func (n *Networks) None() bool { return n == nil || len(n.prefixes) == 0 && !n.unix }

// Everybody tells whether all addresses of IPv4, or all of IPv6, are trusted.
func (n *Networks) Everybody() bool {
	for _, p := range n.prefixes {
		if p.Bits() == 0 {
			return true
		}
	}
	return false
}

// Trusts tells whether a peer is trusted. The zero Addr is the peer of a Unix socket. Zones make no difference.
func (n *Networks) Trusts(a netip.Addr) bool {
	switch {
	case n == nil:
		return false
	case !a.IsValid():
		return n.unix
	}
	a = a.Unmap().WithZone("")
	for _, p := range n.prefixes {
		if p.Contains(a) {
			return true
		}
	}
	return false
}
