package master

import (
	"fmt"
	"io"
	"net"
	"testing"
	"time"

	"github.com/ioserver/ioserver/fdpass/scoreboard"
)

// proxied connects as a proxy that names its client.
func (m *running) proxied(t *testing.T, header, request string) net.Conn {
	t.Helper()
	c, err := net.DialTimeout("tcp", m.Addresses[0], patience)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	_ = c.SetDeadline(time.Now().Add(patience))
	if _, err := io.WriteString(c, header+request); err != nil {
		t.Fatal(err)
	}
	return c
}

// Behind a trusted proxy the limit is its clients', by PROXY header or by the balance's; what is the proxy's own counts for nobody.
func TestPerAddressLimitBehindProxies(t *testing.T) {
	plain := "GET / HTTP/1.1\r\nHost: h\r\n\r\n"
	for name, c := range map[string]struct {
		options Options
		client  func(address string) (header, request string)
	}{
		"PROXY": {Options{ProxyProtocol: true}, func(address string) (string, string) {
			if address == "" {
				return "PROXY UNKNOWN\r\n", plain
			}
			return fmt.Sprintf("PROXY TCP4 %s 127.0.0.1 1 2\r\n", address), plain
		}},
		"header": {Options{Balance: Header}, func(address string) (string, string) {
			if address == "" {
				return "", plain
			}
			return "", "GET / HTTP/1.1\r\nHost: h\r\nX-Forwarded-For: " + address + "\r\n\r\n"
		}},
	} {
		t.Run(name, func(t *testing.T) {
			f, o := &fakeSystem{t: t}, c.options
			o.Workers, o.TrustedProxies, o.Limits = 1, []string{"127.0.0.1"}, Limits{PerAddress: 2}
			o.Worker = marshal(t, testConfig{NeverReceive: true})
			m := begin(t, o, f.system(), nil)
			k, passed := keep(t, m, f, 0), uint64(0)
			knock := func(address string) net.Conn {
				header, request := c.client(address)
				return m.proxied(t, header, request)
			}
			let := func(address string) {
				t.Helper()
				knock(address)
				passed++
				m.counted(t, "passed", m.counter(scoreboard.Passed), passed)
				k.take()
			}
			for range 2 {
				let("192.0.2.1")
			}
			m.turnedAway(t, knock("192.0.2.1"), scoreboard.RefusedSite)
			let("192.0.2.2")
			for range 4 {
				let("")
			}
			k.end()
			let("192.0.2.1")
			m.turnedAway(t, knock("192.0.2.1"), scoreboard.RefusedSite)
		})
	}
}
