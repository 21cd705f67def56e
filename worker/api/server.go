package api

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ioserver/ioserver/worker/contract"
	"github.com/ioserver/ioserver/worker/socketio"
	"github.com/ioserver/ioserver/worker/tail"
	"github.com/valyala/fasthttp"
)

// Options of a Server.
type Options struct {
	// IO is what events are emitted to.
	IO *socketio.Server
	// View tells how the machine is.
	View View
	// Tail shows what clients do; nil: nobody can look. Its owner closes it.
	Tail *tail.Hub
	Settings
	// Logger is nil for slog.Default.
	Logger *slog.Logger
}

// Settings are what can change while a server runs.
type Settings struct {
	// Tokens are the hexadecimal SHA-256 sums of those that are let in over TCP.
	Tokens []string
	// MaxBody bounds the body of a request, in bytes, where it is more than 1 MiB.
	MaxBody int
	// Rate bounds the requests of a second; 0: to [DefaultRate].
	Rate int
}

// settings are Settings as they are used.
type settings struct {
	tokens  []digest
	maxBody int
	rate    int
}

// Server serves the API on connections that are given to it.
type Server struct {
	executor contract.Executor
	view     View
	hub      *tail.Hub
	logger   *slog.Logger
	limits   limits
	settings atomic.Pointer[settings]
	counters counters
	pace     pace
	ctx      context.Context // of what is waited for
	cancel   context.CancelFunc
	closed   chan struct{} // when no more is begun
	tcp      *fasthttp.Server
	unix     *fasthttp.Server // asks for no token

	mu      sync.Mutex
	closing bool
	serving map[net.Conn]bool  // whether a request is under way
	leaving map[*conn]struct{} // that were turned away
	viewers map[*tail.Viewer]struct{}
	wg      sync.WaitGroup // a goroutine for each
}

// New returns a server, which is ended by Close.
func New(o Options) (*Server, error) { return newServer(o, defaultLimits) }

func newServer(o Options, l limits) (*Server, error) {
	s := &Server{executor: contract.Executor{Server: o.IO}, view: o.View, hub: o.Tail, logger: o.Logger, limits: l, closed: make(chan struct{}), serving: make(map[net.Conn]bool), leaving: make(map[*conn]struct{}), viewers: make(map[*tail.Viewer]struct{})}
	s.pace.begun = time.Now()
	if s.logger == nil {
		s.logger = slog.Default()
	}
	if err := s.Reconfigure(o.Settings); err != nil {
		return nil, err
	}
	s.ctx, s.cancel = context.WithCancel(context.Background()) // Close cancels it
	s.tcp, s.unix = s.httpServer(false), s.httpServer(true)
	return s, nil
}

// Reconfigure changes the settings for requests from now on, or refuses to
// change any. It may be called from any goroutine.
func (s *Server) Reconfigure(o Settings) error {
	tokens, err := parseTokens(o.Tokens)
	if err != nil {
		return err
	}
	if o.Rate < 0 {
		return fmt.Errorf("a rate of %d requests a second", o.Rate)
	}
	s.settings.Store(&settings{tokens: tokens, maxBody: max(leastBody, o.MaxBody), rate: cmp.Or(o.Rate, DefaultRate)})
	return nil
}

func (s *Server) httpServer(trusted bool) *fasthttp.Server {
	return &fasthttp.Server{
		Handler:                      func(ctx *fasthttp.RequestCtx) { s.handle(ctx, trusted) },
		ExpectHandler:                func(ctx *fasthttp.RequestCtx) int { return s.expect(ctx, trusted) },
		HeaderReceived:               func(h *fasthttp.RequestHeader) fasthttp.RequestConfig { return s.bodyLimit(h, trusted) },
		ErrorHandler:                 s.badHTTP,
		StreamRequestBody:            true,
		ReadBufferSize:               headerBytes,
		ReadTimeout:                  s.limits.head,
		WriteTimeout:                 s.limits.answer,
		IdleTimeout:                  s.limits.idle,
		NoDefaultServerHeader:        true,
		NoDefaultContentType:         true,
		DisablePreParseMultipartForm: true, // it would write parts of a body to files
		Logger:                       httpLog{s.logger},
		ConnState:                    s.note,
	}
}

// ServeFD serves the connection of a non-blocking descriptor, which it owns. The
// addresses are the listener's and the client's.
func (s *Server) ServeFD(fd int, local, remote net.Addr) {
	c := newConn(fd, local, remote, s.limits.linger)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closing {
		_ = c.Close()
		return
	}
	if len(s.serving) >= s.limits.connections {
		s.turnAway(c)
		return
	}
	server := s.tcp
	if local.Network() == "unix" {
		server = s.unix
	}
	s.serving[c] = false
	s.counters.connections.Add(1)
	s.wg.Go(func() {
		if err := server.ServeConn(c); err != nil {
			s.logger.Debug("api connection ended", "address", remote.String(), "error", err)
		}
		s.mu.Lock()
		delete(s.serving, c)
		s.mu.Unlock()
		s.counters.connections.Add(-1)
	})
}

// turnAway tells a connection too many to come again; that is not waited for
// where many are told. The caller holds the lock.
func (s *Server) turnAway(c *conn) {
	s.counters.connectionOverflows.Add(1)
	_, _ = c.Write(connectionRefusal) // fits into the buffer of a new connection
	if len(s.leaving) >= farewells {
		_ = c.Close()
		return
	}
	s.leaving[c] = struct{}{}
	c.linger = true
	s.wg.Go(func() {
		_ = c.Close()
		s.mu.Lock()
		delete(s.leaving, c)
		s.mu.Unlock()
	})
}

// note keeps who is in the middle of a request, whom Close lets finish.
func (s *Server) note(c net.Conn, state fasthttp.ConnState) {
	if state != fasthttp.StateActive && state != fasthttp.StateIdle {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, ok := s.serving[c]; ok {
		s.serving[c] = state == fasthttp.StateActive
	}
	if s.closing && state == fasthttp.StateIdle {
		_ = c.(*conn).Conn.Close()
	}
}

// badHTTP answers what is no request that can be served.
func (s *Server) badHTTP(ctx *fasthttp.RequestCtx, err error) {
	r := refuse(fasthttp.StatusBadRequest, "bad_request", "the request is not HTTP that can be read")
	var small *fasthttp.ErrSmallBuffer
	var network net.Error
	switch {
	case errors.As(err, &small):
		r = refuse(fasthttp.StatusRequestHeaderFieldsTooLarge, "head_too_large", "the request's head is longer than %d bytes", headerBytes)
	case errors.As(err, &network) && network.Timeout():
		r = refuse(fasthttp.StatusRequestTimeout, "timeout", "the request did not come in time")
	}
	s.refuse(ctx, r, r.status != fasthttp.StatusRequestTimeout)
	ctx.SetConnectionClose()
}

func (s *Server) refuse(ctx *fasthttp.RequestCtx, r *refusal, pending bool) {
	s.counters.answered(r.status)
	r.write(ctx, pending)
}

// guard answers a panic with 500.
func (s *Server) guard(ctx *fasthttp.RequestCtx) {
	if p := recover(); p != nil {
		s.logger.Error("panic in an api request", "panic", p, "stack", string(debug.Stack()))
		s.refuse(ctx, refuse(fasthttp.StatusInternalServerError, "internal", "an error of the server's own"), true)
	}
}

// httpLog passes fasthttp's remarks on.
type httpLog struct{ logger *slog.Logger }

// Printf takes one remark.
func (l httpLog) Printf(format string, args ...any) {
	l.logger.Debug("api http", "remark", fmt.Sprintf(format, args...))
}
