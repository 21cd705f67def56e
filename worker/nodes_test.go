package worker_test

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ioserver/ioserver/broker"
	"github.com/ioserver/ioserver/broker/embedded"
	"github.com/ioserver/ioserver/fdpass"
	"github.com/ioserver/ioserver/protocol/sid"
	"github.com/ioserver/ioserver/worker"
)

// nodes are two machines that share a bus, with a worker each, in slot 0; and a
// tap on what their relays say.
type nodes struct {
	t    *testing.T
	nats *natsAt
	a, b *neighbours
	tap  *tap
}

// beginNodes has b serve the application.
func beginNodes(t *testing.T, apps ...worker.App) *nodes {
	t.Helper()
	n := &nodes{t: t, nats: newNATS(t), a: begin(t), b: begin(t)}
	n.b.node, n.b.boot, n.b.key = 8, 2, [16]byte{8, 8, 8}
	n.tap = listenIn(t, n.nats.bus)
	n.serve(n.a, 0)
	n.serve(n.b, 0, apps...)
	n.acquainted()
	return n
}

func (n *nodes) serve(m *neighbours, slot int, apps ...worker.App) {
	n.t.Helper()
	m.launch(slot, n.nats.bus, apps...)
	if said := m.hear(slot); said != (fdpass.Ready{}) {
		n.t.Fatalf("slot %d of node %d says %+v", slot, m.node, said)
	}
}

// natsAt is a server that can come back at its address.
type natsAt struct {
	t      *testing.T
	config embedded.Config
	bus    fdpass.Bus
	end    func()
}

func newNATS(t *testing.T) *natsAt {
	t.Helper()
	s := &natsAt{t: t, config: embedded.Config{Cluster: "test", Internal: embedded.NewCredential("worker"), Application: embedded.NewCredential("application")}}
	s.start()
	t.Cleanup(s.stop)
	return s
}

func (s *natsAt) start() {
	s.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	urls, ended := make(chan string, 1), make(chan error, 1)
	go func() { ended <- embedded.Run(ctx, s.config, func(url string) { urls <- url }) }()
	select {
	case at := <-urls:
		s.bus = fdpass.Bus{URLs: []string{at}, User: s.config.Internal.User, Password: s.config.Internal.Secret, Cluster: "test"}
		u, err := url.Parse(at)
		if err == nil {
			s.config.Port, err = strconv.Atoi(u.Port())
		}
		if err != nil {
			s.t.Fatal(err)
		}
	case err := <-ended:
		cancel()
		s.t.Fatal(err)
	case <-time.After(patience):
		cancel()
		s.t.Fatal("the NATS server does not start")
	}
	s.end = func() {
		cancel()
		if err := <-ended; err != nil {
			s.t.Error(err)
		}
	}
}

func (s *natsAt) stop() {
	if s.end != nil {
		s.end()
		s.end = nil
	}
}

// acquainted returns when a relays requests of b's sessions.
func (n *nodes) acquainted() {
	n.t.Helper()
	q := n.b.session(0)
	for late := time.Now().Add(patience); ; {
		c := n.a.poll(0, "POST", q, "3")
		if status := c.status(); status == 200 {
			return
		} else if time.Now().After(late) {
			n.t.Fatalf("the nodes do not know each other: status %d", status)
		}
	}
}

// tap hears the frames of the relays.
type tap struct {
	*broker.NATS
	t      *testing.T
	mu     sync.Mutex
	frames []tapped
	more   chan struct{}
}

type tapped struct {
	subject string
	data    []byte
}

func listenIn(t *testing.T, bus fdpass.Bus) *tap {
	t.Helper()
	b, err := broker.ConnectNATS(broker.NATSOptions{Servers: bus.URLs, User: bus.User, Secret: bus.Password})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.Close() })
	p := &tap{NATS: b, t: t, more: make(chan struct{})}
	if _, err := b.Subscribe("_ioserver.test.relay1.>", p.hear); err != nil {
		t.Fatal(err)
	}
	if err := b.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	return p
}

func (p *tap) hear(m broker.Message) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.frames = append(p.frames, tapped{m.Subject, m.Data})
	close(p.more)
	p.more = make(chan struct{})
}

// settled is what was said up to now: a Flush answers behind it.
func (p *tap) settled() []tapped {
	p.t.Helper()
	done := make(chan struct{})
	if err := p.Sync(p.t.Context(), func() { close(done) }); err != nil {
		p.t.Fatal(err)
	}
	<-done
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]tapped(nil), p.frames...)
}

// await returns the n-th frame of that kind to a node.
func (p *tap) await(node, kind byte, n int) tapped {
	p.t.Helper()
	for late := time.After(patience); ; {
		p.mu.Lock()
		more, seen := p.more, 0
		for _, f := range p.frames {
			if f.to(node) && f.data[1] == kind {
				if seen++; seen == n {
					p.mu.Unlock()
					return f
				}
			}
		}
		p.mu.Unlock()
		select {
		case <-more:
		case <-late:
			p.t.Fatalf("no frame %d of kind %d to node %d in %d", n, kind, node, seen)
		}
	}
}

// bytes is how much was said to a node in frames of that kind.
func (p *tap) bytes(node, kind byte) (sum int) {
	for _, f := range p.settled() {
		if f.to(node) && f.data[1] == kind {
			sum += len(f.data)
		}
	}
	return sum
}

func (f tapped) to(node byte) bool {
	return strings.HasPrefix(f.subject, fmt.Sprintf("_ioserver.test.relay1.%d.", node))
}

// Kinds of frames; see relay_frame.go.
const (
	kindRequest = 1
	kindAnswer  = 2
	kindData    = 7
	kindWindow  = 8
	kindClose   = 9
)

// A session's requests are answered through another machine, waiting or not, and
// whatever their size, by directed messages.
func TestRelayAcrossNodes(t *testing.T) {
	gone := make(chan string, 10)
	n := beginNodes(t, echo(gone))
	q := n.b.session(0)
	waiting := n.a.poll(0, "GET", q, "")
	c := n.a.poll(0, "POST", q, `421["echo","a"]`)
	c.expect(200, "ok")
	waiting.expect(200, `431["a"]`)
	long := strings.Repeat("x", 900_000)
	c.request("POST", q, `422["echo","`+long+`"]`)
	c.expect(200, "ok")
	c.request("GET", q, "")
	c.expect(200, `432["`+long+`"]`)
	for _, f := range n.tap.settled() {
		if f.subject != "_ioserver.test.relay1.7.0" && f.subject != "_ioserver.test.relay1.8.0" {
			t.Errorf("said on %s", f.subject)
		}
	}
}

// Ids that nobody who is there has made are refused where they arrive: the bus
// hears nothing of them.
func TestForgedIdsCostNoMessage(t *testing.T) {
	n := beginNodes(t)
	key, stranger := sid.NewKey(n.b.key), sid.NewKey([16]byte{9})
	id := func(k *sid.Key, node uint16, slot uint8) string {
		var random [12]byte
		random[0], random[1] = byte(rand.Uint32()), byte(rand.Uint32())
		return "&sid=" + string(k.Append(nil, sid.EngineIO, sid.Home{Node: node, Slot: slot}, random))
	}
	before := len(n.tap.settled())
	c := n.a.connect(0, time.Now())
	for range 200 {
		for _, q := range []string{
			"&sid=AAAAAAAAAAAAAAAAAAAAAAAAAAAA",
			id(stranger, 8, 0), // forged
			id(key, 8, 1),      // of a worker that is not there
			id(key, 8, 200),
			id(key, 9, 0), // of a node that is not
			id(stranger, 7, 1),
		} {
			c.request("GET", q, "")
			c.expect(400, unknownSID)
		}
	}
	if after := len(n.tap.settled()); after != before {
		t.Errorf("%d messages", after-before)
	}
}

// A client that leaves while the other node waits for the session's answer ends
// its session, as if it had been there.
func TestRelayAcrossNodesCancelled(t *testing.T) {
	gone := make(chan string, 10)
	n := beginNodes(t, echo(gone))
	q := n.b.session(0)
	waiting := n.a.poll(0, "GET", q, "")
	n.a.poll(0, "POST", q, `42["none"]`).expect(200, "ok") // behind the poll on the bus
	waiting.Close()
	reason(t, gone, "transport error")
	n.a.poll(0, "GET", q, "").expect(400, unknownSID)
}

// Whoever waits for a worker of another node that died is told at once that the
// session is gone, and so is who comes later.
func TestRelayAcrossNodesOwnerDies(t *testing.T) {
	n := beginNodes(t)
	n.serve(n.b, 1)
	q := n.b.session(1)
	n.relays(q)
	waiting := n.a.poll(0, "GET", q, "")
	n.a.poll(0, "POST", q, `42["none"]`).expect(200, "ok")
	n.b.tell(0, fdpass.Peer{Slot: 1, Life: n.b.slots[1].life})
	waiting.expect(400, unknownSID)
	n.a.poll(0, "GET", q, "").expect(400, unknownSID)
}

// relays returns when a passes the session's requests on.
func (n *nodes) relays(query string) {
	n.t.Helper()
	for late := time.Now().Add(patience); n.a.poll(0, "POST", query, "3").status() != 200; {
		if time.Now().After(late) {
			n.t.Fatal("requests are not relayed")
		}
	}
}

// What a worker of another node that died had asked is given up: its client is
// gone.
func TestRelayAcrossNodesAskerDies(t *testing.T) {
	gone := make(chan string, 10)
	n := beginNodes(t, echo(gone))
	n.serve(n.a, 1)
	q, other := n.b.session(0), n.b.session(0)
	for late := time.Now().Add(patience); n.a.poll(1, "POST", q, `42["none"]`).status() != 200; {
		if time.Now().After(late) {
			t.Fatal("requests are not relayed")
		}
	}
	n.a.poll(1, "GET", q, "")
	n.a.poll(1, "POST", q, `42["none"]`).expect(200, "ok")
	here := n.b.poll(0, "GET", other, "") // waits at home, and goes on waiting
	n.a.tell(0, fdpass.Peer{Slot: 1, Life: n.a.slots[1].life})
	reason(t, gone, "transport error")
	n.b.poll(0, "POST", other, `421["echo"]`).expect(200, "ok")
	here.expect(200, "431[]")
}

// Frames that do not parse, or are for another life, are dropped; the worker goes
// on.
func TestGarbageOnTheBus(t *testing.T) {
	gone := make(chan string, 10)
	n := beginNodes(t, echo(gone))
	q := n.b.session(0)
	n.a.poll(0, "POST", q, `42["none"]`).expect(200, "ok")
	request := n.tap.await(8, kindRequest, 1)
	for _, change := range []func(b []byte) []byte{
		func(b []byte) []byte { return nil },
		func(b []byte) []byte { return b[:20] },
		func(b []byte) []byte { b[0]++; return b },
		func(b []byte) []byte { b[9]++; return b }, // another life
		func(b []byte) []byte { return b[:len(b)-len(b)/3] },
		func(b []byte) []byte { return append([]byte(nil), "garbage"...) },
	} {
		if err := n.tap.Publish(request.subject, change(append([]byte(nil), request.data...))); err != nil {
			t.Fatal(err)
		}
	}
	waiting := n.a.poll(0, "GET", q, "")
	n.a.poll(0, "POST", q, `421["echo","a"]`).expect(200, "ok")
	waiting.expect(200, `431["a"]`)
}

// A piece that is lost on its way ends the request: nothing of it is served.
func TestLostPiece(t *testing.T) {
	n := beginNodes(t)
	q := n.b.session(0)
	n.a.poll(0, "POST", q, `42["`+strings.Repeat("x", 200_000)+`"]`).expect(200, "ok")
	var pieces [][]byte
	for i := range 4 {
		piece := append([]byte(nil), n.tap.await(8, kindRequest, i+n.requestsBefore()).data...)
		pieces = append(pieces, piece)
	}
	answers := n.tap.count(7, kindAnswer)
	for i, p := range pieces {
		p[28] ^= 0xff // another number of the exchange
		if i == 1 {
			continue
		}
		if err := n.tap.Publish("_ioserver.test.relay1.8.0", p); err != nil {
			t.Fatal(err)
		}
	}
	refused := n.tap.await(7, kindAnswer, answers+1)
	if got := refused.data[len(refused.data)-5:]; got[0] != 1 || got[1] != 0xf7 { // 503
		t.Errorf("answered %v", got)
	}
}

// requestsBefore is the number of the first piece of the last request, which has
// four.
func (n *nodes) requestsBefore() int { return n.tap.count(8, kindRequest) - 3 }

func (p *tap) count(node, kind byte) (sum int) {
	for _, f := range p.settled() {
		if f.to(node) && f.data[1] == kind {
			sum++
		}
	}
	return sum
}

// Without a bus a request for another node is answered at once. A poll that
// waits there outlives the interruption, and so does an idle tunnel.
func TestInterruptedBus(t *testing.T) {
	n := beginNodes(t, echo(make(chan string, 10)))
	q, other := n.b.session(0), n.b.session(0)
	waiting := n.a.poll(0, "GET", q, "")
	n.a.poll(0, "POST", q, `42["none"]`).expect(200, "ok") // behind the poll on the bus
	w := n.a.upgrade(0, other, 2)
	w.speaks()
	n.nats.stop()
	c := n.a.connect(0, time.Now())
	for late := time.Now().Add(patience); ; {
		c.request("POST", q, `42["none"]`)
		status := c.status()
		if status == 503 {
			break
		}
		if time.Now().After(late) {
			t.Fatalf("status %d without a bus", status)
		}
	}
	n.nats.start()
	for late := time.Now().Add(patience); n.a.poll(0, "POST", q, `421["echo","a"]`).status() != 200; {
		if time.Now().After(late) {
			t.Fatal("not relayed again")
		}
	}
	waiting.expect(200, `431["a"]`)
	w.write(`427["echo","b"]`)
	w.expect(`437["b"]`)
}

// status reads an answer.
func (c *connection) status() int {
	c.t.Helper()
	res, err := http.ReadResponse(c.r, nil)
	if err != nil {
		c.t.Fatal(err)
	}
	if _, err := io.Copy(io.Discard, res.Body); err != nil {
		c.t.Fatal(err)
	}
	return res.StatusCode
}
