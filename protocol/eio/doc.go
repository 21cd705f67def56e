// Package eio encodes and decodes Engine.IO packets and polling payloads of both revisions that clients speak: 3
// (clients 1.x and 2.x of Socket.IO) and 4 (clients 3.x and 4.x).
//
// # Guarantees
//
// What is encoded is byte for byte what engine.io-parser 2.2 (revision 3) and 5 (revision 4) encode, with the exception
// named at [AppendJSONP]. What these parsers accept from a real client is accepted. Where they are lenient about what no
// client sends, this package is strict, because their repairs either lose data silently or cost more than linear
// time: text must be UTF-8, lengths must be decimal and fit the body, base64 must be base64, a packet must have a type.
// Decoding is linear in the body and holds nothing of it beyond the call. Decoded packets lie in the given bytes, except
// for base64 and for text that needs repair (see [DecodePayload]).
//
// # Non-goals
//
// No session, no order of packets: whether a ping may come now is not known here. Compression and HTTP belong to the
// transport. Text is bytes of UTF-8 throughout, so a lone surrogate of JavaScript is what its encoder makes of it,
// U+FFFD.
package eio
