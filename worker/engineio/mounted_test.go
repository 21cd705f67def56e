package engineio_test

import (
	"net"
	"sync"
	"testing"

	"github.com/ioserver/ioserver/worker/engineio"
	"github.com/ioserver/ioserver/worker/loop"
	"github.com/valyala/fasthttp"
)

// mounted is an engine whose server is a handler of an HTTP server that is not
// ours.
func mounted(t *testing.T, router engineio.Router) *engine {
	t.Helper()
	l, err := loop.New(loop.Options{Logger: quiet()})
	if err != nil {
		t.Fatal(err)
	}
	e := &engine{app: newApp(), loop: l}
	o := engineio.DefaultOptions()
	o.Logger, o.Router = quiet(), router
	if e.server, err = engineio.NewServer(l, o, e.app); err != nil {
		t.Fatal(err)
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	e.addr = ln.Addr().String()
	http := &fasthttp.Server{Handler: e.server.HandleRequest, Logger: discard{}, CloseOnShutdown: true, MaxIdleWorkerDuration: soon}
	var wg sync.WaitGroup
	wg.Add(2)
	go func() { defer wg.Done(); _ = l.Run() }()
	go func() { defer wg.Done(); _ = http.Serve(ln) }()
	t.Cleanup(func() {
		e.server.Shutdown()
		l.Stop()
		if err := http.Shutdown(); err != nil {
			t.Error(err)
		}
		wg.Wait()
	})
	return e
}

type discard struct{}

func (discard) Printf(string, ...any) {}

// TestMounted on a plain fasthttp server everything works; a poll keeps its
// goroutine.
func TestMounted(t *testing.T) {
	e := mounted(t, nil)
	p := e.polling(t, "EIO=4")
	p.get()
	p.post("4a\x1ebAQID")
	p.poll.expect(200, "4a\x1ebAQID")
	p.poll.write(head("POST", p.q, "4b") + "4b" + head("GET", p.q, "")) // pipelined
	p.poll.expect(200, "ok")
	p.poll.expect(200, "4b")
	p.poll.get("EIO=4&transport=polling&sid=abc")
	p.poll.expect(400, unknownSID)

	s := p.upgrading()
	s.raw(text("2probe"), text("5"), text("4d"))
	s.expect("3probe")
	s.expect("4d")
	_ = s.Close()
	e.awaitClose(t, "transport close")

	s = e.openSocket(t, "EIO=3")
	s.text("4e")
	s.expect("4e")

	p = e.polling(t, "EIO=4") // a POST that is held back
	e.on(t, p.session.Pause)
	p.send.post(p.q, "4f")
	p.poll.get(p.q)
	p.poll.expect(200, "4f")
	e.on(t, p.session.Resume)
	p.send.expect(200, "ok")

	p.get()
	e.server.Shutdown()
	p.poll.expect(200, "1")
	s.closes(1001)
}

func TestMountedStops(t *testing.T) {
	e := mounted(t, nil)
	p := e.polling(t, "EIO=4")
	p.get()
	e.loop.Stop()
	p.poll.expect(503, "")
	p.send.get("EIO=4&transport=polling")
	p.send.expect(503, "")
}
