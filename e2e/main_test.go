// Package e2e runs official clients and bare sockets against ioserver and
// against the reference. See README.md.
package e2e

import (
	"flag"
	"fmt"
	"os"
	"sync"
	"testing"

	"github.com/ioserver/ioserver/e2e/server"
	"go.uber.org/goleak"
)

var against = flag.String("against", "ioserver", "`server` that must behave as the reference: ioserver, or reference to check the tests themselves")

var app = flag.String("app", "", "`binary` of ./app to test, instead of building it")

func TestMain(m *testing.M) {
	flag.Parse()
	if _, err := os.Stat("node_modules"); err != nil {
		fmt.Fprintln(os.Stderr, "e2e: the packages of package.json are missing: npm ci --ignore-scripts")
		os.Exit(1)
	}
	os.Exit(run(m))
}

func run(m *testing.M) (code int) {
	code = m.Run()
	if err := servers.stop(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	if err := goleak.Find(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return code
}

// servers are shared by the tests: one of a kind and configuration.
var servers pool

// config is a named configuration. Names are unique.
type config struct {
	name string
	server.Options
}

// pool starts servers when they are first asked for.
type pool struct {
	mu      sync.Mutex
	started map[string]*started
	build   sync.Once
	dir     string
	binary  string
	err     error
}

type started struct {
	once sync.Once
	*server.Server
	err error
}

// get returns the server of that kind ("reference" or "ioserver") and
// configuration.
func (p *pool) get(t testing.TB, kind string, c *config) *server.Server {
	t.Helper()
	key := kind + " " + c.name
	p.mu.Lock()
	if p.started == nil {
		p.started = map[string]*started{}
	}
	s := p.started[key]
	if s == nil {
		s = &started{}
		p.started[key] = s
	}
	p.mu.Unlock()
	s.once.Do(func() { s.Server, s.err = p.start(kind, c) })
	if s.err != nil {
		t.Fatalf("%s: %v", key, s.err)
	}
	return s.Server
}

func (p *pool) start(kind string, c *config) (*server.Server, error) {
	if kind == "reference" {
		return server.Start(server.Reference(".", c.Options))
	}
	p.build.Do(func() {
		if p.binary = *app; p.binary != "" {
			return
		}
		if p.dir, p.err = os.MkdirTemp("", "ioserver-e2e-"); p.err == nil {
			p.binary, p.err = server.Build(".", p.dir)
		}
	})
	if p.err != nil {
		return nil, p.err
	}
	return server.Start(server.IOServer(p.binary, c.Options))
}

// stop ends every server. What one of them wrote is shown when it ended badly.
func (p *pool) stop() error {
	var wg sync.WaitGroup
	failed := make(chan error, len(p.started))
	for key, s := range p.started {
		if s.Server == nil {
			continue
		}
		wg.Go(func() {
			if err := s.Stop(); err != nil {
				failed <- fmt.Errorf("%s: %w\n%s", key, err, s.Output())
			}
		})
	}
	wg.Wait()
	if p.dir != "" {
		os.RemoveAll(p.dir)
	}
	select {
	case err := <-failed:
		return err
	default:
		return nil
	}
}
