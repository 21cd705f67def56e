package worker

import (
	"net"
	"net/netip"
	"strings"

	"github.com/ioserver/ioserver/fdpass"
)

// listenerAddr is the address of one of the master's listeners, as given to it.
func listenerAddr(s string) net.Addr {
	if path, ok := strings.CutPrefix(s, "unix:"); ok {
		return &net.UnixAddr{Name: path, Net: "unix"}
	}
	a, _ := netip.ParseAddrPort(s)
	return fdpass.Addr{AddrPort: a}
}
