package machines

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"golang.org/x/net/dns/dnsmessage"

	"github.com/ioserver/ioserver/e2e/machines/network"
)

// clusterName stands for all machines of a cluster.
const clusterName = "machines.test."

// nameServer answers for clusterName, on this machine's address in the network.
type nameServer struct {
	conn net.PacketConn
	mu   sync.Mutex
	all  []netip.Addr
	wg   sync.WaitGroup
}

func serveNames(t *testing.T, n *network.Network) *nameServer {
	t.Helper()
	conn, err := net.ListenPacket("udp4", n.Own()+":53")
	if err != nil {
		t.Fatal(err)
	}
	s := &nameServer{conn: conn}
	s.wg.Go(s.run)
	t.Cleanup(func() {
		conn.Close()
		s.wg.Wait()
	})
	return s
}

// stand makes the name stand for these machines.
func (s *nameServer) stand(machines ...*network.Machine) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.all = nil
	for _, m := range machines {
		s.all = append(s.all, netip.MustParseAddr(m.Addr))
	}
}

func (s *nameServer) run() {
	b := make([]byte, 4096)
	for {
		n, from, err := s.conn.ReadFrom(b)
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if answer := s.answer(b[:n]); err == nil && answer != nil {
			_, _ = s.conn.WriteTo(answer, from) // who has not got it asks again
		}
	}
}

// answer is what a question gets: addresses of IPv4 are all that there is.
func (s *nameServer) answer(question []byte) []byte {
	var m dnsmessage.Message
	if err := m.Unpack(question); err != nil || len(m.Questions) != 1 {
		return nil
	}
	q := m.Questions[0]
	a := dnsmessage.Message{Header: dnsmessage.Header{ID: m.ID, Response: true, Authoritative: true}, Questions: m.Questions}
	s.mu.Lock()
	defer s.mu.Unlock()
	if q.Name.String() != clusterName || len(s.all) == 0 {
		a.RCode = dnsmessage.RCodeNameError
	} else if q.Type == dnsmessage.TypeA {
		for _, addr := range s.all {
			head := dnsmessage.ResourceHeader{Name: q.Name, Type: q.Type, Class: q.Class, TTL: 1}
			a.Answers = append(a.Answers, dnsmessage.Resource{Header: head, Body: &dnsmessage.AResource{A: addr.As4()}})
		}
	}
	b, err := a.Pack()
	if err != nil {
		return nil
	}
	return b
}

// asking makes a program that asks the network's name server, in the machine's
// namespace: `ip netns exec` gives it a resolv.conf of its own.
func asking(t *testing.T, n *network.Network, m *network.Machine) string {
	t.Helper()
	etc := filepath.Join("/etc/netns", m.Namespace)
	script := filepath.Join(t.TempDir(), "ioserver")
	t.Cleanup(func() { os.RemoveAll(etc) })
	err := errors.Join(
		os.MkdirAll(etc, 0o755),
		os.WriteFile(filepath.Join(etc, "resolv.conf"), []byte("nameserver "+n.Own()+"\noptions timeout:1 attempts:2\n"), 0o644),
		os.WriteFile(script, []byte(fmt.Sprintf("#!/bin/sh\nexec ip netns exec %s %s \"$@\"\n", m.Namespace, program)), 0o755),
	)
	if err != nil {
		t.Fatal(err)
	}
	return script
}

// TestNameStandsForMachines: all machines are told one name. They find each other
// by it when it gets addresses, also that of one that is added; and one that is
// lost is not tried for ever.
func TestNameStandsForMachines(t *testing.T) {
	t.Parallel()
	w := &world{Network: newNetwork(t)}
	names, secret := serveNames(t, w.Network), secretFile(t, "a secret of three machines")
	var machines []*network.Machine
	begin := func(name string) *host {
		m := machine(t, w.Network, name)
		machines = append(machines, m)
		flags := append(peering(secret), fmt.Sprintf("--cluster-join=%s:%d", clusterName, clusterPort))
		return runProgram(t, asking(t, w.Network, m), m, flags...)
	}
	for _, name := range []string{"a", "b", "c"} {
		w.hosts = append(w.hosts, begin(name)) // there is no such name yet
		together(t, w.hosts[len(w.hosts)-1])
	}
	names.stand(machines...)
	together(t, w.hosts...)
	c := gatherOfficial(t, w.Network, allWays, w.hosts...)
	c.hear(10, 0, 1, 2)

	w.hosts = append(w.hosts, begin("d"))
	names.stand(machines...)
	together(t, w.hosts...)
	for _, h := range w.hosts {
		h.routed(3)
	}
	there := connect(t, w.Network, w.hosts[3], websocket, 100)
	joins(t, there, "room")
	for i, h := range w.hosts[:3] {
		tells(t, connect(t, w.Network, h, websocket, 101+i), "room", h.Name, 1)
		if !there.Heard(within(t, patience).Done(), h.Name, 1) {
			t.Errorf("what %s says to the room is lost", h.Name)
		}
	}
	there.Close()

	lost := w.hosts[3]
	if err := errors.Join(lost.Cut(), lost.Kill()); err != nil {
		t.Fatal(err)
	}
	names.stand(machines[:3]...)
	began := time.Now()
	together(t, w.hosts[:3]...)
	t.Logf("forgotten after %v", time.Since(began).Round(100*time.Millisecond))
	for _, h := range w.hosts[:3] {
		h.routed(2)
	}
	c.hear(10, 0, 1, 2)
	c.end()
}
