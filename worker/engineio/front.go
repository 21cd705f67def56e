package engineio

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"runtime/debug"
	"strings"
	"sync"
	"time"

	"github.com/ioserver/ioserver/worker/loop"
	"github.com/valyala/fasthttp"
)

// FrontOptions configure a [Front].
type FrontOptions struct {
	// Fallback serves what no mounted server does; nil answers 404.
	Fallback fasthttp.RequestHandler
	// Logger is nil for slog.Default.
	Logger *slog.Logger
}

// Front reads HTTP for the servers mounted on it, each at its own path, and
// takes back the connections that waited on the loop. Several servers and an
// HTTP handler of the program's own can share one.
type Front struct {
	loop     *loop.Loop
	http     *fasthttp.Server
	fallback fasthttp.RequestHandler
	logger   *slog.Logger
	servers  []*Server

	mu      sync.Mutex
	closing bool
	serving map[net.Conn]bool // whether a request is under way
	accepts map[net.Listener]struct{}
	wg      sync.WaitGroup // a connection that is read, and each Serve
}

// NewFront returns a front for servers of that loop.
func NewFront(l *loop.Loop, o FrontOptions) *Front {
	f := &Front{
		loop:     l,
		fallback: o.Fallback,
		logger:   o.Logger,
		serving:  make(map[net.Conn]bool),
		accepts:  make(map[net.Listener]struct{}),
	}
	if f.logger == nil {
		f.logger = slog.Default()
	}
	if f.fallback == nil {
		f.fallback = func(ctx *fasthttp.RequestCtx) { ctx.Error("Not Found", fasthttp.StatusNotFound) }
	}
	f.http = &fasthttp.Server{
		Handler:               f.handle,
		ErrorHandler:          refuseBadHTTP,
		HeaderReceived:        f.limits,
		ReadBufferSize:        headerBytes,
		ReadTimeout:           headDeadline,
		WriteTimeout:          answerDeadline,
		IdleTimeout:           idleDeadline,
		NoDefaultServerHeader: true,
		NoDefaultContentType:  true,
		KeepHijackedConns:     true,
		CloseOnShutdown:       true,
		ReduceMemoryUsage:     true,
		Logger:                httpLog{f.logger},
		ConnState:             f.note,
	}
	return f
}

// Mount adds a server, before the front serves. It panics where the path is
// taken.
func (f *Front) Mount(s *Server) {
	for _, other := range f.servers {
		if other.options.Path == s.options.Path {
			panic("engineio: two servers at " + s.options.Path)
		}
	}
	s.front = f
	f.servers = append(f.servers, s)
}

// mounted returns the server with the longest path that begins the URI.
func (f *Front) mounted(uri []byte) *Server {
	var found *Server
	for _, s := range f.servers {
		if strings.HasPrefix(string(uri), s.options.Path) && (found == nil || len(s.options.Path) > len(found.options.Path)) {
			found = s
		}
	}
	return found
}

func (f *Front) handle(ctx *fasthttp.RequestCtx) {
	defer func() {
		if p := recover(); p != nil {
			f.logger.Error("panic in a request", "uri", string(ctx.RequestURI()), "panic", p, "stack", string(debug.Stack()))
			ctx.Response.Reset()
			ctx.SetConnectionClose()
			ctx.Error("Internal Server Error", fasthttp.StatusInternalServerError)
		}
	}()
	if h := &ctx.Request.Header; !ctx.IsPost() && (h.ContentLength() > 0 || len(h.Peek("Transfer-Encoding")) > 0) {
		// fasthttp leaves the body of a GET unread, and would take it for the
		// next request.
		ctx.SetConnectionClose()
	}
	if s := f.mounted(ctx.RequestURI()); s != nil {
		s.HandleRequest(ctx)
		return
	}
	f.fallback(ctx)
}

// limits bounds a body by the path that it is for.
func (f *Front) limits(h *fasthttp.RequestHeader) fasthttp.RequestConfig {
	c := fasthttp.RequestConfig{ReadTimeout: bodyDeadline}
	if s := f.mounted(h.RequestURI()); s != nil {
		c.MaxRequestBodySize = s.options.MaxHTTPBufferSize
	}
	return c
}

// refuseBadHTTP answers what is no request that can be served.
func refuseBadHTTP(ctx *fasthttp.RequestCtx, err error) {
	status := fasthttp.StatusBadRequest
	var small *fasthttp.ErrSmallBuffer
	var network net.Error
	switch {
	case errors.Is(err, fasthttp.ErrBodyTooLarge):
		status = fasthttp.StatusRequestEntityTooLarge
	case errors.As(err, &small):
		status = fasthttp.StatusRequestHeaderFieldsTooLarge
	case errors.As(err, &network) && network.Timeout():
		status = fasthttp.StatusRequestTimeout
	}
	ctx.Response.Reset()
	ctx.SetConnectionClose()
	ctx.SetStatusCode(status)
}

// Serve accepts connections until the listener or the front is closed. It owns
// the listener.
func (f *Front) Serve(l net.Listener) error {
	f.mu.Lock()
	if f.closing {
		f.mu.Unlock()
		return errors.Join(net.ErrClosed, l.Close())
	}
	f.accepts[l] = struct{}{}
	f.wg.Add(1)
	f.mu.Unlock()
	defer f.wg.Done()
	for {
		c, err := l.Accept()
		if err != nil {
			f.mu.Lock()
			delete(f.accepts, l)
			closing := f.closing
			f.mu.Unlock()
			if closing {
				return nil
			}
			return fmt.Errorf("accept on %s: %w", l.Addr(), errors.Join(err, l.Close()))
		}
		f.ServeConn(c)
	}
}

// ServeConn serves a connection on a goroutine of the front's, and owns it.
func (f *Front) ServeConn(c net.Conn) {
	f.run(c, func() { f.serve(c) })
}

// ServeFD serves the connection of a non-blocking descriptor, which it owns,
// behind bytes that were read from it before.
func (f *Front) ServeFD(fd int, unread []byte, local, remote net.Addr) {
	f.ServeConn(newConn(fd, unread, local, remote))
}

// run is a goroutine that works on c until Close.
func (f *Front) run(c net.Conn, work func()) {
	f.mu.Lock()
	if f.closing {
		f.mu.Unlock()
		_ = c.Close()
		return
	}
	f.serving[c] = false
	f.wg.Add(1)
	f.mu.Unlock()
	go func() {
		defer f.wg.Done()
		work()
		f.mu.Lock()
		delete(f.serving, c)
		f.mu.Unlock()
	}()
}

func (f *Front) serve(c net.Conn) {
	if err := f.http.ServeConn(c); err != nil {
		f.logger.Debug("connection ended", "remote", c.RemoteAddr(), "error", err)
	}
}

// note keeps who is in the middle of a request, whom Close lets finish.
func (f *Front) note(c net.Conn, state fasthttp.ConnState) {
	if state != fasthttp.StateActive && state != fasthttp.StateIdle {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if _, ok := f.serving[c]; ok {
		f.serving[c] = state == fasthttp.StateActive
	}
	if f.closing && state == fasthttp.StateIdle {
		_ = c.Close()
	}
}

// resume writes the answer to a request that waited on the loop, and serves
// what follows on its connection.
func (f *Front) resume(h *held, fd int, unread []byte) {
	r := h.request
	c := newConn(fd, unread, nil, r.head.Remote)
	f.run(c, func() {
		if h.answer.Refusal != nil {
			r.server.note(r.head, h.answer.Refusal)
		}
		if err := f.writeAnswer(c, h); err != nil || !h.keepAlive {
			_ = c.Close()
			return
		}
		f.serve(c)
	})
}

func (f *Front) writeAnswer(c net.Conn, h *held) error {
	resp := fasthttp.AcquireResponse()
	defer fasthttp.ReleaseResponse(resp)
	resp.Header.SetNoDefaultContentType(true)
	h.answer.write(resp, &h.request.server.options, h.request.head, &h.request.lines)
	if !h.keepAlive {
		resp.SetConnectionClose()
	}
	if err := c.SetWriteDeadline(time.Now().Add(answerDeadline)); err != nil {
		return err
	}
	w := bufio.NewWriterSize(c, 2048)
	if err := resp.Write(w); err != nil {
		return err
	}
	return w.Flush()
}

// Close stops accepting, lets requests under way be answered until ctx ends,
// closes every connection and waits for the goroutines. Connections that wait
// on the loop are the servers' to end, with [Server.Shutdown].
func (f *Front) Close(ctx context.Context) error {
	f.mu.Lock()
	f.closing = true
	for l := range f.accepts {
		_ = l.Close()
	}
	for c, active := range f.serving {
		if !active {
			_ = c.Close()
		}
	}
	f.mu.Unlock()
	ended := make(chan struct{})
	go func() { f.wg.Wait(); close(ended) }()
	select {
	case <-ended:
		return nil
	case <-ctx.Done():
	}
	f.mu.Lock()
	for c := range f.serving {
		_ = c.Close()
	}
	f.mu.Unlock()
	<-ended
	return ctx.Err()
}

// httpLog passes fasthttp's remarks on.
type httpLog struct{ logger *slog.Logger }

// Printf takes one remark.
func (l httpLog) Printf(format string, args ...any) {
	l.logger.Debug("http: " + fmt.Sprintf(format, args...))
}
