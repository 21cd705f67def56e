// Package api is the HTTP API of a worker: emit events, and ask how the machine
// and its cluster are. It answers on connections of its own, which the worker's inbox passes to
// it; none of it can be reached through the public front. docs/http-api.md describes
// it for its users.
//
// Guarantees: requests of one connection are served, and their events emitted,
// one after another in the order they came, pipelined or not. A request is done
// whole or refused by name. Over TCP nothing of a body is read, and nothing kept,
// before the token is known to be right; tokens are compared by their SHA-256, in
// constant time. Connections, requests at work, bodies, heads and times are
// bounded: see limits.go.
//
// Non-goals: accepting connections, TLS, browsers of other origins (there is no
// CORS), order between connections.
package api
