package raw

import (
	"encoding/binary"
	"fmt"
	"io"
	"strings"
)

// Opcodes of RFC 6455.
const (
	Continuation = 0x0
	Text         = 0x1
	Binary       = 0x2
	Close        = 0x8
	Ping         = 0x9
	Pong         = 0xa
)

// upgradeHeaders are those of a well-formed opening handshake.
var upgradeHeaders = []string{
	"Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13",
	"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
}

// Upgrade asks for a WebSocket and writes the answer down.
func (k *Talk) Upgrade(query string, headers ...string) *Conn {
	return k.Do("GET", query, "", append(upgradeHeaders[:4:4], headers...)...)
}

// Socket4 opens a revision 4 WebSocket session and joins "/".
func (k *Talk) Socket4() *Conn {
	c := k.Upgrade("?EIO=4&transport=websocket")
	c.Recv(1)
	c.Text("40").Recv(1)
	return c
}

// Socket3 opens a revision 3 WebSocket session; "/" is joined unasked.
func (k *Talk) Socket3() *Conn {
	c := k.Upgrade("?EIO=3&transport=websocket")
	c.Recv(2)
	return c
}

// Frame makes the bytes of a masked frame. first is its first byte: FIN (0x80),
// reserved bits and opcode.
func Frame(first byte, payload string) string {
	b := append([]byte{first}, length(0x80, len(payload))...)
	mask := [4]byte{0x37, 0xfa, 0x21, 0x3d}
	b = append(b, mask[:]...)
	for i := range len(payload) {
		b = append(b, payload[i]^mask[i%4])
	}
	return string(b)
}

// Unmasked makes the bytes of a frame without a mask.
func Unmasked(first byte, payload string) string {
	return string(append([]byte{first}, length(0, len(payload))...)) + payload
}

func length(mask byte, n int) []byte {
	switch {
	case n < 126:
		return []byte{mask | byte(n)}
	case n < 1<<16:
		return binary.BigEndian.AppendUint16([]byte{mask | 126}, uint16(n))
	default:
		return binary.BigEndian.AppendUint64([]byte{mask | 127}, uint64(n))
	}
}

// Bytes sends bytes as they are.
func (c *Conn) Bytes(b string) *Conn {
	io.WriteString(c.nc, b)
	return c
}

// Text sends each packet as one text message.
func (c *Conn) Text(packets ...string) *Conn {
	var b strings.Builder
	for _, p := range packets {
		b.WriteString(Frame(0x80|Text, c.talk.Fill(p)))
	}
	return c.Bytes(b.String())
}

// Binary sends each packet as one binary message.
func (c *Conn) Binary(packets ...string) *Conn {
	for _, p := range packets {
		c.Bytes(Frame(0x80|Binary, p))
	}
	return c
}

// Recv reads n frames and writes them down, or fewer when the connection ends.
func (c *Conn) Recv(n int) *Conn {
	for range n {
		if !c.frame(nil) {
			break
		}
	}
	return c
}

// End reads frames until the connection ends, and ends it on this side.
func (c *Conn) End() {
	for c.frame(nil) {
	}
	c.Close()
}

// Fence has the application of a revision 4 or 3 socket on "/" echo something
// and reads until the echo comes back: what the server had to say before that
// is then written down, be it nothing.
func (c *Conn) Fence() *Conn {
	c.Text(`4299["echo","fence"]`)
	for done := false; !done; {
		if !c.frame(func(payload string) bool { done = payload == `4399["fence"]`; return done }) {
			return c
		}
	}
	c.talk.Note("fence")
	return c
}

// frame reads one frame and writes it down unless silent says otherwise. It
// reports whether there can be more.
func (c *Conn) frame(silent func(payload string) bool) bool {
	c.await()
	var head [2]byte
	if _, err := io.ReadFull(c.br, head[:]); err != nil {
		c.ended(err)
		return false
	}
	n, err := c.length(head[1] & 0x7f)
	if err != nil {
		c.ended(err)
		return false
	}
	payload := make([]byte, n)
	if _, err := io.ReadFull(c.br, payload); err != nil {
		c.ended(err)
		return false
	}
	if silent == nil || !silent(string(payload)) {
		c.talk.Note("%s", c.describe(head, payload))
	}
	if head[0]&0xf == Close && !c.closing {
		c.CloseFrame(string(payload)) // as a client must
	}
	return true
}

// CloseFrame sends a close frame with that payload.
func (c *Conn) CloseFrame(payload string) *Conn {
	c.closing = true
	return c.Bytes(Frame(0x80|Close, payload))
}

// length reads the rest of a frame's length.
func (c *Conn) length(short byte) (uint64, error) {
	size := map[byte]int{126: 2, 127: 8}[short]
	if size == 0 {
		return uint64(short), nil
	}
	var b [8]byte
	_, err := io.ReadFull(c.br, b[8-size:])
	return binary.BigEndian.Uint64(b[:]), err
}

func (c *Conn) describe(head [2]byte, payload []byte) string {
	flags := ""
	if head[0]&0x80 == 0 {
		flags += " (more follows)"
	}
	if head[0]&0x70 != 0 {
		flags += fmt.Sprintf(" (reserved bits %x)", head[0]&0x70)
	}
	if head[1]&0x80 != 0 {
		flags += " (masked)"
	}
	switch op := head[0] & 0xf; op {
	case Text:
		c.talk.learn(string(payload))
		return "text" + flags + " " + c.talk.body([]byte(c.talk.ackID(string(payload))))
	case Binary:
		return fmt.Sprintf("binary%s %x", flags, payload)
	case Close:
		if len(payload) < 2 {
			return fmt.Sprintf("close%s %x", flags, payload)
		}
		return fmt.Sprintf("close%s %d %s", flags, binary.BigEndian.Uint16(payload), payload[2:])
	case Ping:
		return fmt.Sprintf("ping%s %q", flags, payload)
	case Pong:
		return fmt.Sprintf("pong%s %q", flags, payload)
	default:
		return fmt.Sprintf("frame %x%s %q", op, flags, payload)
	}
}
