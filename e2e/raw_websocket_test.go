package e2e

import (
	"strings"
	"testing"

	"github.com/ioserver/ioserver/e2e/raw"
)

const socket4 = "?EIO=4&transport=websocket"

// frames sends bytes on a joined revision 4 session and reads on behind a fence.
func frames(frames ...string) func(*raw.Talk) {
	return func(k *raw.Talk) {
		c := k.Socket4()
		c.Bytes(strings.Join(frames, "")).Fence()
		c.Close()
		k.Disconnected()
	}
}

// closes sends bytes on a joined revision 4 session, which end it.
func closes(frames ...string) func(*raw.Talk) {
	return func(k *raw.Talk) {
		c := k.Socket4()
		c.Bytes(strings.Join(frames, "")).End()
		k.Disconnected()
	}
}

// echo is a packet of n bytes that the application echoes.
func echo(n int) string {
	return `42["echo","` + strings.Repeat("x", n-len(`42["echo",""]`)) + `"]`
}

// opening is an opening handshake with headers of its own.
func opening(query string, headers ...string) func(*raw.Talk) {
	return func(k *raw.Talk) {
		c := k.Do("GET", query, "", headers...)
		if c.Status == 101 {
			c.Recv(1)
		}
	}
}

const (
	hUpgrade    = "Upgrade: websocket"
	hConnection = "Connection: Upgrade"
	hVersion    = "Sec-WebSocket-Version: 13"
	hKey        = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="
)

// badVersion is how an unknown version is refused.
const badVersion = "400 [content-type: text/html] Missing or invalid Sec-WebSocket-Version header"

var (
	notMinimal = []difference{
		{reference: "text 42[\"echo\",1]\nfence", ioserver: "close 1002\neof", why: "RFC 6455 5.2 wants the shortest form"},
		{reference: "transport close", ioserver: "transport error", why: "of that"},
	}
	topBit = []difference{{reference: "close 1009", ioserver: "close 1002", why: "RFC 6455 5.2 wants that bit to be 0"}}
)

func TestRawWebSocketOpening(t *testing.T) {
	compare(t, []rawCase{
		{name: "revision 4", talk: opening(socket4, hUpgrade, hConnection, hVersion, hKey)},
		{name: "revision 3", talk: func(k *raw.Talk) { k.Socket3() }},
		{name: "case and lists", talk: opening(socket4, "uPGRADE: WebSocket", "connection: keep-alive, UPGRADE", "sec-websocket-version: 13", "sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==")},
		{name: "no upgrade header", talk: opening(socket4, hConnection, hVersion, hKey)},
		{name: "no connection header", talk: opening(socket4, hUpgrade, hVersion, hKey)},
		{name: "upgrade to something else", talk: opening(socket4, "Upgrade: h2c", hConnection, hVersion, hKey), differs: []difference{{
			reference: "400 [content-type: text/html] Invalid Upgrade header", ioserver: `400 [content-type: application/json] {"code":3,"message":"Bad request"}`,
			why: "RFC 9110 7.8 lets a server pass over an upgrade that it does not know",
		}}},
		{name: "no version", talk: opening(socket4, hUpgrade, hConnection, hKey)},
		{name: "version 8", talk: opening(socket4, hUpgrade, hConnection, "Sec-WebSocket-Version: 8", hKey),
			ioserver: badVersion, why: "RFC 6455 has version 13 only"},
		{name: "version 12", talk: opening(socket4, hUpgrade, hConnection, "Sec-WebSocket-Version: 12", hKey)},
		{name: "no key", talk: opening(socket4, hUpgrade, hConnection, hVersion)},
		{name: "key too short", talk: opening(socket4, hUpgrade, hConnection, hVersion, "Sec-WebSocket-Key: dGhlIHNhbXBsZQ==")},
		{name: "key not base64", talk: opening(socket4, hUpgrade, hConnection, hVersion, "Sec-WebSocket-Key: !!!!!!!!!!!!!!!!!!!!!!==")},
		{name: "extensions offered", talk: opening(socket4, hUpgrade, hConnection, hVersion, hKey, "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits")},
		{name: "subprotocols offered", talk: opening(socket4, hUpgrade, hConnection, hVersion, hKey, "Sec-WebSocket-Protocol: a, b")},
		{name: "POST", talk: func(k *raw.Talk) { k.Do("POST", socket4, "", hUpgrade, hConnection, hVersion, hKey) }, differs: []difference{{
			reference: "400 [content-type: text/html] Bad handshake method", ioserver: `400 [content-type: application/json] {"code":2,"message":"Bad handshake method"}`,
			why: "an upgrade is a GET",
		}}},
		{name: "transport polling", talk: func(k *raw.Talk) { k.Upgrade("?EIO=4&transport=polling").End() },
			ioserver: "400 [content-type: text/html] Bad request\neof", why: "the reference refuses after its 101"},
		{name: "unknown transport", talk: func(k *raw.Talk) { k.Upgrade("?EIO=4&transport=foo") }},
		{name: "no transport", talk: func(k *raw.Talk) { k.Upgrade("?EIO=4") }},
		{name: "unknown sid", talk: func(k *raw.Talk) {
			for _, sid := range []string{"x", "__proto__", "AAAAAAAAAAAAAAAAAAAA", "AAAAAAAAAAAAAAAAAAAAAAAAAAAA", "%00"} {
				k.Upgrade(socket4 + "&sid=" + sid).EOF()
			}
		}},
		{name: "revision 3 refused", on: revision4, talk: func(k *raw.Talk) { k.Upgrade("?EIO=3&transport=websocket").EOF() },
			ioserver: "400 [content-type: text/html] Unsupported protocol version\neof", why: "the reference says so after its 101"},
		{name: "other path", talk: func(k *raw.Talk) {
			c := k.Dial().Write(raw.Request("GET", "/other"+socket4, "", hUpgrade, hConnection, hVersion, hKey))
			c.Refused()
		}},
		{name: "frames with the request", talk: func(k *raw.Talk) {
			request := raw.Request("GET", "/socket.io/"+socket4, "", hUpgrade, hConnection, hVersion, hKey)
			c := k.Dial().Write(request + raw.Frame(0x81, "40") + raw.Frame(0x81, `420["echo","early"]`))
			c.Answer()
			c.Recv(3)
		}, ioserver: `101 [sec-websocket-accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=] [upgrade: websocket]
text 0{"sid":"<sid1>","upgrades":[],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}
text 40{"sid":"<sid2>"}
text 430["early"]`, why: "the reference loses what arrives with the request; no client sends so early"},
		{name: "HTTP/1.0", talk: func(k *raw.Talk) {
			k.Dial().Write("GET /socket.io/" + socket4 + " HTTP/1.0\r\nHost: {host}\r\n" + hUpgrade + "\r\n" + hConnection + "\r\n" + hVersion + "\r\n" + hKey + "\r\n\r\n").Refused()
		}},
	})
}

func TestRawWebSocketFrames(t *testing.T) {
	text := func(s string) string { return raw.Frame(0x81, s) }
	oversize := strings.Repeat("x", 1001)
	compare(t, []rawCase{
		{name: "text", talk: frames(text(`42["echo","ü 😀"]`))},
		{name: "binary", talk: frames(text(`451-["echo",{"_placeholder":true,"num":0}]`), raw.Frame(0x82, "\x00\x01\xff"))},
		{name: "every form of length", talk: frames(text(echo(125)), text(echo(126)), text(echo(65535)), text(echo(65536)))},
		{name: "fragments", talk: frames(raw.Frame(0x01, `42["ec`), raw.Frame(0x00, `ho",`), raw.Frame(0x00, ""), raw.Frame(0x80, `1]`))},
		{name: "fragments within a character", talk: frames(raw.Frame(0x01, "42[\"echo\",\"\xf0\x9f"), raw.Frame(0x80, "\x98\x80\"]"))},
		{name: "control frames between fragments", talk: frames(raw.Frame(0x01, `42["echo"`), raw.Frame(0x89, "between"), raw.Frame(0x8a, "pong"), raw.Frame(0x80, `,1]`))},
		{name: "binary fragments", talk: frames(text(`451-["echo",{"_placeholder":true,"num":0}]`), raw.Frame(0x02, "\xff"), raw.Frame(0x89, ""), raw.Frame(0x80, "\xfe"))},
		{name: "ping", talk: frames(raw.Frame(0x89, "hello"), raw.Frame(0x89, ""), raw.Frame(0x89, strings.Repeat("p", 125)))},
		{name: "pong unasked", talk: frames(raw.Frame(0x8a, "hello"))},
		{name: "byte by byte", talk: func(k *raw.Talk) {
			c := k.Socket4()
			for _, b := range strings.Split(raw.Frame(0x81, `42["echo","slow"]`), "") {
				c.Bytes(b)
			}
			c.Fence()
		}},
		{name: "many frames at once", talk: frames(strings.Repeat(text(`42["echo",1]`), 50))},
		{name: "empty text", talk: closes(raw.Frame(0x81, ""))},
		{name: "empty binary", talk: closes(raw.Frame(0x82, ""))},
		{name: "unknown packet", talk: closes(text("x"))},
		{name: "binary unasked", talk: closes(raw.Frame(0x82, "\x01"))},
		{name: "unmasked", talk: closes(raw.Unmasked(0x81, `42["echo",1]`))},
		{name: "reserved bit 1", talk: closes(raw.Frame(0xc1, `42["echo",1]`))},
		{name: "reserved bit 2", talk: closes(raw.Frame(0xa1, `42["echo",1]`))},
		{name: "reserved bit 3", talk: closes(raw.Frame(0x91, `42["echo",1]`))},
		{name: "reserved opcode 3", talk: closes(raw.Frame(0x83, "x"))},
		{name: "reserved opcode 7", talk: closes(raw.Frame(0x87, "x"))},
		{name: "reserved opcode b", talk: closes(raw.Frame(0x8b, "x"))},
		{name: "reserved opcode f", talk: closes(raw.Frame(0x8f, "x"))},
		{name: "ping in fragments", talk: closes(raw.Frame(0x09, "x"))},
		{name: "ping too long", talk: closes(raw.Frame(0x89, strings.Repeat("x", 126)))},
		{name: "close too long", talk: closes(raw.Frame(0x88, "\x03\xe8"+strings.Repeat("x", 124)))},
		{name: "continuation of nothing", talk: closes(raw.Frame(0x80, "x"))},
		{name: "text within fragments", talk: closes(raw.Frame(0x01, "4"), raw.Frame(0x81, "2"))},
		{name: "binary within fragments", talk: closes(raw.Frame(0x01, "4"), raw.Frame(0x82, "2"))},
		{name: "invalid UTF-8", talk: closes(text("42[\"echo\",\"\xff\"]"))},
		{name: "UTF-8 of a surrogate", talk: closes(text("42[\"echo\",\"\xed\xa0\x80\"]"))},
		{name: "overlong UTF-8", talk: closes(text("42[\"echo\",\"\xc0\xaf\"]"))},
		{name: "UTF-8 cut off", talk: closes(text("42[\"echo\",\"\xe2\x82"))},
		{name: "UTF-8 cut off over fragments", talk: closes(raw.Frame(0x01, "42[\"echo\",\"\xe2"), raw.Frame(0x80, ""))},
		{name: "64-bit length with the top bit", talk: closes("\x81\xff\x80\x00\x00\x00\x00\x00\x00\x01\x00\x00\x00\x00"), differs: topBit},
		{name: "64-bit length of all ones", talk: closes("\x81\xff\xff\xff\xff\xff\xff\xff\xff\xff\x00\x00\x00\x00"), differs: topBit},
		{name: "length over the limit, announced only", talk: closes("\x81\xff\x00\x00\x00\x00\x7f\xff\xff\xff\x00\x00\x00\x00")},
		{name: "length not minimal", differs: notMinimal, talk: frames("\x81\xfe\x00\x0c\x00\x00\x00\x00" + `42["echo",1]`)},
		{name: "length not minimal, 64 bits", differs: notMinimal, talk: frames("\x81\xff\x00\x00\x00\x00\x00\x00\x00\x0c\x00\x00\x00\x00" + `42["echo",1]`)},
		{name: "largest message", on: small, talk: frames(text(echo(1000)))},
		{name: "message too large", on: small, talk: closes(text(oversize))},
		{name: "message too large in fragments", on: small, talk: closes(raw.Frame(0x01, oversize[:600]), raw.Frame(0x80, oversize[600:]))},
		{name: "message too large, never finished", on: small, talk: closes(raw.Frame(0x01, oversize[:600]), raw.Frame(0x00, oversize[600:]))},
		{name: "close 1000", talk: closes(raw.Frame(0x88, "\x03\xe8bye"))},
		{name: "close without a code", talk: closes(raw.Frame(0x88, ""))},
		{name: "close 1001", talk: closes(raw.Frame(0x88, "\x03\xe9"))},
		{name: "close 3000 and 4999", talk: func(k *raw.Talk) {
			k.Socket4().Bytes(raw.Frame(0x88, "\x0b\xb8")).End()
			k.Socket4().Bytes(raw.Frame(0x88, "\x13\x87")).End()
		}},
		{name: "close with one byte", talk: closes(raw.Frame(0x88, "\x03"))},
		{name: "close with codes that may not be sent", talk: func(k *raw.Talk) {
			for _, code := range []int{0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2999, 5000, 65535} {
				k.Note("%d", code)
				k.Socket4().Bytes(raw.Frame(0x88, string([]byte{byte(code >> 8), byte(code)}))).End()
			}
		}},
		{name: "close with invalid UTF-8", talk: closes(raw.Frame(0x88, "\x03\xe8\xff"))},
		{name: "frames after close", talk: closes(raw.Frame(0x88, "\x03\xe8"), text(`42["echo",1]`))},
		{name: "connection closed without close", talk: func(k *raw.Talk) {
			k.Socket4().Close()
			k.Disconnected()
		}},
		{name: "connection half closed", talk: func(k *raw.Talk) {
			c := k.Socket4()
			c.CloseWrite()
			c.End()
			k.Disconnected()
		}},
		{name: "connection reset within a frame", talk: func(k *raw.Talk) {
			c := k.Socket4().Bytes("\x81\xfe\x10\x00")
			c.Reset()
			k.Disconnected()
		}},
		{name: "Engine.IO close", talk: frames(text("1"))},
		{name: "Engine.IO ping", talk: closes(text("2"))},
		{name: "Engine.IO probe on an open session", talk: closes(text("2probe"))},
		{name: "Engine.IO pong unasked, noop, upgrade, open", talk: frames(text("3"), text("6"), text("5"), text("0"))},
		{name: "Engine.IO base64", talk: frames(text(`451-["echo",{"_placeholder":true,"num":0}]`), text("bAQI="))},
		{name: "server disconnects", talk: closes(text(`42["kick",true]`))},
		{name: "server leaves the namespace", talk: func(k *raw.Talk) {
			c := k.Socket4()
			c.Text(`42["kick",false]`).Recv(1)
			k.Disconnected()
			c.Text("40").Recv(1)
			c.Fence()
		}},
	})
}

func TestRawWebSocketRevision3(t *testing.T) {
	b64 := func(k *raw.Talk) *raw.Conn {
		c := k.Upgrade("?EIO=3&transport=websocket&b64=1")
		c.Recv(2)
		return c
	}
	compare(t, []rawCase{
		{name: "ping and pong", talk: func(k *raw.Talk) { k.Socket3().Text("2", "2probe", "2hello").Recv(3).Fence() }},
		{name: "pong from the client", talk: func(k *raw.Talk) {
			k.Socket3().Text("3").End()
			k.Disconnected()
		}},
		{name: "text", talk: func(k *raw.Talk) { k.Socket3().Text(`42["echo","ü 😀"]`).Fence() }},
		{name: "binary has its type before it", talk: func(k *raw.Talk) {
			k.Socket3().Text(`451-["echo",{"_placeholder":true,"num":0}]`).Binary("\x04\x01\x02").Recv(2).Fence()
		}},
		{name: "binary of another type", talk: func(k *raw.Talk) {
			k.Socket3().Text(`451-["echo",{"_placeholder":true,"num":0}]`).Binary("\x02\x01").Fence()
		}},
		{name: "binary without type", talk: func(k *raw.Talk) {
			k.Socket3().Text(`451-["echo",{"_placeholder":true,"num":0}]`).Binary("\x09\x01").Fence()
		}, differs: []difference{{reference: "close", ioserver: "close 1003", why: "RFC 6455 has a code for it"}}},
		{name: "base64", talk: func(k *raw.Talk) {
			k.Socket3().Text(`451-["echo",{"_placeholder":true,"num":0}]`, "b4AQI=").Recv(2).Fence()
		}},
		{name: "b64", talk: func(k *raw.Talk) {
			b64(k).Text(`42["mixed","€"]`).Recv(5).Fence()
		}},
		{name: "namespace with a query", talk: func(k *raw.Talk) {
			k.Socket3().Text(`40/admin?token=secret,`).Recv(1).Text(`42/admin,0["echo",1]`).Recv(1).Text("41/admin").Fence()
			k.Disconnected()
		}},
		{name: "leaves the default namespace", talk: func(k *raw.Talk) {
			c := k.Socket3().Text("40/chat").Recv(1)
			c.Text("41").Text(`42/chat,0["echo",1]`).Recv(1)
			k.Disconnected()
		}},
		{name: "connects to the default namespace again", talk: func(k *raw.Talk) {
			k.Socket3().Text("40").End()
			k.Disconnected()
		}},
		{name: "server disconnects", talk: func(k *raw.Talk) {
			k.Socket3().Text(`42["kick",true]`).End()
			k.Disconnected()
		}},
	})
}
