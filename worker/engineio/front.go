package engineio

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"runtime/debug"
	"sync"

	"github.com/ioserver/ioserver/worker/loop"
	"github.com/valyala/fasthttp"
)

// FrontOptions configure a [Front].
type FrontOptions struct {
	// First looks at requests before the mounted servers do, but for those to a
	// session at a server's path itself, and reports whether it has answered. An answer below the path of a server gets that
	// server's CORS headers. It is called from many goroutines.
	First func(*fasthttp.RequestCtx) bool
	// Fallback serves what no mounted server does; nil answers 404.
	Fallback fasthttp.RequestHandler
	// Watch hears of descriptors; nil: nobody does.
	Watch *Watch
	// Logger is nil for slog.Default.
	Logger *slog.Logger
}

// Front reads HTTP for the servers mounted on it, each at its own path, and
// takes back the connections that the loop does not keep. Several servers and an
// HTTP handler of the program's own can share one.
type Front struct {
	loop      *loop.Loop
	http      *fasthttp.Server
	first     func(*fasthttp.RequestCtx) bool
	fallback  fasthttp.RequestHandler
	logger    *slog.Logger
	watch     *Watch
	deadlines deadlines
	servers   []*Server

	mu      sync.Mutex
	closing bool              // nothing new is served
	cut     bool              // nothing at all is
	serving map[net.Conn]bool // whether a request is under way
	accepts map[net.Listener]struct{}
	away    int            // connections that the loop keeps
	quiet   chan struct{}  // once closing: closed when nothing is under way
	wg      sync.WaitGroup // a connection that is read, and each Serve

	// The rest belongs to the loop.
	plain    plainHTTP
	kept     map[*keptConn]struct{}
	draining bool // Close has been called
}

// NewFront returns a front for servers of that loop.
func NewFront(l *loop.Loop, o FrontOptions) *Front {
	f := &Front{
		loop:      l,
		first:     o.First,
		fallback:  o.Fallback,
		logger:    o.Logger,
		watch:     o.Watch,
		deadlines: deadlines{head: headDeadline, body: bodyDeadline, answer: answerDeadline, idle: idleDeadline},
		serving:   make(map[net.Conn]bool),
		accepts:   make(map[net.Listener]struct{}),
		kept:      make(map[*keptConn]struct{}),
	}
	f.plain.front = f
	if f.logger == nil {
		f.logger = slog.Default()
	}
	if f.fallback == nil {
		f.fallback = func(ctx *fasthttp.RequestCtx) { ctx.Error("Not Found", fasthttp.StatusNotFound) }
	}
	f.http = f.httpServer()
	return f
}

func (f *Front) httpServer() *fasthttp.Server {
	return &fasthttp.Server{
		Handler:                      f.handle,
		ErrorHandler:                 refuseBadHTTP,
		HeaderReceived:               f.limits,
		StreamRequestBody:            true, // body reads it
		ReadBufferSize:               headerBytes,
		ReadTimeout:                  f.deadlines.head,
		WriteTimeout:                 f.deadlines.answer,
		IdleTimeout:                  f.deadlines.idle,
		NoDefaultServerHeader:        true,
		NoDefaultContentType:         true,
		ReduceMemoryUsage:            true,
		DisablePreParseMultipartForm: true, // it would write parts of a body to files
		Logger:                       httpLog{f.logger},
		ConnState:                    f.note,
	}
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

// Reading is how many connections the front reads from now: those with a request
// under way, and those between two. WebSockets and clients that poll are on the
// loop, among its connections. Any goroutine.
func (f *Front) Reading() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.serving)
}

// mounted returns the server with the longest path that begins the URI.
func (f *Front) mounted(uri []byte) *Server {
	var found *Server
	for _, s := range f.servers {
		if bytes.HasPrefix(uri, s.path) && (found == nil || len(s.path) > len(found.path)) {
			found = s
		}
	}
	return found
}

func (f *Front) handle(ctx *fasthttp.RequestCtx) {
	defer func() {
		if p := recover(); p != nil {
			f.logger.Error("panic in a request", "uri", string(ctx.RequestURI()), address(remoteAddr(ctx)),
				"panic", p, "stack", string(debug.Stack()))
			ctx.Error("Internal Server Error", fasthttp.StatusInternalServerError)
			ctx.SetConnectionClose()
		}
	}()
	if err := f.body(ctx); err != nil {
		refuseBadHTTP(ctx, err)
		return
	}
	s := f.mounted(ctx.RequestURI())
	switch {
	case f.first != nil && f.first(ctx):
		if s != nil {
			s.share(ctx)
		}
	case s != nil:
		s.HandleRequest(ctx)
	default:
		f.fallback(ctx)
	}
}

// share lets pages of the origins that are listed read an answer which is not
// the server's own.
func (s *Server) share(ctx *fasthttp.RequestCtx) {
	var h HeaderLines
	s.settings.Load().cors.allow(&h, string(ctx.Request.Header.Peek("Origin")))
	for _, l := range h.lines {
		ctx.Response.Header.Add(l.name, l.value)
	}
}

// limits gives a body its time, and says how much of it can matter. One that is
// announced as longer is made to seem chunked: of others fasthttp reads some
// before it lets anybody refuse them.
func (f *Front) limits(h *fasthttp.RequestHeader) fasthttp.RequestConfig {
	c := fasthttp.RequestConfig{ReadTimeout: f.deadlines.body, MaxRequestBodySize: f.mostBody(h.RequestURI())}
	if h.ContentLength() > c.MaxRequestBodySize {
		h.SetContentLength(-1)
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
	if c, ok := ctx.Conn().(*frontConn); ok {
		c.linger = status != fasthttp.StatusRequestTimeout
	}
	ctx.Response.Reset()
	ctx.SetConnectionClose()
	ctx.SetStatusCode(status)
}

// httpLog passes fasthttp's remarks on.
type httpLog struct{ logger *slog.Logger }

// Printf takes one remark.
func (l httpLog) Printf(format string, args ...any) {
	l.logger.Debug("http server", "line", fmt.Sprintf(format, args...))
}
