package socketio_test

import (
	"fmt"
	"io"
	"log/slog"
	"net"
	"strings"
	"time"

	"github.com/fasthttp/websocket"
	"github.com/ioserver/ioserver/worker/socketio"
)

// What the examples have for clients. They speak the protocol by hand; a real
// one is JavaScript's io("http://…/namespace", { auth }).

// newExample is a server for an example.
func newExample(o socketio.Options) *socketio.Server {
	o.Logger = slog.New(slog.NewTextHandler(io.Discard, nil))
	server, err := socketio.NewServer(o)
	if err != nil {
		panic(err)
	}
	return server
}

// visitor is a client in one namespace.
type visitor struct {
	conn      *websocket.Conn
	namespace string // with a comma behind it, or ""
}

// visit serves on a port of its own and joins a namespace there.
func visit(server *socketio.Server, namespace, auth string) *visitor {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	go func() { _ = server.Serve(l) }()
	conn, _, err := websocket.DefaultDialer.Dial("ws://"+l.Addr().String()+"/socket.io/?EIO=4&transport=websocket", nil)
	if err != nil {
		panic(err)
	}
	v := &visitor{conn: conn}
	if namespace != "/" {
		v.namespace = namespace + ","
	}
	v.read()
	v.write("40" + v.namespace + auth)
	if answer := v.read(); !strings.HasPrefix(answer, "40") {
		fmt.Println("refused:", strings.TrimPrefix(answer, "44"+v.namespace))
	}
	return v
}

// emit sends an event, given as its JSON.
func (v *visitor) emit(event string) { v.write("42" + v.namespace + event) }

// ask sends an event and prints its acknowledgement.
func (v *visitor) ask(event string) {
	v.write("42" + v.namespace + "1" + event)
	fmt.Println("acknowledged:", strings.TrimPrefix(v.read(), "43"+v.namespace+"1"))
}

// hear prints the next event.
func (v *visitor) hear() { fmt.Println("heard:", strings.TrimPrefix(v.read(), "42"+v.namespace)) }

func (v *visitor) leave() { _ = v.conn.Close() }

func (v *visitor) write(packet string) {
	if err := v.conn.WriteMessage(websocket.TextMessage, []byte(packet)); err != nil {
		panic(err)
	}
}

func (v *visitor) read() string {
	_ = v.conn.SetReadDeadline(time.Now().Add(patience))
	_, b, err := v.conn.ReadMessage()
	if err != nil {
		panic(err)
	}
	return string(b)
}
