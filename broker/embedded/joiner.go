package embedded

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"net"
	"net/url"
	"slices"
	"sync"
	"time"

	"github.com/nats-io/nats-server/v2/server"
)

// How the joiner looks after the addresses.
const (
	lookEvery   = time.Second        // what has become of connections, which tells nobody
	lookupEvery = 5 * time.Second    // names, whose addresses come and go
	lookupTime  = 3 * time.Second    // for one name
	settledAge  = time.Second        // of a connection that has been let in: one that is refused lives for milliseconds
	refusedMin  = 2 * time.Second    // before a server that refused us is tried again; it doubles
	refusedMax  = 60 * time.Second   // but no longer
	blankEnds   = 5                  // connections in a row that end without a word before that counts as a refusal: two servers may hang up on each other
	maxAsked    = 256                // addresses that are tried; others tell of the rest
	maxWords    = 256                // of the server about connections, that wait for the joiner
	endsSoon    = 7 * 24 * time.Hour // of our certificate: from then on it is said
)

// joiner keeps the server asking all addresses that its configuration stands
// for, but those that have just refused it. It has one goroutine, run's, and one
// for each name that is being looked up.
type joiner struct {
	p      *Peering
	server *server.Server
	log    *slog.Logger
	quiet  *quiet
	stats  *Stats
	words  chan word // of the server's
	found  chan finding

	options *server.Options     // in force, the server's own
	known   map[string][]string // what a name stood for when last asked
	asking  map[string]bool     // names that are being looked up
	asked   map[string]bool     // addresses that the server tries, or is connected to
	refused map[string]*refusal // by address
	said    map[string]string   // by address: what was wrong with a connection that is about to end
	peers   map[string]peer     // servers that are connected, by their id
}

// refusal is how long an address is left alone.
type refusal struct {
	blank int // connections that have ended without a word
	until time.Time
	pause time.Duration
}

type peer struct{ name, address string }

// word is what the server has said of a connection.
type word struct {
	address string
	text    string
	ended   bool // text is why; or else it is what is wrong with it
}

func newJoiner(c Config, s *server.Server, o *server.Options, words chan word, q *quiet) *joiner {
	return &joiner{
		p: c.Peering, server: s, options: o, log: c.Logger, quiet: q, stats: c.Stats, words: words,
		found: make(chan finding), known: make(map[string][]string), asking: make(map[string]bool),
		asked: make(map[string]bool), refused: make(map[string]*refusal),
		said: make(map[string]string), peers: make(map[string]peer),
	}
}

// run returns when ctx ends.
func (j *joiner) run(ctx context.Context) {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	var lookups sync.WaitGroup
	defer lookups.Wait()
	var looked time.Time
	for {
		if now := time.Now(); looked.IsZero() || now.Sub(looked) >= lookupEvery {
			j.lookup(ctx, &lookups)
			looked = now
		}
		j.look(time.Now())
		j.ask(time.Now())
		j.remind(time.Now())
		select {
		case w := <-j.words:
			j.hear(w, time.Now())
		case f := <-j.found:
			j.learn(f, time.Now())
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

// look finds out which servers are connected.
func (j *joiner) look(now time.Time) {
	z, err := j.server.Routez(nil)
	if err != nil {
		return
	}
	j.drain(now) // the end of what was there at the last look, and is not any more, is among the words
	there := make(map[string]peer)
	for _, r := range z.Routes {
		if r.RemoteID != "" && now.Sub(r.Start) >= settledAge {
			there[r.RemoteID] = peer{r.RemoteName, net.JoinHostPort(r.IP, fmt.Sprint(r.Port))}
		}
	}
	for id, p := range there {
		delete(j.refused, p.address)
		if _, before := j.peers[id]; !before {
			j.log.Info("a server has joined", "peer", p.address, "server", p.name)
		}
	}
	for id, p := range j.peers {
		if _, still := there[id]; !still {
			j.log.Warn("a server is gone", "peer", p.address, "server", p.name)
		}
	}
	j.peers = there
	j.stats.Routes.Store(uint64(len(there)))
}

// ask has the server try what it is to try now.
func (j *joiner) ask(now time.Time) {
	want := j.wanted()
	for address, r := range j.refused {
		switch {
		case now.Before(r.until):
			delete(want, address)
		case !want[address]:
			delete(j.refused, address)
		}
	}
	if maps.Equal(want, j.asked) {
		return
	}
	next := j.options.Clone()
	next.Routes = nil
	for _, address := range slices.Sorted(maps.Keys(want)) {
		next.Routes = append(next.Routes, &url.URL{
			Scheme: "nats-route", Host: address, User: url.UserPassword(next.Cluster.Username, next.Cluster.Password),
		})
	}
	if err := j.server.ReloadOptions(next); err != nil {
		if held, ok := j.quiet.speak("reload", now); ok {
			j.log.Error("servers to join cannot be changed", "error", err.Error(), "unsaid", held)
		}
		return
	}
	j.options, j.asked = next, want
}

func (j *joiner) drain(now time.Time) {
	for {
		select {
		case w := <-j.words:
			j.hear(w, now)
		default:
			return
		}
	}
}

// hear takes in what the server has said of a connection.
func (j *joiner) hear(w word, now time.Time) {
	if !w.ended {
		if len(j.said) >= maxWords {
			clear(j.said)
		}
		j.said[w.address] = w.text
		return
	}
	why, ended := wrong(j.said[w.address], w.text)
	delete(j.said, w.address)
	if !ended || j.settled(w.address) {
		return
	}
	if !j.asked[w.address] {
		if why == "" && w.text == noSecret {
			why = "it shows no secret: it may want TLS (--cluster-tls-cert), or be no ioserver"
		}
		if held, ok := j.quiet.speak("turned away "+hostOf(w.address)+why, now); ok && why != "" {
			j.log.Warn("a server was turned away: "+why, "peer", w.address, "unsaid", held)
		}
		return
	}
	j.refuse(w, why, now)
}

// refuse leaves an address alone for a while.
func (j *joiner) refuse(w word, why string, now time.Time) {
	r := j.refused[w.address]
	if r == nil {
		r = new(refusal)
		j.refused[w.address] = r
	}
	if why == "" {
		r.blank++
		if why = j.guess(w.text); r.blank < blankEnds && (j.p.Identity == nil || j.p.Identity.Fault() == nil) {
			return // the server tries again by itself
		}
	}
	r.pause = min(max(2*r.pause, refusedMin), refusedMax)
	r.until = now.Add(r.pause)
	if held, ok := j.quiet.speak("not joined "+w.address+why, now); ok {
		j.log.Warn("a server is not joined: "+why, "peer", w.address, "next", r.pause, "unsaid", held)
	}
}

// guess words the end of a connection of which the other side has not said why.
func (j *joiner) guess(closed string) string {
	if j.p.Identity == nil {
		return "the connection ended (" + closed + "): it may want TLS (--cluster-tls-cert), or be no ioserver"
	}
	if err := j.p.Identity.Fault(); err != nil {
		return err.Error()
	}
	return "the connection ended (" + closed + "): it may refuse our certificate, which its log tells"
}

// remind says that our own certificate is about to end, or has: connections that
// there are go on, and hide that there would be no new ones.
func (j *joiner) remind(now time.Time) {
	if j.p.Identity == nil {
		return
	}
	until := j.p.Identity.until()
	if now.Add(endsSoon).Before(until) {
		j.quiet.forget("until")
		return
	}
	if _, ok := j.quiet.speak("until", now); ok {
		j.log.Warn("our certificate for other machines ends: renew it in its file, and reload", "until", until)
	}
}

// settled: it was there at the last look, and is the server's own business.
func (j *joiner) settled(address string) bool {
	for _, p := range j.peers {
		if p.address == address {
			return true
		}
	}
	return false
}
