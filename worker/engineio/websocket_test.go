package engineio_test

import (
	"encoding/binary"
	"strings"
	"testing"

	"github.com/fasthttp/websocket"
	"github.com/ioserver/ioserver/protocol/ws"
	"github.com/ioserver/ioserver/worker/engineio"
)

// frame is one of a client's.
func frame(fin bool, op ws.Opcode, payload string) string {
	return string(ws.AppendMasked(nil, fin, op, [4]byte{1, 2, 3, 4}, []byte(payload)))
}

func text(payload string) string { return frame(true, ws.OpText, payload) }

// raw writes frames as they are.
func (s *socket) raw(frames ...string) {
	s.t.Helper()
	if _, err := s.NetConn().Write([]byte(strings.Join(frames, ""))); err != nil {
		s.t.Fatal(err)
	}
}

// pongs has the pongs collected, which are read along with messages.
func (s *socket) pongs() *[]string {
	var got []string
	s.SetPongHandler(func(data string) error { got = append(got, data); return nil })
	return &got
}

func TestWebSocketEcho(t *testing.T) {
	for _, c := range []struct{ query, binary, answer string }{
		{"EIO=4", "\x01\x02\x03", "\x01\x02\x03"},
		{"EIO=3", "\x04\x01\x02\x03", "\x04\x01\x02\x03"},
		{"EIO=4&b64=1", "\x01\x02\x03", "bAQID"},
		{"EIO=3&b64=1", "\x04\x01\x02\x03", "b4AQID"},
	} {
		t.Run(c.query, func(t *testing.T) {
			e := start(t)
			s := e.openSocket(t, c.query)
			s.text("4hello €")
			s.expect("4hello €")
			s.binary(c.binary)
			s.expect(c.answer)
		})
	}
}

func TestBase64IsTaken(t *testing.T) {
	e := start(t)
	s := e.openSocket(t, "EIO=3")
	s.text("b4AQID")
	s.expect("\x04\x01\x02\x03")
	s = e.openSocket(t, "EIO=4")
	s.text("bAQID")
	s.expect("\x01\x02\x03")
}

// TestFragments: control frames come between them, and are answered at once.
func TestFragments(t *testing.T) {
	e := start(t)
	s := e.openSocket(t, "EIO=4")
	pongs := s.pongs()
	s.raw(frame(false, ws.OpText, "4h\xe2"), frame(true, ws.OpPing, "one"), frame(false, ws.OpContinuation, "\x82"),
		frame(true, ws.OpPong, "nobody asked"), frame(true, ws.OpPing, ""), frame(true, ws.OpContinuation, "\xacllo"), text("4next"))
	s.expect("4h€llo")
	s.expect("4next")
	if strings.Join(*pongs, ",") != "one," {
		t.Errorf("pongs %q", *pongs)
	}
}

// TestByteByByte has the frames arrive one byte a read.
func TestByteByByte(t *testing.T) {
	e := start(t)
	s := e.openSocket(t, "EIO=4")
	for _, b := range []byte(text("4slow") + frame(true, ws.OpBinary, strings.Repeat("x", 200))) {
		s.raw(string([]byte{b}))
	}
	s.expect("4slow")
	s.expect(strings.Repeat("x", 200))
}

func TestLargestMessage(t *testing.T) {
	e := start(t)
	s := e.openSocket(t, "EIO=4")
	large := "4" + strings.Repeat("x", 999_999)
	s.text(large)
	s.expect(large)
	s.text(large + "x")
	s.closes(1009)
	e.awaitClose(t, "transport error")
}

// TestWebSocketEnds is what RFC 6455 and the reference say about how a
// connection ends, as the client sees it.
func TestWebSocketEnds(t *testing.T) {
	length := func(n uint64) string {
		return string(binary.BigEndian.AppendUint64([]byte{0x81, 0xff}, n)) + "\x01\x02\x03\x04"
	}
	many := func() (out string) {
		out = frame(false, ws.OpText, "4")
		return out + strings.Repeat(frame(false, ws.OpContinuation, ""), 5000)
	}
	for _, c := range []struct {
		name, query, send string
		code              int
		reason            string
	}{
		{"close", "EIO=4", frame(true, ws.OpClose, "\x03\xe8bye"), 1000, "transport close"},
		{"close without a code", "EIO=4", frame(true, ws.OpClose, ""), 1005, "transport close"},
		{"going away", "EIO=4", frame(true, ws.OpClose, "\x03\xe9"), 1001, "transport close"},
		{"application's code", "EIO=4", frame(true, ws.OpClose, "\x0f\xa0"), 4000, "transport close"},
		{"close behind messages", "EIO=4", text("4a") + frame(true, ws.OpClose, "") + text("4b"), 1005, "transport close"},
		{"a forbidden code", "EIO=4", frame(true, ws.OpClose, "\x03\xed"), 1002, "transport error"},
		{"half a code", "EIO=4", frame(true, ws.OpClose, "\x03"), 1002, "transport error"},
		{"reason not UTF-8", "EIO=4", frame(true, ws.OpClose, "\x03\xe8\xff"), 1007, "transport error"},
		{"unmasked", "EIO=4", "\x81\x024a", 1002, "transport error"},
		{"reserved bit 1", "EIO=4", "\xc1" + text("4a")[1:], 1002, "transport error"},
		{"reserved bit 3", "EIO=4", "\x91" + text("4a")[1:], 1002, "transport error"},
		{"reserved opcode", "EIO=4", frame(true, 3, "4a"), 1002, "transport error"},
		{"reserved control opcode", "EIO=4", frame(true, 11, ""), 1002, "transport error"},
		{"fragmented ping", "EIO=4", frame(false, ws.OpPing, ""), 1002, "transport error"},
		{"long ping", "EIO=4", frame(true, ws.OpPing, strings.Repeat("x", 126)), 1002, "transport error"},
		{"continuation of nothing", "EIO=4", frame(true, ws.OpContinuation, "4a"), 1002, "transport error"},
		{"message between fragments", "EIO=4", frame(false, ws.OpText, "4") + text("4a"), 1002, "transport error"},
		{"length over 63 bits", "EIO=4", length(1 << 63), 1002, "transport error"},
		{"length of 63 bits", "EIO=4", length(1<<63 - 1), 1009, "transport error"},
		{"length over the limit", "EIO=4", length(1_000_001), 1009, "transport error"},
		{"fragments over the limit", "EIO=4", frame(false, ws.OpBinary, strings.Repeat("x", 600_000)) +
			frame(false, ws.OpContinuation, strings.Repeat("x", 600_000)), 1009, "transport error"},
		{"too many fragments", "EIO=4", many(), 1008, "transport error"},
		{"invalid UTF-8", "EIO=4", text("4\xff"), 1007, "transport error"},
		{"invalid UTF-8 in a fragment", "EIO=4", frame(false, ws.OpText, "4\xff"), 1007, "transport error"},
		{"truncated UTF-8", "EIO=4", frame(false, ws.OpText, "4\xe2\x82") + frame(true, ws.OpContinuation, ""), 1007, "transport error"},
		{"no packet", "EIO=4", text("z"), 1005, "parse error"},
		{"empty message", "EIO=4", text(""), 1005, "parse error"},
		{"bad base64", "EIO=4", text("b!"), 1005, "parse error"},
		{"binary that is no packet", "EIO=3", frame(true, ws.OpBinary, "\x09a"), 1003, "parse error"},
		{"empty binary", "EIO=3", frame(true, ws.OpBinary, ""), 1003, "parse error"},
		{"ping in revision 4", "EIO=4", text("2"), 1005, "transport error"},
		{"pong in revision 3", "EIO=3", text("3"), 1005, "transport error"},
	} {
		t.Run(c.name, func(t *testing.T) {
			e := start(t)
			s := e.openSocket(t, c.query)
			s.raw(c.send)
			s.closes(c.code)
			e.awaitClose(t, engineio.Reason(c.reason))
		})
	}
}

// TestPassedOverOnWebSocket: the reference does nothing about them, even a
// close packet.
func TestPassedOverOnWebSocket(t *testing.T) {
	e := start(t)
	s := e.openSocket(t, "EIO=4")
	for _, p := range []string{"0", "1", "3", "5", "6", "4a"} {
		s.text(p)
	}
	s.expect("4a")
}

// TestCloseReasonIsEchoed as by the reference.
func TestCloseReasonIsEchoed(t *testing.T) {
	e := start(t)
	s := e.openSocket(t, "EIO=4")
	_ = s.WriteMessage(websocket.CloseMessage, websocket.FormatCloseMessage(1000, "bye"))
	_, _, err := s.ReadMessage()
	if ce, ok := err.(*websocket.CloseError); !ok || ce.Code != 1000 || ce.Text != "bye" {
		t.Error(err)
	}
	e.awaitClose(t, "transport close")
}

func TestClientVanishes(t *testing.T) {
	e := start(t)
	s := e.openSocket(t, "EIO=4")
	_ = s.NetConn().Close()
	e.awaitClose(t, "transport close")
	s = e.openSocket(t, "EIO=4")
	reset(t, s.NetConn())
	e.awaitClose(t, "transport close")
}

// TestBehindHandshake: frames may come in one segment with the handshake.
func TestBehindHandshake(t *testing.T) {
	e := start(t)
	w := dial(t, e.addr)
	w.write(head("GET", "EIO=4&transport=websocket", "", upgradeLines...) + text("4early") + text("4bird"))
	if h := w.expectUpgrade(); h.Get("Sec-WebSocket-Accept") != "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=" {
		t.Errorf("headers %v", h)
	}
	w.frames("4early", "4bird")
}

// TestHandshakeAsWritten: names are spelt as RFC 6455 does, the first
// subprotocol is taken, and no extension.
func TestHandshakeAsWritten(t *testing.T) {
	e := start(t)
	w := dial(t, e.addr)
	w.get("EIO=4&transport=websocket", append(upgradeLines, "Sec-WebSocket-Protocol: first, second", "Sec-WebSocket-Extensions: permessage-deflate")...)
	raw := ""
	for !strings.HasSuffix(raw, "\r\n\r\n") {
		line, err := w.r.ReadString('\n')
		if err != nil {
			t.Fatal(err)
		}
		raw += line
	}
	for _, line := range []string{"HTTP/1.1 101 Switching Protocols", "Upgrade: websocket", "Connection: Upgrade",
		"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=", "Sec-WebSocket-Protocol: first"} {
		if !strings.Contains(raw, line+"\r\n") {
			t.Errorf("no line %q in %q", line, raw)
		}
	}
	if strings.Contains(raw, "Extensions") {
		t.Errorf("an extension in %q", raw)
	}
}
