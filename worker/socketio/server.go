package socketio

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ioserver/ioserver/protocol/sid"
	"github.com/ioserver/ioserver/worker/engineio"
	"github.com/ioserver/ioserver/worker/loop"
)

// Server is a Socket.IO server. Its methods may be called from any goroutine
// but the loop's.
type Server struct {
	options  Options
	limits   Limits
	logger   *slog.Logger
	key      *sid.Key // makes ids
	homes    Locator  // finds them
	loop     *loop.Loop
	ownLoop  bool
	loopErr  chan error // the own loop's, when it has ended
	calls    *loop.Port
	engine   *engineio.Server
	adapter  *liaison
	requests *requests
	nextAck  atomic.Uint64
	runners  *pool[Socket]
	returns  atomic.Pointer[Socket] // a stack of sockets that runners are done with
	counters counters

	connectTimeout atomic.Int64 // nanoseconds; options has what it was at first

	eventsPerSecond atomic.Int64 // likewise
	began           time.Time
	paced           []*client // that are held back; the loop's, as is
	pacing          loop.Timer
	published       publishedTally

	registering sync.Mutex
	namespaces  atomic.Pointer[map[string]*Namespace]
	lineages    atomic.Pointer[[]*ParentNamespace] // nil where there are no parents
	dynamic     sync.Map                           // their children, by name
	roomQueue   *roomQueue

	serving serving
	closing sync.Once

	// The rest belongs to the loop.
	tally     tally
	spectator func(*Sighting) // nil where nobody looks
	readied   []*Socket
	kicking   bool
	busy      int // sockets that runners have
	trimming  loop.Timer
	settled   chan struct{} // closed when Close waits and nothing is left to handle
	over      bool          // nothing is handled any more
}

// NewServer returns a server with a root namespace. Handlers are registered
// next; then clients come through [Server.Serve], or through a front that
// [Server.Engine] is mounted on.
func NewServer(o Options) (*Server, error) {
	o, err := o.complete()
	if err != nil {
		return nil, fmt.Errorf("socket.io options: %w", err)
	}
	s := &Server{options: o, limits: o.Limits, logger: o.Logger, key: o.Key, loop: o.Loop, began: time.Now()}
	if s.key == nil {
		var secret [16]byte
		_, _ = rand.Read(secret[:]) // never fails: it ends the program instead
		s.key = sid.NewKey(secret)
	}
	if s.homes = o.Locator; s.homes == nil {
		s.homes = s.key
	}
	if s.loop == nil {
		if s.loop, err = loop.New(loop.Options{Logger: o.Logger}); err != nil {
			return nil, err
		}
		s.ownLoop = true
		s.loopErr = make(chan error, 1)
		go func() { s.loopErr <- s.loop.Run() }() // Close waits for it
	}
	if err := s.assemble(); err != nil {
		if s.ownLoop {
			s.loop.Stop()
			<-s.loopErr
		}
		return nil, err
	}
	return s, nil
}

func (s *Server) assemble() (err error) {
	s.connectTimeout.Store(int64(s.options.ConnectTimeout))
	s.eventsPerSecond.Store(int64(s.limits.EventsPerSecond))
	s.namespaces.Store(&map[string]*Namespace{rootName: s.found(rootName)})
	s.calls = s.loop.Port("socket.io calls", s.limits.PostedCalls)
	s.roomQueue = &roomQueue{server: s}
	s.runners = newPool(s.limits.Handlers, s.work)
	eo := s.options.Engine
	if eo.GenerateID == nil {
		eo.GenerateID = s.sessionID
	}
	if s.engine, err = engineio.NewServer(s.loop, eo, (*sessions)(s)); err != nil {
		return err
	}
	s.requests = newRequests(s)
	s.adapter = newLiaison(s)
	if err := s.adapter.start(); err != nil {
		return err
	}
	s.loop.Post(loop.Func(func() { // the loop may be running already
		s.loop.AfterTurn(s.publish)
		(*trim)(s).Expire(&s.trimming)
	}))
	return nil
}

// sessionID makes Engine.IO's ids: they name their home as well, and are the
// socket ids of clients of protocol 4.
func (s *Server) sessionID(*engineio.Request) (string, error) {
	var random [12]byte
	_, _ = rand.Read(random[:]) // never fails: it ends the program instead
	return string(s.key.Append(make([]byte, 0, sid.Len), sid.EngineIO, s.options.Home, random)), nil
}

// Engine is the Engine.IO server, for mounting on an [engineio.Front] beside
// others. Its Shutdown is Close's business.
func (s *Server) Engine() *engineio.Server { return s.engine }

// Of returns the namespace of that name, and makes it where there is none:
// clients can join it from then on. A missing leading slash is added. Where a
// parent's regular expression matches the name, it is that parent's child.
func (s *Server) Of(name string) *Namespace {
	name = slashed(name)
	if n := s.namespace(name); n != nil {
		return n
	}
	s.registering.Lock()
	defer s.registering.Unlock()
	if n := s.namespace(name); n != nil {
		return n
	}
	for _, p := range s.parents() {
		if p.pattern != nil && p.pattern.MatchString(name) {
			return s.bear(p, name)
		}
	}
	n := s.found(name)
	all := maps.Clone(*s.namespaces.Load())
	all[name] = n
	s.namespaces.Store(&all)
	return n
}

// found makes a namespace that handlers can be registered with.
func (s *Server) found(name string) *Namespace {
	n := newNamespace(s, name)
	if s.options.Every != nil {
		s.options.Every(n)
	}
	return n
}

// Lookup returns the namespace of that name, and nil where there is none. A
// missing leading slash is added.
func (s *Server) Lookup(name string) *Namespace { return s.namespace(slashed(name)) }

func slashed(name string) string {
	if strings.HasPrefix(name, "/") {
		return name
	}
	return "/" + name
}

// namespace returns nil where there is none.
func (s *Server) namespace(name string) *Namespace {
	if n := (*s.namespaces.Load())[name]; n != nil || s.lineages.Load() == nil {
		return n
	}
	n, _ := s.dynamic.Load(name) // nil where there is none
	child, _ := n.(*Namespace)
	return child
}

// Close ends the server: it stops accepting, closes every client's transport
// in a way after which clients come back, lets OnDisconnect handlers run, waits
// for all handlers, and ends the loop if it is its own. A handler that never
// returns keeps it waiting, so it is not to be called by one. Closing again is
// harmless.
func (s *Server) Close() error {
	var err error
	s.closing.Do(func() { err = s.close() })
	return err
}

func (s *Server) close() error {
	ctx, cancel := context.WithTimeout(context.Background(), closeGrace)
	defer cancel()
	accepting := s.serving.stop()
	s.engine.Shutdown()
	settled := make(chan struct{})
	s.loop.Post(loop.Func(func() {
		s.settled = settled
		s.loop.Disarm(&s.trimming)
		s.settle()
	}))
	select {
	case <-settled:
	case <-s.loop.Done(): // the loop's owner was faster: what was queued is lost
	}
	err := accepting(ctx)
	if errors.Is(err, context.DeadlineExceeded) {
		err = nil // its connections are closed all the same
	}
	err = errors.Join(err, s.adapter.close())
	s.runners.close()
	s.runners.wait()
	s.roomQueue.close()
	if s.ownLoop {
		s.loop.Stop()
		err = errors.Join(err, <-s.loopErr)
	}
	return err
}

// settle tells Close when nothing is left to handle. Loop only.
func (s *Server) settle() {
	if s.settled != nil && s.busy == 0 && len(s.readied) == 0 {
		close(s.settled)
		s.settled = nil
		s.over = true
	}
}
