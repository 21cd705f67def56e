package api

import (
	"bytes"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"fmt"

	"github.com/valyala/fasthttp"
)

type digest = [sha256.Size]byte

// parseTokens takes hexadecimal SHA-256 sums.
func parseTokens(sums []string) ([]digest, error) {
	out := make([]digest, len(sums))
	for i, sum := range sums {
		if n, err := hex.Decode(out[i][:], []byte(sum[:min(len(sum), 2*sha256.Size)])); err != nil || n != sha256.Size || len(sum) != 2*sha256.Size {
			return nil, fmt.Errorf("api token %d is no SHA-256 in hexadecimal", i)
		}
	}
	return out, nil
}

// authorised tells whether a request may be served: by its token, or because it
// came over a Unix socket and gives none.
func (s *Server) authorised(h *fasthttp.RequestHeader, trusted bool) bool {
	lines := h.PeekAll(fasthttp.HeaderAuthorization)
	if len(lines) == 0 {
		return trusted
	}
	token, ok := bearer(lines[0])
	if !ok || len(lines) > 1 {
		return false
	}
	sum, right := sha256.Sum256(token), 0
	for _, t := range s.settings.Load().tokens {
		right |= subtle.ConstantTimeCompare(sum[:], t[:])
	}
	return right == 1
}

// bearer is the token of an Authorization line, RFC 6750.
func bearer(line []byte) ([]byte, bool) {
	const scheme = "bearer"
	if len(line) <= len(scheme) || !bytes.EqualFold(line[:len(scheme)], []byte(scheme)) || line[len(scheme)] != ' ' {
		return nil, false
	}
	token := bytes.Trim(line[len(scheme):], " ")
	return token, len(token) > 0
}
