// Package sio encodes and decodes Socket.IO packets of protocols 4 (clients 1.x and 2.x) and 5 (3.x and 4.x), whose
// grammar is one:
//
//	<type>[<attachments>-][<namespace>,][<ack id>][<JSON>]
//
// A binary event or binary ack is followed by as many binary messages as it has attachments; placeholders in its JSON
// stand for them.
//
// # Guarantees
//
// [Parse] accepts what socket.io-parser 4 accepts from a real client and checks the JSON, in one linear pass and with a
// bounded depth, as far as the type demands, without building anything of it: what it returns lies in the given bytes,
// and for the default namespace nothing is allocated. [Append] writes what that parser writes. Where the reference is
// lenient by accident of JavaScript (numbers such as "1e0", spaces in an id, an event without data) this package refuses.
//
// # Non-goals
//
// Parsing is stateless: collecting attachments, and a deadline for them, belong to the caller. So do the rules of
// a connection, such as CONNECT before anything else. JSON strings are not checked for UTF-8: a text message has been,
// before it gets here. Arguments are handed on raw, for the handler to decode into types of its own.
package sio
