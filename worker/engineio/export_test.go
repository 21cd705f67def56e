package engineio

import (
	"maps"
	"slices"
	"time"
)

// SetDeadlines makes a front's short, before it serves.
func SetDeadlines(f *Front, head, body, answer, idle time.Duration) {
	f.deadlines = deadlines{head, body, answer, idle}
	f.http = f.httpServer()
}

// SetPollingClose makes the wait for a closing session's last poll short,
// before the server serves.
func SetPollingClose(s *Server, d time.Duration) { s.waits.pollingClose = d }

// AcceptedEncoding is what an Accept-Encoding header comes to.
func AcceptedEncoding(header string) string { return acceptedEncoding(header) }

// SessionQueue is what waits for a poll, in messages and in bytes. It belongs
// to the loop.
func SessionQueue(s *Session) (messages, bytes int) { return len(s.queue), s.queueBytes }

// Sessions are all there are. They belong to the loop.
func Sessions(s *Server) []*Session { return slices.Collect(maps.Values(s.sessions)) }

// Ping expires the session's timer, as after PingInterval. It belongs to the
// loop.
func Ping(s *Session) { sessionDeadline{s}.Expire(&s.timer) }

// AwaitsPong says that a ping has not been answered. It belongs to the loop.
func AwaitsPong(s *Session) bool { return s.pong != unasked }
