package main

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"net/netip"
	"time"

	"github.com/ioserver/ioserver/e2e/figures/lean"
)

const (
	forgedRate     = 10_000 // a second
	forgedLength   = 10 * time.Second
	forgers        = 64
	forgedBystands = 200
	bystandRate    = 100 // acknowledgements a second, all the while
)

// forged sends polls with ids that look right, while clients that are there go on
// asking; and compares with as long a time without them.
func forged(b *bench) error {
	t, err := b.demo(b.count(8, 2))
	if err != nil {
		return err
	}
	if err := restful(b); err != nil { // workers greet each other
		return err
	}
	f, err := b.open(lean.Options{Target: t.addr, Clients: b.count(forgedBystands, 10), Sources: lean.Sources(64)})
	if err != nil {
		return err
	}
	fakes := newForgers(f, t.addr)
	defer fakes.close()
	var took [2]lean.Latencies
	var bus [2]float64
	var spent [2]time.Duration
	for i := range took {
		if bus[i], err = busOf(t); err != nil {
			return err
		}
		spent[i], err = t.spent(func() (err error) {
			took[i], err = fakes.phase(i == 1, b.span(forgedLength))
			return err
		})
		if err != nil {
			return err
		}
		after, err := busOf(t)
		if err != nil {
			return err
		}
		bus[i] = after - bus[i]
	}
	if err := f.Whole(); err != nil {
		return err
	}
	rate := float64(fakes.answered) / b.span(forgedLength).Seconds()
	b.tell(figure{name: "bus messages", value: bus[1], unit: "", yard: "without forged ids", yardValue: bus[0], how: beyond, target: 0})
	b.tell(figure{name: "forged ids refused a second", value: rate, unit: "/s", how: alone, open: true})
	b.tell(figure{name: "CPU of one", value: microseconds(spent[1]-spent[0]) / float64(fakes.answered), unit: "µs", how: alone, open: true})
	b.tell(figure{name: "sessions' p99 meanwhile", value: milliseconds(took[1].At(.99)), unit: "ms", yard: "without", yardValue: milliseconds(took[0].At(.99)), how: ratio, open: true})
	b.tell(figure{name: "sessions lost", value: float64(f.Lost), unit: "", how: alone, target: 0})
	return nil
}

// busOf counts messages between workers.
func busOf(t *target) (float64, error) {
	<-time.After(told)
	published, err1 := t.metric("ioserver_bus_published_total", "")
	asked, err2 := t.metric("ioserver_relays_asked_total", "")
	handed, err3 := t.metric("ioserver_handovers_total", "")
	return published + asked + handed, errors.Join(err1, err2, err3)
}

// forging is who sends forged ids, beside clients that are what they say.
type forging struct {
	fleet    *lean.Fleet
	conns    []*lean.HTTP
	answered int
	wrong    int
	head     string
	real     []byte // the bytes of an id that is somebody's
}

func newForgers(f *lean.Fleet, to netip.AddrPort) *forging {
	g := &forging{fleet: f, head: " HTTP/1.1\r\nHost: " + to.String() + "\r\n\r\n"}
	g.real, _ = base64.RawURLEncoding.DecodeString(f.Clients[0].SID) // a wrong one is refused the same
	for _, a := range lean.Sources(forgers) {
		h := f.NewHTTP(a, to)
		h.OnAnswer = func(status int, _ []byte) {
			g.answered++
			if status != 400 {
				g.wrong++
			}
		}
		g.conns = append(g.conns, h)
	}
	return g
}

func (g *forging) close() {
	for _, h := range g.conns {
		h.Close()
	}
}

// request asks with an id of a worker that there is: made up, or somebody's with
// another signature.
func (g *forging) request(i int) []byte {
	id := make([]byte, 21)
	_, _ = rand.Read(id) // never fails
	copy(id, g.real[:2])
	id[2] = byte(i % 8)
	if i%2 == 0 {
		copy(id[2:15], g.real[2:])
	}
	return []byte("GET /socket.io/?EIO=4&transport=polling&sid=" + base64.RawURLEncoding.EncodeToString(id) + g.head)
}

// phase has the clients ask, and where said the others forge: as many a second as
// they are to, and those that no connection was free for are made up for.
func (g *forging) phase(attack bool, length time.Duration) (took lean.Latencies, err error) {
	f, open, every := g.fleet, 0, forgedRate/bystandRate
	due := make([]int64, len(f.Clients))
	f.OnAck = func(c *lean.Client, _ []byte) {
		open--
		took = append(took, lean.Clock()-due[c.Index])
		due[c.Index] = 0
	}
	defer func() { f.OnAck = nil }()
	asked, missed := 0, 0
	err = f.Pace(forgedRate, length, func(i int, at int64) {
		if c := f.Clients[i/every%len(f.Clients)]; i%every == 0 && due[c.Index] == 0 {
			due[c.Index] = at
			open++
			c.Ask(echo)
		}
		if !attack {
			return
		}
		for missed++; missed > 0; missed-- {
			h := g.free()
			if h == nil {
				return
			}
			h.Send(g.request(asked))
			asked++
		}
	})
	if err == nil {
		err = f.Until(patience, func() bool { return open == 0 && (!attack || g.answered >= asked) || f.Lost+g.wrong > 0 })
	}
	if err == nil && g.wrong > 0 {
		err = fmt.Errorf("%d forged ids answered otherwise than with 400", g.wrong)
	}
	return took, err
}

func (g *forging) free() *lean.HTTP {
	for i, h := range g.conns {
		if !h.Busy() {
			// the next one in turn
			g.conns = append(append(g.conns[:i:i], g.conns[i+1:]...), h)
			return h
		}
	}
	return nil
}
