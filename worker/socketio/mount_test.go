package socketio_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"testing"
	"time"

	"github.com/ioserver/ioserver/worker/engineio"
	"github.com/ioserver/ioserver/worker/loop"
	"github.com/ioserver/ioserver/worker/socketio"
	"github.com/valyala/fasthttp"
)

// raw is an application on Engine.IO alone: it echoes.
type raw struct{}

func (raw) Open(*engineio.Session) {}

func (raw) Message(s *engineio.Session, data []byte, binary bool) {
	if !binary {
		s.Send(engineio.NewText(append([]byte(nil), data...)))
	}
}

func (raw) Close(*engineio.Session, engineio.Reason) {}

// Example_mount serves two Socket.IO servers, a raw Engine.IO server and the
// program's own pages on one port and one loop.
func Example_mount() {
	if err := mounted("127.0.0.1:0", page); err != nil {
		fmt.Println(err)
	}
	// Output: a page
}

// page prints what is at /.
func page(addr string) error {
	c := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	resp, err := c.Get("http://" + addr + "/")
	if err != nil {
		return err
	}
	body, err := io.ReadAll(resp.Body)
	fmt.Println(string(body))
	return errors.Join(err, resp.Body.Close())
}

// mounted serves until use has returned.
func mounted(addr string, use func(addr string) error) error {
	events, err := loop.New(loop.Options{})
	if err != nil {
		return err
	}
	looping := make(chan error, 1)
	go func() { looping <- events.Run() }()

	engine := socketio.DefaultEngine()
	public, err := socketio.NewServer(socketio.Options{Loop: events, Engine: engine})
	if err != nil {
		return err
	}
	engine.Path = "/admin.io/"
	engine.MaxHTTPBufferSize = 10_000
	admin, err := socketio.NewServer(socketio.Options{Loop: events, Engine: engine})
	if err != nil {
		return err
	}
	plain, err := engineio.NewServer(events, engineio.DefaultOptions(), raw{})
	if err != nil {
		return err
	}
	admin.Of("/").On("tell", func(s *socketio.Socket, e *socketio.Event) {
		if err := public.Of("/").Emit("told", e.Args()); err != nil {
			fmt.Println(err)
		}
	})

	front := engineio.NewFront(events, engineio.FrontOptions{Fallback: func(ctx *fasthttp.RequestCtx) {
		ctx.WriteString("a page") //nolint:errcheck // writes into memory
	}})
	front.Mount(public.Engine())
	front.Mount(admin.Engine())
	front.Mount(plain)
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return err
	}
	serving := make(chan error, 1)
	go func() { serving <- front.Serve(l) }()

	err = use(l.Addr().String())

	// Clients first, then HTTP, then the loop that both need.
	plain.Shutdown()
	err = errors.Join(err, public.Close(), admin.Close())
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	err = errors.Join(err, front.Close(ctx), <-serving)
	events.Stop()
	return errors.Join(err, <-looping)
}

func TestMounted(t *testing.T) {
	err := mounted("127.0.0.1:0", func(addr string) error {
		public := connect(t, addr)
		admin := &client{t: t, eio: 4, conn: dialRaw(t, "ws://"+addr+"/admin.io/?EIO=4&transport=websocket")}
		admin.next()
		admin.join("/")
		admin.send(`42["tell","x"]`)
		public.expect(`42["told","x"]`)

		plain := &client{t: t, eio: 4, conn: dialRaw(t, "ws://"+addr+"/engine.io/?EIO=4&transport=websocket")}
		plain.next()
		plain.send("4hello")
		plain.expect("4hello")

		page := &poller{t: t, url: "http://" + addr + "/", http: dialHTTP(t, addr)}
		if got := page.get(); got != "a page" {
			t.Errorf("page is %q", got)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}
