package feed_test

import (
	"net"
	"net/url"
	"sync"
	"testing"

	natsserver "github.com/nats-io/nats-server/v2/server"

	"github.com/ioserver/ioserver/broker"
)

// routed are two NATS servers that route to each other through a gate.
type routed struct {
	t       *testing.T
	servers [2]*natsserver.Server
	gate    *gate // holds what goes from the first to the second
}

func route(t *testing.T) *routed {
	t.Helper()
	r := &routed{t: t}
	r.servers[0] = r.serve("")
	r.gate = newGate(t, r.servers[0].ClusterAddr().String())
	r.servers[1] = r.serve(r.gate.l.Addr().String())
	return r
}

// serve runs a server, whose routes go to that address.
func (r *routed) serve(to string) *natsserver.Server {
	r.t.Helper()
	o := &natsserver.Options{
		Host: "127.0.0.1", Port: natsserver.RANDOM_PORT, NoSigs: true, NoLog: true, NoSystemAccount: true,
		Cluster: natsserver.ClusterOpts{Name: "routed", Host: "127.0.0.1", Port: natsserver.RANDOM_PORT, NoAdvertise: true},
	}
	if to != "" {
		o.Routes = []*url.URL{{Scheme: "nats", Host: to}}
	}
	s, err := natsserver.NewServer(o)
	if err != nil {
		r.t.Fatal(err)
	}
	s.Start()
	r.t.Cleanup(func() {
		s.Shutdown()
		s.WaitForShutdown()
	})
	if !s.ReadyForConnections(patience) {
		r.t.Fatal("a NATS server does not start")
	}
	return s
}

func (r *routed) connect(server int) *broker.NATS {
	r.t.Helper()
	b, err := broker.ConnectNATS(broker.NATSOptions{Servers: []string{r.servers[server].ClientURL()}, Pinned: true})
	if err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(func() { b.Close() })
	flush(r.t, b)
	return b
}

// gate is a TCP proxy that can hold what its target sends.
type gate struct {
	l      net.Listener
	target string
	wg     sync.WaitGroup

	mu    sync.Mutex
	cond  *sync.Cond
	held  bool
	shut  bool
	conns []net.Conn
}

func newGate(t *testing.T, target string) *gate {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	g := &gate{l: l, target: target}
	g.cond = sync.NewCond(&g.mu)
	g.wg.Go(g.serve)
	t.Cleanup(g.close)
	return g
}

func (g *gate) close() {
	g.l.Close()
	g.mu.Lock()
	g.shut, g.held = true, false
	g.cond.Broadcast()
	for _, c := range g.conns {
		c.Close()
	}
	g.mu.Unlock()
	g.wg.Wait()
}

// hold holds, or lets go, what the target sends.
func (g *gate) hold(held bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.held = held
	g.cond.Broadcast()
}

func (g *gate) serve() {
	for {
		in, err := g.l.Accept()
		if err != nil {
			return
		}
		out, err := net.Dial("tcp", g.target)
		if err != nil {
			in.Close()
			continue
		}
		g.mu.Lock()
		g.conns = append(g.conns, in, out)
		shut := g.shut
		g.mu.Unlock()
		if shut {
			in.Close()
			out.Close()
			return
		}
		g.wg.Go(func() { g.carry(out, in, false) })
		g.wg.Go(func() { g.carry(in, out, true) })
	}
}

func (g *gate) carry(to, from net.Conn, holds bool) {
	defer to.Close()
	defer from.Close()
	b := make([]byte, 64<<10)
	for {
		n, err := from.Read(b)
		if holds {
			g.mu.Lock()
			for g.held {
				g.cond.Wait()
			}
			g.mu.Unlock()
		}
		if _, werr := to.Write(b[:n]); err != nil || werr != nil {
			return // the end of either is the end of both
		}
	}
}
