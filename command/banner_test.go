package command

import (
	"strings"
	"testing"
	"time"

	"github.com/ioserver/ioserver/master"
)

func TestBanner(t *testing.T) {
	for _, c := range []struct {
		args, addresses []string
		want            []string
	}{
		{nil, []string{"127.0.0.1:3000"}, []string{
			"ioserver unknown serves /socket.io/ on 127.0.0.1:3000", "8 workers by remote-address, bus: embedded NATS, ready in 75ms",
		}},
		{[]string{"--demo", "--path=/x/", "--balance=round-robin"}, []string{"unix:/run/s", "[::]:3000", "10.0.0.1:80"}, []string{
			"ioserver unknown serves /x/ on unix:/run/s, [::]:3000, 10.0.0.1:80", "8 workers by round-robin, bus: embedded NATS, ready in 75ms",
			"demo: http://localhost:3000/",
		}},
		{[]string{"--demo", "--nats=nats://u:secret@bus.example:4222", "--nats=tls://[::1]:4223"}, []string{"[2001:db8::1]:80"}, []string{
			"ioserver unknown serves /socket.io/ on [2001:db8::1]:80", "8 workers by remote-address, bus: nats://bus.example:4222,tls://[::1]:4223, ready in 75ms",
			"demo: http://[2001:db8::1]:80/",
		}},
		{[]string{"--demo"}, []string{"unix:/run/s"}, []string{
			"ioserver unknown serves /socket.io/ on unix:/run/s", "8 workers by remote-address, bus: embedded NATS, ready in 75ms",
		}},
	} {
		var b strings.Builder
		parse(t, c.args...).banner(&b, master.Started{Addresses: c.addresses, Workers: 8, Took: 75_123 * time.Microsecond})
		if want := strings.Join(c.want, "\n") + "\n"; b.String() != want {
			t.Errorf("%q:\n%s\nwant:\n%s", c.args, b.String(), want)
		}
	}
	var b strings.Builder
	parse(t).banner(&b, master.Started{Workers: 1})
	if !strings.Contains(b.String(), "\n1 worker by ") {
		t.Error(b.String())
	}
}
