package machines

import (
	"testing"

	"github.com/ioserver/ioserver/e2e/machines/network"
)

// world is three hosts, and a NATS cluster of three servers on machines of their
// own.
type world struct {
	*network.Network
	nats  []*natsServer
	hosts []*host
}

// newWorld makes one in which everybody knows everybody. Each host names the
// NATS servers that choose gives it, by its number.
func newWorld(t *testing.T, choose func(host int, all []*natsServer) []*natsServer, flags ...string) *world {
	t.Helper()
	n := newNetwork(t)
	w := &world{Network: n, nats: natsCluster(t, n, 3)}
	for i, name := range []string{"a", "b", "c"} {
		all := flags
		for _, s := range choose(i, w.nats) {
			all = append(all[:len(all):len(all)], "--nats="+s.url())
		}
		w.hosts = append(w.hosts, runOn(t, machine(t, n, name), all...))
	}
	together(t, w.hosts...)
	return w
}

// clients are what scripts of official clients take: where the hosts serve, and
// addresses to come from.
func (w *world) clients() (urls, addresses []string) {
	for _, h := range w.hosts {
		urls = append(urls, "http://"+h.Node.Addr)
	}
	for i := range versions * len(w.hosts) {
		addresses = append(addresses, w.Client(i))
	}
	return urls, addresses
}

// everyServer names all the NATS servers.
func everyServer(_ int, all []*natsServer) []*natsServer { return all }

// ownServer names another one for each host, which hears of the others there.
func ownServer(host int, all []*natsServer) []*natsServer { return all[host : host+1] }
