package embedded_test

import (
	"context"
	"net"
	"sync/atomic"
	"testing"
)

// TestNameThatIsNotAnswered holds nobody else up: not the addresses that are
// known, nor other names.
func TestNameThatIsNotAnswered(t *testing.T) {
	t.Parallel()
	a, b, c := alone(t).start(t), alone(t).start(t), alone(t)
	hostB, portB, _ := net.SplitHostPort(b.address)
	_, port, _ := net.SplitHostPort(a.address)
	asked := make(chan struct{}, 1)
	c.Peering.Join = []string{"hangs.test:" + port, a.address, "answers.test:" + portB}
	c.Peering.Lookup = func(ctx context.Context, name string) ([]string, error) {
		if name == "answers.test" {
			return []string{hostB}, nil
		}
		select {
		case asked <- struct{}{}:
		default:
		}
		<-t.Context().Done() // whatever the deadline
		return nil, context.Cause(ctx)
	}
	c.start(t)
	<-asked
	c.joined(t, 2)
	whole(t, a, b, c)
}

// TestNameLosesAnAddress: a machine that is connected stays so, one that is gone
// is not tried any more.
func TestNameLosesAnAddress(t *testing.T) {
	t.Parallel()
	hosts := []string{loopback(), loopback(), loopback()}
	port := unused(t, hosts...)
	var all []*machine
	for _, host := range hosts {
		all = append(all, at(t, net.JoinHostPort(host, port)))
	}
	var known atomic.Pointer[[]string]
	known.Store(&hosts)
	all[0].Peering.Join = []string{"machines.test:" + port}
	var lookups atomic.Int64
	all[0].Peering.Lookup = func(context.Context, string) ([]string, error) {
		lookups.Add(1)
		return *known.Load(), nil
	}
	for _, m := range all {
		m.start(t)
	}
	for _, m := range all {
		m.joined(t, 2)
	}
	fewer := hosts[:2]
	known.Store(&fewer)
	before := lookups.Load()
	eventually(t, "the name is looked up again", func() bool { return lookups.Load() >= before+2 })
	whole(t, all...)
	if n := all[0].log.times("a server is gone"); n > 0 {
		t.Errorf("%d connections ended", n)
	}
	all[2].stop()
	all[0].joined(t, 1)
	all[0].log.await(t, "no longer part of configured routes")
}
