package engineio

import (
	"net"
	"net/netip"
	"strings"

	"github.com/ioserver/ioserver/protocol/proxy"
	"github.com/valyala/fasthttp"
)

// requestOf is newRequest, with the client's address where a trusted proxy
// names it. That is asked of each request anew: one connection of a proxy's may
// carry those of many clients. The peer's address is the connection's own, or
// the one that a PROXY header has given it.
func (s *Server) requestOf(h *fasthttp.RequestHeader, peer net.Addr, secure, handshake bool) *Request {
	r := newRequest(h, peer, secure)
	trusted, head := s.settings.Load().trusted, h.RawHeaders()
	if ip, ok := ipOf(peer); !ok || !trusted.Trusts(ip) {
		if handshake && proxy.Has(head, s.options.ForwardedHeader) {
			s.stats.forwardedIgnored.Add(1)
		}
		return r
	}
	if client, ok := trusted.Client(head, s.options.ForwardedHeader); ok {
		r.Remote = net.TCPAddrFromAddrPort(client)
	}
	r.Secure = secure || strings.EqualFold(proxy.LastToken(head, "X-Forwarded-Proto"), "https")
	return r
}

// ipOf is the IP of a peer, the zero Addr on a Unix socket; false where it has
// another kind of address.
func ipOf(a net.Addr) (ip netip.Addr, ok bool) {
	switch a := a.(type) {
	case nil:
		return ip, true
	case *net.TCPAddr:
		return a.AddrPort().Addr(), true
	case interface{ Addr() netip.Addr }:
		return a.Addr(), true
	}
	return ip, a.Network() == "unix"
}
