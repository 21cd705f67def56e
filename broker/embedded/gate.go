package embedded

import (
	"crypto/subtle"
	"log/slog"
	"time"

	"github.com/nats-io/nats-server/v2/server"
)

// gate lets other servers in, or says why not.
type gate struct {
	user, secret string
	log          *slog.Logger
	quiet        *quiet
	stats        *Stats
	tell         func(word) // the joiner
}

// Check implements server.Authentication.
func (g *gate) Check(c server.ClientAuthentication) bool {
	o := c.GetOpts()
	user := subtle.ConstantTimeCompare([]byte(o.Username), []byte(g.user)) == 1
	if subtle.ConstantTimeCompare([]byte(o.Password), []byte(g.secret)) == 1 && user {
		return true
	}
	g.stats.Refused.Add(1)
	why := "its cluster secret is not ours"
	if !user {
		why = "it is not of this cluster"
	}
	peer := c.RemoteAddress().String()
	g.tell(word{peer, gateSaid, false})
	if held, ok := g.quiet.speak("refused "+hostOf(peer)+why, time.Now()); ok {
		g.log.Warn("a server was refused: "+why, "peer", peer, "unsaid", held)
	}
	return false
}
