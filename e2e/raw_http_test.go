package e2e

import (
	"strings"
	"testing"

	"github.com/ioserver/ioserver/e2e/raw"
)

const handshake = "/socket.io/?EIO=4&transport=polling"

// opened4 is what raw.Talk.Open4 writes down.
const opened4 = `200 [cache-control: no-store] [content-type: text/plain; charset=utf-8] 0{"sid":"<sid1>","upgrades":["websocket"],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}
200 [cache-control: no-store] [content-type: text/html] ok
200 [cache-control: no-store] [content-type: text/plain; charset=utf-8] 40{"sid":"<sid2>"}
`

const unknownSID = `400 [content-type: application/json] {"code":1,"message":"Session ID unknown"}`

// request is the conversation of one request, sent as it is and answered.
func request(bytes string) func(*raw.Talk) {
	return func(k *raw.Talk) { k.Dial().Write(bytes).Answer() }
}

// malformed sends each request on a connection of its own. None may be taken.
func malformed(requests ...string) func(*raw.Talk) {
	return func(k *raw.Talk) {
		for _, r := range requests {
			c := k.Dial().Write(r)
			c.CloseWrite()
			c.Refused()
		}
	}
}

// smuggled sends a malformed POST to a session, whose body hides a second
// request, and then looks whether the session has heard of either.
func smuggled(head string) func(*raw.Talk) {
	return func(k *raw.Talk) {
		k.Open4()
		hidden := raw.Request("POST", "/socket.io/"+raw.Polling4, `42["echo","smuggled"]`)
		c := k.Dial().Write("POST /socket.io/" + raw.Polling4 + " HTTP/1.1\r\nHost: {host}\r\n" + head + "\r\n" + hidden)
		c.CloseWrite()
		c.Refused()
		k.Post(raw.Polling4, `42["echo","alive"]`)
		k.Get(raw.Polling4)
	}
}

func TestRawHTTP(t *testing.T) {
	get := "GET " + handshake + " HTTP/1.1\r\nHost: {host}\r\n"
	post := "POST " + handshake + " HTTP/1.1\r\nHost: {host}\r\n"
	compare(t, []rawCase{
		{name: "HTTP/1.0", talk: func(k *raw.Talk) {
			c := k.Dial().Write("GET " + handshake + " HTTP/1.0\r\n\r\n")
			c.Answer()
			c.EOF()
		}},
		{name: "HTTP/1.0 keep-alive", talk: func(k *raw.Talk) {
			c := k.Dial()
			for range 2 {
				c.Write("GET " + handshake + " HTTP/1.0\r\nConnection: keep-alive\r\n\r\n").Answer()
			}
		}},
		{name: "keep-alive", talk: func(k *raw.Talk) {
			c := k.Dial()
			for range 3 {
				c.Write(raw.Request("GET", handshake, "")).Answer()
			}
		}},
		{name: "keep-alive through errors", talk: func(k *raw.Talk) {
			c := k.Dial()
			c.Write(raw.Request("GET", "/socket.io/?EIO=4&transport=polling&sid=x", "")).Answer()
			c.Write(raw.Request("POST", handshake, "some body")).Answer()
			c.Write(raw.Request("GET", handshake, "")).Answer()
		}},
		{name: "connection: close", talk: func(k *raw.Talk) {
			c := k.Dial().Write(raw.Request("GET", handshake, "", "Connection: close"))
			c.Answer()
			c.EOF()
		}},
		{name: "many sessions on one connection", talk: func(k *raw.Talk) {
			var queries []string
			for range 4 {
				k.Open4()
				queries = append(queries, k.Fill(raw.Polling4))
			}
			c := k.Dial()
			for range 2 {
				for _, q := range queries {
					c.Write(raw.Request("POST", "/socket.io/"+q, `42["echo",1]`)).Answer()
					c.Write(chunked(q, `42["ec`, `ho",2]`)).Answer()
				}
				for _, q := range queries {
					c.PollUntil(q, `42["echo",2]`)
				}
			}
		}},
		{name: "pipelined", talk: func(k *raw.Talk) {
			k.Open4()
			c := k.Dial().Write(raw.Request("GET", "/socket.io/?EIO=4&transport=polling&sid=x", "") + raw.Request("GET", "/other", "") +
				chunked(raw.Polling4, `42["ec`, `ho",1]`) + raw.Request("GET", handshake, ""))
			for range 4 {
				c.Answer()
			}
		}},
		{name: "pipelined posts of one session", talk: func(k *raw.Talk) {
			k.Open4()
			q := "/socket.io/" + raw.Polling4
			c := k.Dial().Write(raw.Request("POST", q, `42["echo",1]`) + chunked(raw.Polling4, `42["echo"`, `,2]`) + raw.Request("POST", q, `42["echo",3]`))
			for range 3 {
				c.Answer()
			}
			k.PollUntil(raw.Polling4, `42["echo",3]`)
		}, ioserver: opened4 + strings.Repeat("200 [cache-control: no-store] [content-type: text/html] ok\n", 3) +
			`200 [cache-control: no-store] [content-type: text/plain; charset=utf-8] "42[\"echo\",1]\x1e42[\"echo\",2]\x1e42[\"echo\",3]"`,
			why: "the reference takes pipelined posts for overlapping ones and breaks the session off"},
		{name: "pipelined behind a poll that is answered at once", talk: func(k *raw.Talk) {
			k.Open4()
			q := "/socket.io/" + raw.Polling4
			k.Post(raw.Polling4, `42["echo",1]`)
			c := k.Dial().Write(raw.Request("GET", q, "") + raw.Request("POST", q, `42["echo",2]`) + raw.Request("GET", q, ""))
			for range 3 {
				c.Answer()
			}
		}},
		{name: "pipelined behind a poll that waits", talk: func(k *raw.Talk) {
			k.Open4()
			q := "/socket.io/" + raw.Polling4
			c := k.Dial().Write(raw.Request("GET", q, "") + raw.Request("GET", "/other", ""))
			arrived(k)
			k.Post(raw.Polling4, `42["echo",1]`)
			c.Answer()
			c.Answer()
		}},
		{name: "byte by byte", talk: func(k *raw.Talk) {
			k.Open4()
			c := k.Dial()
			for _, b := range strings.Split(k.Fill(raw.Request("POST", "/socket.io/"+raw.Polling4, `42["echo","slow"]`)), "") {
				c.Bytes(b)
			}
			c.Answer()
			k.Get(raw.Polling4)
		}},
		{name: "half closed after the request", talk: func(k *raw.Talk) {
			c := k.Dial().Write(raw.Request("GET", handshake, ""))
			c.CloseWrite()
			c.Answer()
		}},
		{name: "expect: 100-continue", talk: func(k *raw.Talk) {
			k.Open4()
			c := k.Dial().Write("POST /socket.io/" + raw.Polling4 + " HTTP/1.1\r\nHost: {host}\r\nExpect: 100-continue\r\nContent-Length: 12\r\n\r\n")
			c.Answer()
			c.Write(`42["echo",1]`).Answer()
			k.Get(raw.Polling4)
		}},
		{name: "header names and values in odd shapes", talk: request("GET " + handshake + " HTTP/1.1\r\nhOST:{host}\r\nX-Empty:\r\nX-Tab:\ta\t\r\nX-High: \xfc\r\n\r\n")},
		{name: "empty lines before the request", talk: request("\r\n\r\n" + get + "\r\n")},
		{name: "15 kB of headers", talk: func(k *raw.Talk) {
			k.Get("?EIO=4&transport=polling", "X-Long: "+strings.Repeat("x", 15_000))
			k.Get("?EIO=4&transport=polling", "Cookie: "+strings.Repeat("k=v; ", 3000))
			k.Get("?EIO=4&transport=polling&long=" + strings.Repeat("x", 15_000))
		}},
		{name: "20 kB of headers", talk: malformed(
			raw.Request("GET", handshake, "", "X-Long: "+strings.Repeat("x", 20_000)),
			raw.Request("GET", handshake+"&long="+strings.Repeat("x", 20_000), ""),
			raw.Request("GET", handshake, "", strings.Split(strings.Repeat("X-Many: y|", 4000)+"X-Last: z", "|")...),
		)},
		{name: "malformed request lines", talk: malformed("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", "hello\r\n\r\n",
			"GET\r\n\r\n", "GET / HTTP/1.1 x\r\nHost: h\r\n\r\n",
			"GET "+handshake+" HTTX/1.1\r\nHost: h\r\n\r\n", "G\x00T "+handshake+" HTTP/1.1\r\nHost: h\r\n\r\n",
			"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", " GET "+handshake+" HTTP/1.1\r\nHost: h\r\n\r\n")},
		{name: "malformed headers", talk: malformed(get+"No colon\r\n\r\n", get+"Space : before\r\n\r\n", get+": no name\r\n\r\n",
			get+"X: nul \x00\r\n\r\n", get+"X\x01Y: control\r\n\r\n", get+"X: cr \r in value\r\n\r\n", "GET "+handshake+" HTTP/1.1\r\n Host: h\r\n\r\n")},
		{name: "no host", talk: malformed("GET " + handshake + " HTTP/1.1\r\n\r\n")},
		{name: "two hosts", talk: malformed("GET " + handshake + " HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"), differs: []difference{{
			reference: "taken: 200", ioserver: "refused", why: "RFC 9112 3.2 wants it refused",
		}}},
		{name: "bad lengths", talk: malformed(post+"Content-Length: -1\r\n\r\n", post+"Content-Length: 1x\r\n\r\nab",
			post+"Content-Length: 18446744073709551617\r\n\r\na", post+"Content-Length: 9223372036854775808\r\n\r\na",
			post+"Content-Length: 1, 1\r\n\r\na", post+"Content-Length: +1\r\n\r\na", post+"Content-Length: 0x1\r\n\r\na",
			post+"Content-Length: \r\n\r\na")},
		{name: "bad chunks", talk: malformed(post+"Transfer-Encoding: chunked\r\n\r\nx\r\na\r\n0\r\n\r\n", post+"Transfer-Encoding: chunked\r\n\r\n-1\r\na\r\n0\r\n\r\n",
			post+"Transfer-Encoding: chunked\r\n\r\n1ffffffffffffffff\r\na\r\n0\r\n\r\n", post+"Transfer-Encoding: chunked\r\n\r\n2\r\nabc\r\n0\r\n\r\n",
			post+"Transfer-Encoding: chunked\r\n\r\n1 \r\na\r\n0\r\n\r\n")},
		{name: "smuggling: length and chunked", talk: smuggled("Content-Length: 4\r\nTransfer-Encoding: chunked\r\n")},
		{name: "smuggling: chunked and length", talk: smuggled("Transfer-Encoding: chunked\r\nContent-Length: 4\r\n")},
		{name: "smuggling: two lengths", talk: smuggled("Content-Length: 0\r\nContent-Length: 10\r\n")},
		{name: "smuggling: length in a folded line", talk: func(k *raw.Talk) {
			k.Open4()
			hidden := raw.Request("POST", "/socket.io/"+raw.Polling4, `42["echo","smuggled"]`)
			k.Dial().Write("POST /socket.io/" + raw.Polling4 + " HTTP/1.1\r\nHost: {host}\r\nX: y\r\n Content-Length: 0\r\n\r\n" + hidden).Refused()
			alive4(k)
		}, differs: []difference{
			{reference: "refused", ioserver: "taken: 200", why: "RFC 9112 5.2 allows a folded line, which belongs to the one before"},
			{
				reference: posted + "\n" + polled + `42["echo","alive"]`, ioserver: unknownSID + "\n" + unknownSID,
				why: "so this is a post without a body, which is an error in every revision",
			},
		}},
		{name: "smuggling: space before the colon", talk: smuggled("Content-Length : 0\r\n")},
		{name: "smuggling: chunked under another name", talk: smuggled("Transfer-Encoding: xchunked\r\n"), differs: []difference{{
			reference: unknownSID + "\n" + unknownSID,
			ioserver:  posted + "\n" + polled + `42["echo","alive"]`,
			why:       "the session does not hear of a request that is refused",
		}}},
		{name: "smuggling: chunked is not last", talk: smuggled("Transfer-Encoding: chunked, identity\r\n")},
		{name: "smuggling: two encodings", talk: smuggled("Transfer-Encoding: identity\r\nTransfer-Encoding: chunked\r\nContent-Length: 4\r\n")},
		{name: "smuggling: vertical tab", talk: smuggled("Transfer-Encoding:\x0bchunked\r\n")},
		{name: "smuggling: null in the name", talk: smuggled("Content-Length\x00: 0\r\n")},
		{name: "a body on a GET", talk: func(k *raw.Talk) {
			c := k.Dial().Write(get + "Content-Length: 5\r\n\r\nhello" + raw.Request("GET", handshake, ""))
			c.Answer()
			c.Answer()
		}},
	})
}
