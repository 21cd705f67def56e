package socketio_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strings"

	"github.com/ioserver/ioserver/worker/engineio"
	"github.com/ioserver/ioserver/worker/socketio"
)

// A namespace for each tenant, made when its first client comes and gone with
// the last one.
func ExampleServer_OfRegexp() {
	server := newExample(socketio.Options{CleanupEmptyNamespaces: true})
	defer func() { _ = server.Close() }()

	tenants := server.OfRegexp(regexp.MustCompile(`^/tenant-\d+$`))
	tenants.OnConnection(func(s *socketio.Socket) {
		_ = s.Emit("welcome", s.Namespace().Name())
	})
	tenants.On("shout", func(s *socketio.Socket, e *socketio.Event) {
		_ = s.Namespace().Emit("shouted", e.Args()) // to this tenant's clients
	})

	client := visit(server, "/tenant-7", "")
	defer client.leave()
	client.hear()
	client.emit(`["shout","hello"]`)
	client.hear()
	// Output:
	// heard: ["welcome","/tenant-7"]
	// heard: ["shouted","hello"]
}

// Namespaces that a function knows. It is asked once for each that there is
// not; who may join is the middleware's business.
func ExampleServer_OfFunc() {
	server := newExample(socketio.Options{})
	defer func() { _ = server.Close() }()

	projects := map[string]bool{"/projects/apollo": true} // a database, perhaps
	parent := server.OfFunc(func(name string, _ socketio.Handshake) bool {
		return projects[name]
	})
	parent.Use(func(s *socketio.Socket) error {
		if string(s.Handshake().Auth) == "{}" {
			return &socketio.ConnectError{Message: "log in first", Data: map[string]string{"code": "no_token"}}
		}
		return nil
	})

	visit(server, "/projects/gemini", "").leave()
	visit(server, "/projects/apollo", "").leave()
	visit(server, "/projects/apollo", `{"token":"x"}`).leave()
	fmt.Println("namespaces:", len(parent.Namespaces()))
	// Output:
	// refused: {"message":"Invalid namespace"}
	// refused: {"message":"log in first","data":{"code":"no_token"}}
	// namespaces: 1
}

// Events are looked at before their handlers are; a refused one is told to
// OnEventError, which tells the client here.
func ExampleNamespace_UseEvent() {
	server := newExample(socketio.Options{})
	defer func() { _ = server.Close() }()

	ns := server.Of("/")
	ns.UseEvent(func(s *socketio.Socket, e *socketio.Event) error {
		if strings.HasPrefix(e.Name(), "admin:") {
			return errors.New("not for you")
		}
		return nil
	})
	ns.OnEventError(func(s *socketio.Socket, e *socketio.Event, err error) {
		_ = e.Ack(map[string]string{"error": err.Error()})
	})
	ns.On("admin:stop", func(*socketio.Socket, *socketio.Event) { fmt.Println("stopping") })
	ns.On("ping", func(_ *socketio.Socket, e *socketio.Event) { _ = e.Ack("pong") })

	client := visit(server, "/", "")
	defer client.leave()
	client.ask(`["admin:stop"]`)
	client.ask(`["ping"]`)
	// Output:
	// acknowledged: [{"error":"not for you"}]
	// acknowledged: ["pong"]
}

// Every event that comes and every event that is sent, for a log.
func ExampleNamespace_OnAny() {
	server := newExample(socketio.Options{})
	defer func() { _ = server.Close() }()

	ns := server.Of("/")
	ns.OnAny(func(_ *socketio.Socket, e *socketio.Event) {
		fmt.Printf("in:  %s %s\n", e.Name(), e.Args().JSON)
	})
	sent := make(chan struct{})
	ns.OnAnyOutgoing(func(_ *socketio.Socket, o *socketio.Outgoing) {
		fmt.Printf("out: %s %s\n", o.Name(), o.Args().JSON)
		close(sent)
	})
	ns.On("say", func(_ *socketio.Socket, e *socketio.Event) { _ = server.Emit("said", e.Args()) })

	client := visit(server, "/", "")
	defer client.leave()
	client.emit(`["say","hello",1]`)
	<-sent
	// Output:
	// in:  say ["hello",1]
	// out: said ["hello",1]
}

// A room's first member on this worker begins something that its last one
// ends: here, watching a price.
func ExampleNamespace_OnRoom() {
	server := newExample(socketio.Options{})

	ns, begun := server.Of("/"), make(chan struct{})
	ns.OnRoom(func(e socketio.RoomEvent) {
		switch e.Kind {
		case socketio.RoomCreated:
			fmt.Println("begin to watch", e.Room)
			close(begun)
		case socketio.RoomDeleted:
			fmt.Println("cease to watch", e.Room)
		}
	})
	ns.On("watch", socketio.Handle(func(_ context.Context, s *socketio.Socket, stock string) error {
		return s.Join(stock)
	}))

	client := visit(server, "/", "")
	client.emit(`["watch","ACME"]`)
	<-begun
	client.leave()
	_ = server.Close() // handlers have heard of all that was, when it returns
	// Output:
	// begin to watch ACME
	// cease to watch ACME
}

// Requests that were refused before there was a client.
func ExampleServer_OnConnectionError() {
	server := newExample(socketio.Options{})
	defer func() { _ = server.Close() }()
	server.OnConnectionError(func(r *engineio.Request, err *engineio.RequestError) {
		fmt.Println(err.Code, err.Message)
	})

	client := visit(server, "/", "")
	defer client.leave()
	response, err := http.Get("http://" + client.conn.RemoteAddr().String() + "/socket.io/?EIO=4&transport=pigeon")
	if err == nil {
		_ = response.Body.Close()
	}
	http.DefaultClient.CloseIdleConnections()
	// Output: 0 Transport unknown
}

// A handler with types. Its result is the acknowledgement, and so is its error.
func ExampleAnswer() {
	type Order struct {
		Item  string `json:"item"`
		Count int    `json:"count"`
	}
	type Receipt struct {
		Total int `json:"total"`
	}
	server := newExample(socketio.Options{})
	defer func() { _ = server.Close() }()

	server.Of("/").On("order", socketio.Answer(func(ctx context.Context, s *socketio.Socket, o Order) (Receipt, error) {
		if o.Count > 10 {
			return Receipt{}, &socketio.EventError{Code: "sold_out", Message: "there are not so many"}
		}
		return Receipt{Total: 3 * o.Count}, nil
	}))

	client := visit(server, "/", "")
	defer client.leave()
	client.ask(`["order",{"item":"tea","count":2}]`)
	client.ask(`["order",{"item":"tea","count":11}]`)
	client.ask(`["order"]`)
	// Output:
	// acknowledged: [{"total":6}]
	// acknowledged: [{"error":{"code":"sold_out","message":"there are not so many"}}]
	// acknowledged: [{"error":{"code":"invalid_argument","message":"the argument is missing"}}]
}

// A handler with types of an event that is not acknowledged.
func ExampleHandle() {
	server := newExample(socketio.Options{})
	defer func() { _ = server.Close() }()

	server.Of("/").On("say", socketio.Handle(func(_ context.Context, s *socketio.Socket, text string) error {
		return server.Emit("said", strings.ToUpper(text))
	}))

	client := visit(server, "/", "")
	defer client.leave()
	client.emit(`["say","hello"]`)
	client.hear()
	// Output: heard: ["said","HELLO"]
}

// What a handler waits for ends when nobody waits for it any more.
func ExampleSocket_Context() {
	server := newExample(socketio.Options{})

	begun := make(chan struct{})
	query := func(ctx context.Context) error { // of a database
		close(begun)
		<-ctx.Done()
		return ctx.Err()
	}
	server.Of("/").On("report", func(s *socketio.Socket, e *socketio.Event) {
		fmt.Println("report:", query(s.Context()))
	})

	client := visit(server, "/", "")
	client.emit(`["report"]`)
	<-begun
	client.leave()
	_ = server.Close()
	// Output: report: context canceled
}

// A picture is not worth compressing for those who poll.
func ExampleBroadcast_Compress() {
	server := newExample(socketio.Options{})
	defer func() { _ = server.Close() }()
	picture := []byte("\x89PNG...")

	client := visit(server, "/", "")
	defer client.leave()
	_ = server.Of("/").To("gallery").Compress(false).Emit("picture", picture)
	_ = server.Emit("done")
	client.hear()
	// Output: heard: ["done"]
}
