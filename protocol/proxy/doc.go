// Package proxy reads what proxies say of the clients that they speak for: the PROXY protocol's header, versions 1 and 2, which begins
// a connection, and the header fields of a request such as X-Forwarded-For; and it knows which proxies are to be believed.
//
// Bytes in, values out: no I/O, no clock, no state. What does not parse is an error or "not there", never a panic, and never taken for
// more than it says. Everything is bounded: MaxHeader bytes of a PROXY header, MaxElement of an address in a field.
//
// Nothing here decides whether a peer is trusted: the caller asks Networks for the address that it has from the kernel, or from one whom
// it trusts, before it reads on.
//
// Sources: the PROXY protocol's specification, versions 1 and 2 (proxy-protocol.txt of HAProxy); RFC 9110 for field lines.
// Non-goals: the Forwarded field of RFC 7239, TLVs of version 2 (skipped), datagrams.
package proxy
