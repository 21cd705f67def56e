package engineio

import (
	"net"
	"net/netip"
)

// crowd counts the sessions that poll by their clients' addresses. A WebSocket is
// a connection, which whoever accepts it can bound; a session that polls needs
// none, and one connection can open any number. It belongs to the loop, and is
// nil while nothing is bounded.
type crowd map[netip.Addr]int

// add counts n sessions more. Clients of Unix sockets have no address.
func (c crowd) add(remote net.Addr, n int) {
	site, ok := siteOf(remote)
	if c == nil || !ok {
		return
	}
	if c[site] += n; c[site] == 0 {
		delete(c, site)
	}
}

// siteOf is the part of an address that one client keeps: all of IPv4, or the
// /64 of IPv6.
func siteOf(remote net.Addr) (site netip.Addr, ok bool) {
	if t, compact := remote.(tcpAddr); compact {
		site = netip.AddrPort(t).Addr()
	} else if site, ok = ipOf(remote); !ok {
		return site, false
	}
	if site = site.Unmap(); site.Is6() {
		p, _ := site.WithZone("").Prefix(64) // IPv6 has one
		site = p.Addr()
	}
	return site, site.IsValid()
}

// crowded reports, and counts, a handshake from where as many sessions poll
// already as may.
func (s *Server) crowded(r *Request) bool {
	most := s.settings.Load().polling
	site, ok := siteOf(r.Remote)
	if most == 0 || s.crowd == nil || !ok || s.crowd[site] < most {
		return false
	}
	s.tally.crowded++
	return true
}

// recount begins or ends to count, as the settings say.
func (s *Server) recount() {
	switch most := s.settings.Load().polling; {
	case most == 0:
		s.crowd = nil
	case s.crowd == nil:
		s.crowd = make(crowd)
		for _, session := range s.sessions {
			if !session.framed {
				s.crowd.add(session.came.remote, +1)
			}
		}
	}
}
