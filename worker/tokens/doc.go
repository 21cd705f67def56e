// Package tokens lets clients in by JSON Web Tokens (RFC 7519): the token that a
// client sends as auth.token of its CONNECT says who it is, which rooms it is in,
// and for how long.
//
// Guarantees:
//   - An algorithm is taken only where the key is made for it: a public key never
//     verifies an HMAC, "none" never passes (RFC 8725, sections 3.1 and 3.2).
//   - Who is refused is told by a code what to do about it, see the Codes; what
//     exactly is wrong with a forged token is not told.
//   - A socket does not outlive its token: it is told so by the event Expired, and
//     ended for [socketio.TokenExpired]; or goes on by the event Refresh.
//   - Waiting costs no goroutine and no timer a socket.
//
// Non-goals: making tokens, fetching keys over the network, revoking a token before
// it expires (disconnect the user's room instead).
package tokens
