package e2e

import (
	"fmt"
	"strings"
	"testing"

	"github.com/ioserver/ioserver/e2e/raw"
)

// separator is between the packets of a revision 4 payload.
const separator = "\x1e"

// post4 opens a revision 4 session, sends each body in a POST of its own, and
// then polls until the session has answered `420["echo","end"]`.
func post4(bodies ...string) func(*raw.Talk) {
	return func(k *raw.Talk) {
		k.Open4()
		for _, b := range bodies {
			k.Post(raw.Polling4, b)
		}
		if k.Post(raw.Polling4, `4299["echo","end"]`).Status != 200 {
			k.Disconnected()
			return
		}
		k.PollUntil(raw.Polling4, `4399["end"]`)
	}
}

// posted and polled are how a post is answered, and how a poll begins to be.
const (
	posted = `200 [cache-control: no-store] [content-type: text/html] ok`
	polled = `200 [cache-control: no-store] [content-type: text/plain; charset=utf-8] `
)

var small = &config{name: "small bodies"}

func init() { small.MaxHTTPBufferSize = 1000 }

func TestRawPolling(t *testing.T) {
	exact := echo(1000)
	umlauts := `42["echo","` + strings.Repeat("ü", 494) + `"]` // 507 characters
	compare(t, []rawCase{
		{name: "cycle", talk: post4(`42["echo","a"]`)},
		{name: "packets in one body", talk: post4(`42["echo",1]` + separator + `42["echo",2]` + separator + `42["echo",3]`)},
		{name: "acknowledgement", talk: post4(`427["echo",1,"two",{"three":3}]`)},
		{name: "acknowledgement id 0 and large", talk: post4(`420["echo",1]`, `429007199254740991["echo",2]`)},
		{name: "unicode", talk: post4(`42["echo","ü 你好 😀 \u0000"]`, "42[\"echo\",\"\u2028 \x7f\"]")},
		{name: "binary as base64", talk: post4(`451-["echo",{"_placeholder":true,"num":0}]`+separator+`bAQIDBA==`,
			`451-8["echo",{"_placeholder":true,"num":0}]`+separator+`b`, `451-9["echo",{"_placeholder":true,"num":0}]`, `bAQIDBA==`)},
		{name: "base64 without padding", talk: post4(`451-["echo",{"_placeholder":true,"num":0}]` + separator + `bAQIDBA`)},
		{name: "base64 in the alphabet of URLs", talk: post4(`451-["echo",{"_placeholder":true,"num":0}]` + separator + `b-_-_`)},
		{name: "base64 that is none", talk: post4(`451-["echo",{"_placeholder":true,"num":0}]` + separator + `bA!Q I=D`), differs: []difference{{
			reference: posted + "\n" + polled + `"451-[\"echo\",{\"_placeholder\":true,\"num\":0}]\x1ebAQI=\x1e4399[\"end\"]"`,
			ioserver:  unknownSID + "\napplication: disconnect /: parse error",
			why:       "rubbish is not data",
		}}},
		{name: "empty body", talk: post4("")},
		{name: "unknown packet type", talk: post4("x")},
		{name: "unknown packet type 7", talk: post4("7abc")},
		{name: "empty packet between", talk: post4(`42["echo",1]` + separator + separator + `42["echo",2]`)},
		{name: "trailing separator", talk: post4(`42["echo",1]` + separator)},
		{name: "bad packet after a good one", talk: post4(`42["echo",1]` + separator + `x` + separator + `42["echo",2]`)},
		{name: "noop, open and upgrade from the client", talk: post4("6", "0", "5")},
		{name: "ping from the client", talk: post4("2")},
		{name: "ping probe from the client", talk: post4("2probe")},
		{name: "pong unasked", talk: post4("3")},
		{name: "message without data", talk: post4("4")},
		{name: "close", talk: post4("1")},
		{name: "close between packets", talk: post4(`42["echo",1]` + separator + `1` + separator + `42["echo",2]`)},
		{name: "close answers the poll", racy: true, talk: func(k *raw.Talk) {
			k.Open4()
			poll := k.Start("GET", raw.Polling4, "")
			arrived(k)
			k.Post(raw.Polling4, "1")
			poll.Answer()
			k.Disconnected()
		}},
		{name: "poll waits", racy: true, talk: func(k *raw.Talk) {
			k.Open4()
			poll := k.Start("GET", raw.Polling4, "")
			k.Post(raw.Polling4, `42["echo","waited for"]`)
			poll.Answer()
		}},
		{name: "octet-stream", talk: func(k *raw.Talk) {
			k.Open4()
			k.Post(raw.Polling4, "\x04\x01", "Content-Type: application/octet-stream")
			k.Disconnected()
		}},
		{name: "content types do not matter", talk: func(k *raw.Talk) {
			k.Open4()
			for _, ct := range []string{"text/html", "application/json", "application/x-www-form-urlencoded", "text/plain;charset=utf-16", ""} {
				k.Post(raw.Polling4, fmt.Sprintf(`42["echo","%s"]`, ct), "Content-Type: "+ct)
			}
			k.PollUntil(raw.Polling4, `42["echo",""]`)
		}},
		{name: "poll broken off", racy: true, talk: func(k *raw.Talk) {
			k.Open4()
			c := k.Start("GET", raw.Polling4, "")
			arrived(k)
			c.Reset()
			k.Disconnected()
			k.Get(raw.Polling4)
		}},
		{name: "two polls", racy: true, talk: func(k *raw.Talk) {
			k.Open4()
			first := k.Start("GET", raw.Polling4, "")
			arrived(k)
			second := k.Start("GET", raw.Polling4, "")
			k.AnyOrder(func() { first.Answer(); second.Answer() })
			k.Disconnected()
			k.Get(raw.Polling4)
		}},
		{name: "post while a post arrives", talk: func(k *raw.Talk) {
			k.Open4()
			first := k.Dial().Write("POST /socket.io/" + raw.Polling4 + " HTTP/1.1\r\nHost: {host}\r\nContent-Length: 5\r\n\r\n42")
			arrived(k)
			k.Post(raw.Polling4, `42["echo",1]`)
			first.Close()
		}, differs: []difference{{
			reference: unknownSID + "\n400", ioserver: unknownSID + "\n" + posted,
			why: "a session hears of complete bodies only, so only one of the two has arrived",
		}}},
		{name: "post broken off", talk: func(k *raw.Talk) {
			k.Open4()
			c := k.Dial().Write("POST /socket.io/" + raw.Polling4 + " HTTP/1.1\r\nHost: {host}\r\nContent-Length: 500\r\n\r\n42")
			arrived(k)
			c.Reset()
			arrived(k)
			alive4(k)
		}, differs: []difference{{
			reference: unknownSID + "\n" + unknownSID + "\n" + unknownSID + "\n" + unknownSID,
			ioserver:  unknownSID + "\n" + unknownSID + "\n" + posted + "\n" + polled + `42["echo","alive"]`,
			why:       "a session hears of complete bodies only",
		}}},
		{name: "wrong transport", talk: func(k *raw.Talk) {
			k.Open4()
			k.Get("?EIO=4&transport=websocket&sid={sid}")
			k.Post("?EIO=4&transport=websocket&sid={sid}", `42["echo",1]`)
			k.Post(raw.Polling4, `42["echo","alive"]`)
			k.Get(raw.Polling4)
		}},
		{name: "wrong revision", talk: func(k *raw.Talk) {
			k.Open4()
			k.Get(raw.Polling3)
			k.Post(raw.Polling3, `42["echo",1]`)
			k.Get("?transport=polling&sid={sid}")
			k.Post(raw.Polling4, `42["echo","alive"]`)
			k.Get(raw.Polling4)
			k.Open3()
			k.Get(raw.Polling4)
			k.Post(raw.Polling4, `42["echo",1]`)
			k.Post(raw.Polling3, `19:420["echo","alive"]`)
			k.Get(raw.Polling3)
		}},
		{name: "largest body", on: small, talk: post4(exact)},
		{name: "body too large", on: small, talk: post4(exact + " ")},
		{name: "body too large in bytes", on: small, talk: post4(umlauts)},
		{name: "chunked body", talk: func(k *raw.Talk) {
			k.Open4()
			k.Dial().Write(chunked(raw.Polling4, `42["ec`, `ho","ü`, `"]`)).Answer()
			k.Get(raw.Polling4)
		}},
		{name: "chunk within a character", talk: func(k *raw.Talk) {
			k.Open4()
			k.Dial().Write(chunked(raw.Polling4, "42[\"echo\",\"\xc3", "\xbc\"]")).Answer()
			k.Get(raw.Polling4)
		}},
		{name: "chunked body too large", on: small, talk: func(k *raw.Talk) {
			k.Open4()
			k.Dial().Write(chunked(raw.Polling4, exact, " ")).Answer()
			k.Post(raw.Polling4, `42["echo","alive"]`)
			k.Get(raw.Polling4)
		}},
		{name: "server disconnects while a poll waits", racy: true, talk: func(k *raw.Talk) {
			k.Open4()
			poll := k.Start("GET", raw.Polling4, "")
			arrived(k)
			k.Post(raw.Polling4, `42["kick",true]`)
			poll.Answer()
			k.Disconnected()
			k.Get(raw.Polling4)
		}},
		{name: "server disconnects", talk: func(k *raw.Talk) {
			k.Open4()
			k.Post(raw.Polling4, `42["kick",true]`)
			k.Get(raw.Polling4)
			k.Get(raw.Polling4)
			k.Disconnected()
			k.Get(raw.Polling4)
		}},
		{name: "server leaves the namespace", talk: func(k *raw.Talk) {
			k.Open4()
			k.Post(raw.Polling4, `42["kick",false]`)
			k.Get(raw.Polling4)
			k.Disconnected()
			k.Post(raw.Polling4, "40")
			k.Get(raw.Polling4)
		}},
		{name: "compression", talk: func(k *raw.Talk) {
			k.Open4()
			long := strings.Repeat("compress me ", 200)
			for _, accept := range []string{"gzip, deflate", "deflate", "gzip;q=0, deflate;q=0.5", "identity", "br", "*", "gzip;q=0"} {
				k.Post(raw.Polling4, `42["echo","`+long+`"]`)
				c := k.Start("GET", raw.Polling4, "", "Accept-Encoding: "+accept)
				c.AnswerInflated()
			}
			k.Post(raw.Polling4, `42["echo","short"]`)
			k.Get(raw.Polling4, "Accept-Encoding: gzip")
		}},
		{name: "invalid UTF-8", talk: post4("42[\"echo\",\"\xff\xfe\"]"), differs: []difference{{
			reference: posted + "\n" + polled + `"42[\"echo\",\"` + "\ufffd\ufffd" + `\"]\x1e4399[\"end\"]"`,
			ioserver:  unknownSID + "\napplication: disconnect /: parse error",
			why:       "as over WebSocket, text is UTF-8 or an error",
		}}},
	})
}

// arrived gives what was sent before time to reach the server, by asking for
// something else. Where the two take different ways to different workers that
// is likely, not certain: such a case says that it is racy.
func arrived(k *raw.Talk) { k.Get("?EIO=4&transport=polling&sid=x") }

// chunked makes a POST in chunks.
func chunked(query string, chunks ...string) string {
	var b strings.Builder
	b.WriteString("POST /socket.io/" + query + " HTTP/1.1\r\nHost: {host}\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n")
	for _, c := range chunks {
		fmt.Fprintf(&b, "%x\r\n%s\r\n", len(c), c)
	}
	return b.String() + "0\r\n\r\n"
}
