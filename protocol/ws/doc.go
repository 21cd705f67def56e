// Package ws encodes and decodes WebSocket frames (RFC 6455), as a server needs them.
//
// # Guarantees
//
// A [Decoder] turns a byte stream, cut anywhere, into messages and control frames. It is plain data: between messages it
// is two words and holds no buffer, in the middle of one it can be written to bytes and continued elsewhere
// ([Decoder.AppendBinary], [Decoder.UnmarshalBinary]). A whole unfragmented frame is unmasked where it lies and returned
// without a copy or an allocation. Every violation is a [*CloseError] that carries the status code to close with: 1002
// for a malformed frame, 1007 for text that is not UTF-8 (noticed as early as the bytes that prove it), 1009 for a message
// over the limit (noticed at the header, before anything is allocated), 1008 for too many fragments. What a peer announces
// never sizes a buffer, only what it has sent does. Work is linear in the bytes received, however they are cut.
//
// # Non-goals
//
// No extension is negotiated, so a reserved bit is a violation. The opening handshake's HTTP is the caller's; [AcceptKey]
// and [ValidKey] are what it needs from here. Only masked frames are decoded, those of a client. Deadlines for
// unfinished messages and limits on the rate of control frames belong to who owns the clock: [Decoder.Pending] tells
// what waits.
package ws
