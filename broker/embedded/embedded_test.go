package embedded_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"go.uber.org/goleak"

	"github.com/ioserver/ioserver/broker/embedded"
)

const patience = 10 * time.Second

func TestMain(m *testing.M) {
	if os.Getenv(childEnv) != "" {
		child()
		return
	}
	goleak.VerifyTestMain(m)
}

func config() embedded.Config {
	return embedded.Config{
		Cluster:     "test",
		Internal:    embedded.NewCredential("internal"),
		Application: embedded.NewCredential("application"),
	}
}

// run starts a server; stop ends it and waits.
func run(t *testing.T, c embedded.Config) (url string, stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	ready, done := make(chan string, 1), make(chan error, 1)
	go func() { done <- embedded.Run(ctx, c, func(url string) { ready <- url }) }()
	stop = sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("run: %v", err)
		}
	})
	t.Cleanup(stop)
	select {
	case url = <-ready:
	case err := <-done:
		t.Fatalf("run: %v", err)
	case <-time.After(patience):
		t.Fatal("not ready")
	}
	return url, stop
}

// connect is a NATS client.
func connect(t *testing.T, url string, c embedded.Credential) *nats.Conn {
	t.Helper()
	nc, err := nats.Connect(url, nats.UserInfo(c.User, c.Secret), nats.NoReconnect(),
		nats.ErrorHandler(func(*nats.Conn, *nats.Subscription, error) {})) // LastError tells
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(nc.Close)
	return nc
}

func TestBadConfig(t *testing.T) {
	for name, spoil := range map[string]func(*embedded.Config){
		"cluster":     func(c *embedded.Config) { c.Cluster = "a.b" },
		"no cluster":  func(c *embedded.Config) { c.Cluster = "" },
		"port":        func(c *embedded.Config) { c.Port = 70000 },
		"payload":     func(c *embedded.Config) { c.MaxPayload = 9 << 20 },
		"pending":     func(c *embedded.Config) { c.MaxPending = 1000 },
		"no secret":   func(c *embedded.Config) { c.Internal.Secret = "" },
		"short":       func(c *embedded.Config) { c.Application.Secret = "123456" },
		"no user":     func(c *embedded.Config) { c.Internal.User = "" },
		"same user":   func(c *embedded.Config) { c.Application.User = c.Internal.User },
		"many things": func(c *embedded.Config) { *c = embedded.Config{} },
	} {
		t.Run(name, func(t *testing.T) {
			c := config()
			spoil(&c)
			err := embedded.Run(context.Background(), c, func(string) { t.Error("ready") })
			if err == nil || strings.Contains(err.Error(), "\n") {
				t.Errorf("error %v", err)
			}
		})
	}
}

// TestPort: the preferred port is taken when free, and again after a restart;
// when it is not, another one serves.
func TestPort(t *testing.T) {
	url, stop := run(t, config())
	stop()
	_, port, err := net.SplitHostPort(strings.TrimPrefix(url, "nats://"))
	if err != nil {
		t.Fatal(err)
	}
	c := config()
	fmt.Sscan(port, &c.Port)
	again, stop := run(t, c)
	if again != url {
		t.Errorf("came back at %s instead of %s", again, url)
	}
	connect(t, again, c.Internal) // its socket lingers over the restart
	stop()
	again, _ = run(t, c)
	if again != url {
		t.Errorf("came back at %s instead of %s", again, url)
	}
	other, _ := run(t, c)
	if other == url {
		t.Error("two servers on one port")
	}
	connect(t, other, c.Internal)
}

// TestOneListener scans: all that this process listens on is the one port, on
// loopback, over TCP.
func TestOneListener(t *testing.T) {
	before := listeners(t)
	url, _ := run(t, config())
	after := listeners(t)
	for l := range before {
		delete(after, l)
	}
	if len(after) != 1 || !after["tcp "+strings.TrimPrefix(url, "nats://")] {
		t.Errorf("listening on %v, url %s", after, url)
	}
}

// listeners are the sockets of this process that accept something.
func listeners(t *testing.T) map[string]bool {
	t.Helper()
	fds, err := filepath.Glob("/proc/self/fd/*")
	if err != nil {
		t.Fatal(err)
	}
	inodes := map[string]bool{}
	for _, fd := range fds {
		if link, err := os.Readlink(fd); err == nil && strings.HasPrefix(link, "socket:[") {
			inodes[strings.Trim(link, "socket:[]")] = true
		}
	}
	found := map[string]bool{}
	for _, proto := range []string{"tcp", "tcp6", "udp", "udp6"} {
		table, err := os.ReadFile("/proc/self/net/" + proto)
		if err != nil {
			continue
		}
		for _, line := range strings.Split(string(table), "\n")[1:] {
			f := strings.Fields(line)
			if len(f) < 10 || !inodes[f[9]] {
				continue
			}
			if listen := f[3] == "0A"; listen || strings.HasPrefix(proto, "udp") {
				found[proto+" "+address(f[1])] = true
			}
		}
	}
	return found
}

// address decodes an IPv4 address of /proc/net/tcp.
func address(hex string) string {
	var a, b, c, d byte
	var port int
	if n, _ := fmt.Sscanf(hex, "%02X%02X%02X%02X:%04X", &d, &c, &b, &a, &port); n != 5 || len(hex) != 13 {
		return hex
	}
	return fmt.Sprintf("%d.%d.%d.%d:%d", a, b, c, d, port)
}

func TestCredentials(t *testing.T) {
	c := config()
	url, _ := run(t, c)
	for name, wrong := range map[string]embedded.Credential{
		"none":         {},
		"secret":       {User: c.Internal.User, Secret: c.Application.Secret},
		"empty secret": {User: c.Internal.User},
		"user":         {User: "root", Secret: c.Internal.Secret},
	} {
		nc, err := nats.Connect(url, nats.UserInfo(wrong.User, wrong.Secret))
		if !errors.Is(err, nats.ErrAuthorization) {
			t.Errorf("%s: %v", name, err)
		}
		if nc != nil {
			nc.Close()
		}
	}
	connect(t, url, c.Internal)
	connect(t, url, c.Application)
}
