package backend

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/ioserver/ioserver/worker/socketio"
)

// namespaceBytes bounds the names that a * stands for.
const namespaceBytes = 200

// ServeNamespaces has the application decide and answer in the namespaces of
// these names, of which a * stands for up to 200 characters without control
// characters. Those with one begin as clients ask for them.
func (b *Backend) ServeNamespaces(s *socketio.Server, names []string) error {
	for _, name := range names {
		if !strings.Contains(name, "*") {
			b.Serve(s.Of(name))
			continue
		}
		pattern, err := regexp.Compile(expression(name))
		if err != nil {
			return fmt.Errorf("backend: namespaces %q: %w", name, err)
		}
		b.Serve(s.OfRegexp(pattern))
	}
	return nil
}

// expression is that of a pattern.
func expression(pattern string) string {
	some := fmt.Sprintf(`[^\x00-\x1f\x7f]{0,%d}`, namespaceBytes)
	return "^" + strings.ReplaceAll(regexp.QuoteMeta(pattern), `\*`, some) + "$"
}
