package load

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"

	"github.com/ioserver/ioserver/protocol/ws"
)

var errAccept = errors.New("websocket: wrong Sec-WebSocket-Accept")

// greeting is what opens WebSockets: all of a run say the same.
type greeting struct {
	request []byte
	accept  string
}

func newGreeting(o *Options) greeting {
	var nonce [16]byte
	_, _ = rand.Read(nonce[:]) // never fails
	key := base64.StdEncoding.EncodeToString(nonce[:])
	b := fmt.Appendf(nil, "GET %s?EIO=%d&transport=websocket HTTP/1.1\r\nHost: %s\r\n", o.Path, o.Revision, o.Host)
	b = fmt.Appendf(b, "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: %s\r\n", key)
	return greeting{request: append(appendHeader(b, o.Header), "\r\n"...), accept: ws.AcceptKey(key)}
}

func appendHeader(b []byte, lines []string) []byte {
	for _, l := range lines {
		b = append(append(b, l...), "\r\n"...)
	}
	return b
}

// begin sends what a connection begins with.
func (t *thread) begin(c *conn) {
	switch c.kind {
	case websocket:
		t.write(c, t.greeting.request)
	case get:
		t.askPoll(c.owner)
	}
	// The others have their request waiting.
}

// consume handles what is whole of b, and returns how much that is.
func (t *thread) consume(c *conn, b []byte) (int, error) {
	if c.kind != websocket {
		return t.answers(c, b)
	}
	if c.shaken {
		return t.frames(c, b)
	}
	n, err := t.response.head(b)
	if n == 0 || err != nil {
		return 0, err
	}
	if t.response.status != 101 {
		return 0, fmt.Errorf("handshake answered with status %d", t.response.status)
	}
	if string(t.response.accept) != t.greeting.accept {
		return 0, errAccept
	}
	c.shaken = true
	m, err := t.frames(c, b[n:])
	return n + m, err
}

func (t *thread) frames(c *conn, b []byte) (used int, err error) {
	for {
		f, n, err := parseFrame(b[used:])
		if n == 0 || err != nil {
			return used, err
		}
		used += n
		if err := t.frame(c, f); err != nil {
			return used, err
		}
		if c.fd == 0 {
			return used, nil
		}
	}
}

func (t *thread) frame(c *conn, f frame) error {
	switch f.op {
	case ws.OpText:
		if f.fin {
			return t.packet(c.owner, f.payload)
		}
		return t.fragment(c, f)
	case ws.OpContinuation:
		return t.fragment(c, f)
	case ws.OpPing:
		t.write(c, ws.AppendMasked(t.frameBuffer[:0], true, ws.OpPong, t.mask(), f.payload))
	case ws.OpClose:
		code := ws.CloseNoStatus
		if len(f.payload) >= 2 {
			code = uint16(f.payload[0])<<8 | uint16(f.payload[1])
		}
		return fmt.Errorf("websocket closed by the server with %d", code)
	}
	return nil // binary and pongs are counted as bytes only
}

// fragment collects a message that came in pieces, as no server of Socket.IO is
// known to send them: nothing is kept ready for it.
func (t *thread) fragment(c *conn, f frame) error {
	held, going := t.fragments[c]
	if going != (f.op == ws.OpContinuation) || len(held)+len(f.payload) > maxMessageBytes {
		return errFragment
	}
	held = append(held, f.payload...)
	if !f.fin {
		t.fragments[c] = held
		return nil
	}
	delete(t.fragments, c)
	return t.packet(c.owner, held)
}

// send sends an Engine.IO packet that is text.
func (t *thread) send(cl *client, packet []byte) {
	if cl.poll != nil {
		t.post(cl, packet)
		return
	}
	t.frameBuffer = ws.AppendMasked(t.frameBuffer[:0], true, ws.OpText, t.mask(), packet)
	t.write(&cl.conn, t.frameBuffer)
}

// mask is a frame's masking key. A script in a browser is who must not guess it,
// and there is none.
func (t *thread) mask() [4]byte {
	t.random ^= t.random << 13
	t.random ^= t.random >> 17
	t.random ^= t.random << 5
	return [4]byte{byte(t.random), byte(t.random >> 8), byte(t.random >> 16), byte(t.random >> 24)}
}
