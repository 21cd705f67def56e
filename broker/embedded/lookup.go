package embedded

import (
	"context"
	"net"
	"slices"
	"strconv"
	"sync"
	"time"
)

// finding is what a lookup has brought.
type finding struct {
	join, host string
	addresses  []string
	err        error
}

// lookup asks what the names stand for now, each on a goroutine that the group
// waits for: one that nobody answers holds up no other.
func (j *joiner) lookup(ctx context.Context, group *sync.WaitGroup) {
	for _, a := range j.p.Join {
		host, port, err := net.SplitHostPort(a)
		if err != nil || j.asking[a] {
			continue // of errors withDefaults has seen all
		}
		if net.ParseIP(host) != nil {
			j.known[a] = []string{a}
			continue
		}
		j.asking[a] = true
		group.Go(func() {
			within, cancel := context.WithTimeout(ctx, lookupTime)
			defer cancel()
			f := finding{join: a, host: host}
			var ips []string
			ips, f.err = j.p.Lookup(within, host)
			for _, ip := range ips {
				f.addresses = append(f.addresses, net.JoinHostPort(ip, port))
			}
			select {
			case j.found <- f:
			case <-ctx.Done():
			}
		})
	}
}

// learn takes what a name stands for. One that cannot be found stands for what
// it did.
func (j *joiner) learn(f finding, now time.Time) {
	delete(j.asking, f.join)
	if f.err == nil {
		j.quiet.forget("lookup " + f.join)
		j.known[f.join] = f.addresses
		return
	}
	if held, ok := j.quiet.speak("lookup "+f.join, now); ok {
		j.log.Warn("a name to join is not found, trying on", "name", f.host, "error", f.err.Error(), "unsaid", held)
	}
}

// wanted are the addresses to be connected to: all known but this machine's own,
// and such as names have lost while somebody there is connected. The server
// recognizes itself, too, where an address is not seen to be its own.
func (j *joiner) wanted() map[string]bool {
	var all []string
	for _, found := range j.known {
		all = append(all, found...)
	}
	there := make(map[string]bool)
	for _, p := range j.peers {
		there[hostOf(p.address)] = true
	}
	for a := range j.asked {
		if there[hostOf(a)] {
			all = append(all, a)
		}
	}
	slices.Sort(all)
	all = slices.Compact(all)
	own := j.own()
	all = slices.DeleteFunc(all, func(a string) bool { return own[a] })
	if len(all) > maxAsked {
		if held, ok := j.quiet.speak("many", time.Now()); ok {
			j.log.Warn("more addresses to join than are tried", "found", len(all), "tried", maxAsked, "unsaid", held)
		}
		all = all[:maxAsked]
	}
	want := make(map[string]bool, len(all))
	for _, a := range all {
		want[a] = true
	}
	return want
}

// own are the addresses of this machine at which the server listens, as far as
// they can be known: a sandbox may hide them.
func (j *joiner) own() map[string]bool {
	own := make(map[string]bool)
	listens := j.server.ClusterAddr()
	interfaces, err := net.InterfaceAddrs()
	if listens == nil || err != nil {
		return own
	}
	for _, i := range interfaces {
		if n, ok := i.(*net.IPNet); ok && (listens.IP.IsUnspecified() || listens.IP.Equal(n.IP)) {
			own[net.JoinHostPort(n.IP.String(), strconv.Itoa(listens.Port))] = true
		}
	}
	return own
}
