package load

import (
	"fmt"
	"net/netip"
	"strings"
)

// maxSources is how many addresses of the ranges are used.
const maxSources = 1 << 16

// ParseSources reads ranges such as 127.0.0.0/24, and single addresses, with
// commas between.
func ParseSources(text string) ([]netip.Prefix, error) {
	var all []netip.Prefix
	for _, s := range strings.Split(text, ",") {
		s = strings.TrimSpace(s)
		if a, err := netip.ParseAddr(s); err == nil {
			all = append(all, netip.PrefixFrom(a, a.BitLen()))
			continue
		}
		p, err := netip.ParsePrefix(s)
		if err != nil {
			return nil, fmt.Errorf("source %q: %w", s, err)
		}
		all = append(all, p.Masked())
	}
	return all, nil
}

// addresses are those of the ranges that a client can come from: the first and
// last of a larger IPv4 range are its network's own. They come in turn from each
// range, so that a few clients use all ranges too.
func addresses(ranges []netip.Prefix) []netip.Addr {
	var all []netip.Addr
	next := make([]netip.Addr, len(ranges))
	for i, r := range ranges {
		next[i] = r.Addr()
		if r.Addr().Is4() && r.Bits() < 31 {
			next[i] = next[i].Next()
		}
	}
	for found := true; found && len(all) < maxSources; {
		found = false
		for i, r := range ranges {
			a := next[i]
			if !a.IsValid() || !r.Contains(a) || last(r, a) {
				continue
			}
			all, next[i], found = append(all, a), a.Next(), true
		}
	}
	return all
}

// last tells the broadcast address of a range.
func last(r netip.Prefix, a netip.Addr) bool {
	return a.Is4() && r.Bits() < 31 && !r.Contains(a.Next())
}
