// Package sid makes and checks the session ids that ioserver hands to clients.
//
// An id names the worker at which its session lives (its home), so that a request which arrives at another worker can
// be answered from there, and carries a short authenticator, so that an invented id is refused where it arrives and
// never costs a message between workers.
//
//	offset  0      2      3               15            21 bytes
//	        | node | slot | 12 random     | 6 bytes MAC |
//
// Those 21 bytes are written as 28 characters of unpadded base64url: no character of an id needs escaping in a URL, a
// cookie, a JSON string or a regular expression, and since 21 is divisible by three every id has exactly one spelling.
//
// # Guarantees
//
// The MAC is the first 6 bytes of AES-128 of the 15 bytes before it and one domain byte: a single block of fixed length,
// for which a block cipher is a pseudo-random function. A forger without the key guesses one id in 2^48; guessing the id
// of a living session means 96 random bits more. The domain byte keeps the ids of the two layers apart: an id made for
// one of them is never valid for the other. Checking takes the same time whatever the MAC, and allocates nothing.
//
// # Non-goals
//
// An id says where a session began, not that it still lives, nor that it has not moved since. The package keeps no
// state, reads no clock and draws no random numbers: the caller brings them, from crypto/rand.
package sid
