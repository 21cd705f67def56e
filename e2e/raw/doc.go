// Package raw talks to a server over bare TCP, byte for byte, and writes down
// what it answers, so that two servers can be compared by comparing what was
// written down.
//
// A [Talk] is one conversation, over as many connections as it likes. Each
// answer becomes one line or more: the status, the headers that matter and the
// body of an HTTP answer; the kind and payload of a WebSocket frame; "eof". What
// differs between two runs of one server (session ids, dates) is replaced by
// names in order of appearance.
//
// Nothing here knows what an answer should be.
package raw
