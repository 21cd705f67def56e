package command

import (
	"fmt"
	"slices"
)

// take takes up what another reading of the configuration has changed, and
// returns the names of the settings that did change, and of those that cannot
// while the server runs.
func (c *configuration) take(next *configuration) (changed, kept []string) {
	for i, s := range c.settings {
		n := next.settings[i]
		differs := s.value.String() != n.value.String()
		switch {
		case differs && !s.reloads:
			kept = append(kept, s.name)
		case differs && s.name == "max-http-buffer-size" && next.worker.MaxHTTPBufferSize > c.room:
			kept = append(kept, fmt.Sprintf("%s above %d", s.name, c.room))
		case differs || s.name == "api-token-file" && !slices.Equal(c.tokens.hashes, next.tokens.hashes),
			s.name == "backend-secret-file" && c.application.sum != next.application.sum:
			changed = append(changed, s.name)
			s.value.copy(n.value)
			s.from = n.from
		}
	}
	c.tokens = next.tokens
	c.application.sum, c.application.notes = next.application.sum, next.application.notes
	c.worker.Backend.Secrets = next.worker.Backend.Secrets
	renewed, fixed := c.peering.take(&next.peering)
	changed = append(changed, c.jwt.take(&next.jwt)...)
	return append(changed, renewed...), append(kept, fixed...)
}
