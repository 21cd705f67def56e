package tokens_test

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"io"
	"log/slog"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/fasthttp/websocket"
	"github.com/golang-jwt/jwt/v5"

	"github.com/ioserver/ioserver/worker/socketio"
	"github.com/ioserver/ioserver/worker/tokens"
)

// patience is how long a test waits for what must come.
const patience = 10 * time.Second

const secret = "a secret of more than 32 bytes, as it has to be"

// must is the value of a call that does not fail.
func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

var (
	rsaKey     = must(rsa.GenerateKey(rand.Reader, 2048))
	ecKey      = must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))
	edPub, edK = func() (ed25519.PublicKey, ed25519.PrivateKey) {
		public, private, err := ed25519.GenerateKey(rand.Reader)
		return must(public, err), private
	}()
)

// inPEM is a public key as files hold it.
func inPEM(public any) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: must(x509.MarshalPKIXPublicKey(public))})
}

// sign makes a token; headers come in pairs.
func sign(method jwt.SigningMethod, key any, claims jwt.MapClaims, headers ...string) string {
	t := jwt.NewWithClaims(method, claims)
	for i := 0; i < len(headers); i += 2 {
		t.Header[headers[i]] = headers[i+1]
	}
	return must(t.SignedString(key))
}

func verifier(t *testing.T, o tokens.Options, keys ...[]byte) *tokens.Verifier {
	t.Helper()
	for _, k := range keys {
		key, err := tokens.ParseKey(k)
		if err != nil {
			t.Fatal(err)
		}
		o.Keys = append(o.Keys, key)
	}
	v, err := tokens.NewVerifier(o)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// codeOf is a refusal's, "" for none.
func codeOf(t *testing.T, err error) tokens.Code {
	t.Helper()
	if err == nil {
		return ""
	}
	var r *tokens.Refusal
	if !errors.As(err, &r) {
		t.Fatalf("%T: %v", err, err)
	}
	return r.Code
}

// server is a guarded one.
type server struct {
	t     *testing.T
	io    *socketio.Server
	guard *tokens.Guard
	addr  string
}

func serve(t *testing.T, register func(*socketio.Server)) *server {
	t.Helper()
	logger := slog.New(slog.NewTextHandler(io.Discard, nil))
	s := &server{t: t, guard: tokens.NewGuard(verifier(t, tokens.Options{}, []byte(secret)), logger)}
	var err error
	if s.io, err = socketio.NewServer(socketio.Options{Logger: logger}); err != nil {
		t.Fatal(err)
	}
	s.guard.Protect(s.io.Of("/"))
	if register != nil {
		register(s.io)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s.addr = l.Addr().String()
	served := make(chan error, 1)
	go func() { served <- s.io.Serve(l) }()
	t.Cleanup(func() {
		if err := s.io.Close(); err != nil {
			t.Error(err)
		}
		if err := <-served; err != nil && !errors.Is(err, socketio.ErrClosed) { // it may not have begun
			t.Error(err)
		}
		s.guard.Close()
	})
	return s
}

// client speaks protocol 5 on a WebSocket.
type client struct {
	t  *testing.T
	ws *websocket.Conn
}

// connect sends CONNECT with this auth.
func (s *server) connect(auth string) *client {
	s.t.Helper()
	ws, _, err := websocket.DefaultDialer.Dial("ws://"+s.addr+"/socket.io/?EIO=4&transport=websocket", nil)
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { ws.Close() })
	c := &client{t: s.t, ws: ws}
	c.expect("0{")
	c.say("40" + auth)
	return c
}

func withToken(token string) string { return `{"token":"` + token + `"}` }

func (c *client) say(packet string) {
	c.t.Helper()
	if err := c.ws.WriteMessage(websocket.TextMessage, []byte(packet)); err != nil {
		c.t.Fatal(err)
	}
}

// expect returns the rest of the next packet, which has to begin so.
func (c *client) expect(begin string) string {
	c.t.Helper()
	for {
		_ = c.ws.SetReadDeadline(time.Now().Add(patience))
		_, b, err := c.ws.ReadMessage()
		if err != nil {
			c.t.Fatalf("instead of %q: %v", begin, err)
		}
		if string(b) == "2" {
			c.say("3")
			continue
		}
		rest, ok := strings.CutPrefix(string(b), begin)
		if !ok {
			c.t.Fatalf("%q instead of %q", b, begin)
		}
		return rest
	}
}

// refused is the code of the CONNECT_ERROR that comes next.
func (c *client) refused() (code string) {
	c.t.Helper()
	var e struct {
		Message string
		Data    struct{ Code, Message string }
	}
	if err := json.Unmarshal([]byte(c.expect("44")), &e); err != nil {
		c.t.Fatal(err)
	}
	if e.Message == "" || e.Message != e.Data.Message {
		c.t.Errorf("%+v", e)
	}
	return e.Data.Code
}
