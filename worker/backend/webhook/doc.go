// Package webhook reaches an application by HTTP: each call is a POST to one
// address, signed, and the response's body is the answer.
//
// Guarantees:
//   - Requests are signed; see [Sign]. TLS is verified. Redirects, proxies of the
//     environment and cookies are not followed, used or kept.
//   - A request is sent again only where it has certainly not been heard (no
//     connection, a connection that ended before anything was written, a status
//     that says so), but for a connect or disconnect, which an application can
//     hear twice without harm. All of one call have the same key.
//   - Connections and the size of answers are bounded.
//
// Non-goals: to keep clients of the server from reaching inner addresses. The
// address is the operator's, and clients have no part in it.
package webhook
